import { createHash } from 'node:crypto'
import { Agent, request } from 'node:http'
import { expect } from 'chai'
import { decodeJwt } from 'jose'
import { issued, type StsCall, triple } from '../../support/fake-sts.ts'
import { HOST } from '../../support/running-gateway.ts'
import { startWorld, TOOL_CALL, type World } from '../gateway/world.ts'

const PRINCIPALS = 200
const PARALLEL = 20
const ISSUERS = ['generic', 'okta'] as const

/** The access key id that the STS of this test gives to whoever a token is about. */
function keyOf(issuer: string, subject: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([issuer, subject]))
    .digest('hex')
  return `ASIA${hash.slice(0, 16).toUpperCase()}`
}

/** As STS does: by the token, and by nothing that the gateway says besides. */
function sessionOf({ parameters }: StsCall) {
  const { iss = '', sub = '' } = decodeJwt(parameters.WebIdentityToken ?? '')
  return issued({ ...triple(sub), AccessKeyId: keyOf(iss, sub) })
}

describe(`${PRINCIPALS} principals with ${PARALLEL} requests each at once`, () => {
  let world: World
  let agent: Agent

  beforeEach(async () => {
    world = await startWorld()
    agent = new Agent({ keepAlive: true, maxSockets: 400 })
    // The MCP server tells whose credentials it got, and for whom.
    world.mcp.script(({ headers }, res) => {
      res.writeHead(200, { 'content-type': 'application/json' })
      res.end(JSON.stringify([headers['x-aws-access-key-id'], headers['x-mcp-principal']]))
    })
  })
  afterEach(async () => {
    agent.destroy()
    await world.stop()
  })

  const ask = (token: string): Promise<Readonly<{ status: number; text: string }>> =>
    new Promise((resolve, reject) => {
      const headers = {
        host: HOST,
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'content-length': Buffer.byteLength(TOOL_CALL),
      }
      const options = { host: '127.0.0.1', port: world.gateway.port, agent, path: '/mcp', headers }
      const sent = request({ ...options, method: 'POST' }, (res) => {
        let text = ''
        res.setEncoding('utf8').on('data', (piece: string) => {
          text += piece
        })
        res.on('error', reject).on('end', () => resolve({ status: res.statusCode ?? 0, text }))
      })
      sent.on('error', reject).end(TOOL_CALL)
    })

  it('each get their own credentials, from one STS call per principal', async function () {
    this.timeout(60_000)
    // Equal subjects at two issuers: half of the people of one have a namesake at the other.
    const people = await Promise.all(
      Array.from({ length: PRINCIPALS }, async (_, index) => {
        const preset = ISSUERS[index % ISSUERS.length] ?? 'generic'
        const subject = `person-${Math.floor(index / ISSUERS.length)}`
        const { issuer } = world.issuers[preset]
        const token = await world.tokenOf(preset, { sub: subject, uid: subject })
        const expected = [
          keyOf(issuer, subject),
          `${encodeURIComponent(issuer)}/${encodeURIComponent(subject)}`,
        ]
        return { token, expected }
      }),
    )
    // STS holds its first answers until those who came at once are all waiting for them.
    let open = () => {}
    const opened = new Promise<void>((resolve) => {
      open = resolve
    })
    world.sts.script(async (call, number) => {
      if (number === ISSUERS.length * 10) open()
      await opened
      return sessionOf(call)
    })

    const startedAt = performance.now()
    const answers = await Promise.all(
      people.flatMap(({ token, expected }) =>
        Array.from({ length: PARALLEL }, async () => ({ expected, answer: await ask(token) })),
      ),
    )
    const milliseconds = performance.now() - startedAt

    const wrong = answers.filter(
      ({ expected, answer }) => answer.status !== 200 || answer.text !== JSON.stringify(expected),
    )
    expect(wrong.map(({ answer }) => answer).slice(0, 3)).to.deep.equal([])
    expect(answers).to.have.lengthOf(PRINCIPALS * PARALLEL)
    expect(world.sts.calls).to.have.lengthOf(PRINCIPALS)
    const tokens = new Set(world.sts.calls.map(({ parameters }) => parameters.WebIdentityToken))
    expect(tokens.size).to.equal(PRINCIPALS)
    expect(new Set(answers.map(({ answer }) => answer.text)).size).to.equal(PRINCIPALS)
    expect(milliseconds).to.be.below(45_000)
  })
})
