import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent, createServer, request, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { expect } from 'chai'
import { freePorts } from '../../src/ports.ts'
import { LOCAL_GATEWAY, OKTA_AUDIENCE, ROLES } from '../../src/world.ts'
import { type RunningProgram, startProgram } from '../support/program.ts'
import { type Fixture, startFixture } from './aws-fixture.ts'

const MAIN = 'gateway/dist/src/main.js'

/**
 * The built gateway in front of an MCP server that answers with the identity which STS finds in the credentials it got:
 * what it says is signed for, not claimed.
 */
describe('the gateway at the local STS', () => {
  let fixture: Fixture
  let upstream: Server
  let gateway: RunningProgram
  let origin: string
  let folder: string

  before(async () => {
    fixture = await startFixture()
    // STS is asked once about each triple: it would say the same again.
    const identities = new Map<string, Promise<string | undefined>>()
    const identityOf = (accessKeyId: string, secretAccessKey: string, sessionToken: string) => {
      const triple = JSON.stringify([accessKeyId, secretAccessKey, sessionToken])
      const known = identities.get(triple)
      if (known !== undefined) return known
      const client = new STSClient({
        endpoint: fixture.endpoint,
        region: 'us-east-1',
        maxAttempts: 1,
        credentials: { accessKeyId, secretAccessKey, sessionToken },
      })
      const identity = client.send(new GetCallerIdentityCommand({})).then(({ Arn }) => Arn)
      identities.set(triple, identity)
      return identity
    }
    upstream = createServer((req, res) => {
      const header = (name: string) => String(req.headers[name])
      identityOf(
        header('x-aws-access-key-id'),
        header('x-aws-secret-access-key'),
        header('x-aws-session-token'),
      ).then(
        (arn) => res.end(JSON.stringify({ arn, end: header('x-aws-credentials-expiration') })),
        (error: unknown) => res.writeHead(500).end(String(error)),
      )
    })
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
    const address = upstream.address()
    if (typeof address !== 'object' || address === null) throw new Error('no port')

    const ports = await freePorts()
    origin = `http://127.0.0.1:${ports.gateway}`
    folder = await mkdtemp(join(tmpdir(), 'gateway-'))
    const rule = (name: string, over: object) => ({
      name,
      when: { groups: { has: [name] } },
      ...over,
    })
    const ownIdentity = { mode: 'assume-role', externalId: LOCAL_GATEWAY.externalId }
    await writeFile(
      join(folder, 'gateway.yaml'),
      JSON.stringify({
        publicUrl: origin,
        port: ports.gateway,
        metricsPort: ports.metrics,
        upstreamUrl: `http://127.0.0.1:${address.port}`,
        stsEndpoint: fixture.endpoint,
        scopeDown: 'duration',
        providers: [
          { issuer: fixture.issuer.issuers.generic, audience: [fixture.claims().aud] },
          { provider: 'okta', issuer: fixture.issuer.issuers.okta, audience: [OKTA_AUDIENCE] },
        ],
        rules: [
          rule('sre', { role: ROLES.sre }),
          rule('catalog', { ...ownIdentity, role: ROLES.catalog, tags: { team: 'catalog' } }),
          rule('shop', { ...ownIdentity, role: ROLES.catalog, tags: { team: 'shop' } }),
          rule('stranger', { ...ownIdentity, role: ROLES.sre, externalId: 'guessed' }),
        ],
      }),
    )
    gateway = await startProgram(
      MAIN,
      {
        GATEWAY_CONFIG: join(folder, 'gateway.yaml'),
        AWS_ACCESS_KEY_ID: LOCAL_GATEWAY.accessKeyId,
        AWS_SECRET_ACCESS_KEY: LOCAL_GATEWAY.secretAccessKey,
        AWS_SESSION_TOKEN: LOCAL_GATEWAY.sessionToken,
      },
      `${origin}/readyz`,
    )
  })
  after(async () => {
    await gateway?.stop()
    upstream.closeAllConnections()
    await new Promise((resolve) => upstream.close(resolve))
    await fixture.close()
    await rm(folder, { recursive: true })
  })

  const call = async (subject: string, group: string, exp: number) => {
    const token = await fixture.issuer.sign(fixture.claims({ sub: subject, groups: [group], exp }))
    return fetch(`${origin}/mcp`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{"jsonrpc":"2.0","id":1,"method":"ping"}',
    })
  }
  const seconds = (offset: number) => Math.floor(Date.now() / 1000) + offset
  const operations = async () =>
    (await fixture.calls()).map(({ operation, outcome }) => `${operation} ${outcome}`)
  const forget = () => fetch(`${fixture.endpoint}/_local/calls`, { method: 'DELETE' })

  it('says at start whom it assumes roles as', () => {
    expect(gateway.lines.join('\n')).to.contain(
      'arn:aws:sts::999988887777:assumed-role/LocalGateway/local',
    )
  })

  it('acts as the person by her token, with a session that ends with it', async () => {
    await forget()
    const exp = seconds(150)
    const response = await call('alice', 'sre', exp)
    expect(response.status).to.equal(200)
    // The MCP server of this test wrote it.
    const { arn, end } = (await response.json()) as { arn: string; end: string }
    expect(arn).to.match(
      /^arn:aws:sts::111122223333:assumed-role\/CloudWatchSre\/alice-[0-9a-f]{12}$/,
    )
    expect(Date.parse(end) / 1000).to.be.within(exp - 2, exp)
    expect(await operations()).to.deep.equal([
      'AssumeRoleWithWebIdentity ok',
      'GetScopedCredentials ok',
      'GetCallerIdentity ok',
    ])
  })

  it('acts as the person by its own role, with her source identity', async () => {
    await forget()
    const response = await call('bob', 'catalog', seconds(150))
    expect(response.status).to.equal(200)
    expect(await response.text()).to.match(/444455556666:assumed-role\/CloudWatchCatalog\/bob-/)
    expect(await operations()).to.deep.equal([
      'AssumeRole ok',
      'GetScopedCredentials ok',
      'GetCallerIdentity ok',
    ])
    const [assumed, scoped, used] = await fixture.calls()
    expect(used?.accessKeyId).to.equal(scoped?.accessKeyId).and.not.equal(assumed?.accessKeyId)
    expect(used?.sourceIdentity).to.match(/^bob-[0-9a-f]{12}$/)
  })

  for (const [what, group] of [
    ['without the tag that the trust policy wants', 'shop'],
    ['without the external id that it wants', 'stranger'],
  ] as const) {
    it(`is told no ${what}, and so is the person, once`, async () => {
      await forget()
      for (let attempt = 0; attempt < 3; attempt += 1) {
        expect((await call('bob', group, seconds(150))).status).to.equal(403)
      }
      expect(await operations()).to.deep.equal(['AssumeRole error'])
    })
  }

  const PRINCIPALS = 200
  const PARALLEL = 20
  it(`keeps ${PRINCIPALS} principals with ${PARALLEL} requests each at once apart, down to whom STS sees`, async () => {
    await forget()
    const { generic, okta } = fixture.issuer.issuers
    // Half of them are namesakes of the other half: the same subject, at another issuer.
    const people = await Promise.all(
      Array.from({ length: PRINCIPALS }, async (_, at) => {
        const sub = `person-${Math.floor(at / 2)}`
        const over =
          at % 2 === 0
            ? { iss: generic }
            : { iss: okta, aud: OKTA_AUDIENCE, uid: sub, cid: 'app', scp: ['openid'] }
        const claims = fixture.claims({ sub, groups: ['sre'], ...over })
        const token = await fixture.issuer.sign(claims)
        const whoami = await fetch(`${origin}/whoami`, {
          headers: { authorization: `Bearer ${token}` },
        })
        // The gateway wrote it.
        const { targets } = (await whoami.json()) as { targets: Array<{ session_name: string }> }
        return { token, sessionName: targets[0]?.session_name }
      }),
    )
    expect(new Set(people.map(({ sessionName }) => sessionName)).size).to.equal(PRINCIPALS)

    const agent = new Agent({ keepAlive: true, maxSockets: 400 })
    const ask = (token: string) =>
      new Promise<string>((resolve, reject) => {
        const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
        request(`${origin}/mcp`, { method: 'POST', agent, headers }, (res) => {
          let text = ''
          res.setEncoding('utf8').on('data', (piece: string) => {
            text += piece
          })
          res.on('end', () => resolve(`${res.statusCode} ${text}`)).on('error', reject)
        })
          .on('error', reject)
          .end('{"jsonrpc":"2.0","id":1,"method":"ping"}')
      })
    const startedAt = performance.now()
    const answers = await Promise.all(
      people.flatMap(({ token, sessionName }) =>
        Array.from({ length: PARALLEL }, async () => ({ sessionName, text: await ask(token) })),
      ),
    )
    const milliseconds = Math.round(performance.now() - startedAt)
    agent.destroy()

    const wrong = answers.filter(
      ({ sessionName, text }) =>
        !text.startsWith(
          `200 {"arn":"arn:aws:sts::111122223333:assumed-role/CloudWatchSre/${sessionName}"`,
        ),
    )
    expect(wrong.slice(0, 3)).to.deep.equal([])
    const made = await operations()
    const count = (operation: string) => made.filter((one) => one === `${operation} ok`).length
    expect(answers).to.have.lengthOf(PRINCIPALS * PARALLEL)
    expect(count('AssumeRoleWithWebIdentity')).to.equal(PRINCIPALS)
    expect(count('GetScopedCredentials')).to.equal(PRINCIPALS)
    expect(made).to.have.lengthOf(3 * PRINCIPALS)
    console.log(
      `        ${answers.length} answers in ${milliseconds} ms, ${PRINCIPALS} sessions, no answer for another`,
    )
  }).timeout(60_000)
})
