import { expect } from 'chai'
import { failure, issued, triple } from '../../support/fake-sts.ts'
import { send } from '../../support/send.ts'
import { PRESETS, startWorld, type World } from './world.ts'

/** Sends secrets through the whole gateway, well and badly, and looks for them in everything that comes out. */
describe('no secret', () => {
  let world: World
  const secrets: string[] = []
  const answers: string[] = []

  /** A token and its parts: the claims and the signature alone are as bad as the whole. */
  const tokenWith = async (
    preset: (typeof PRESETS)[number],
    claims: Record<string, unknown> = {},
  ) => {
    const token = await world.tokenOf(preset, { canary: 'claim-canary', ...claims })
    secrets.push(token, ...token.split('.').slice(1))
    return token
  }
  const call = async (...request: Parameters<World['call']>) => {
    const { status, headers, text } = await world.call(...request)
    answers.push(JSON.stringify(headers), text)
    await world.gateway.nextAudit()
    return status
  }

  before(async () => {
    world = await startWorld()
    const good = triple('canary')
    secrets.push(good.SecretAccessKey, good.SessionToken, 'claim-canary', 'forged-canary')
    world.sts.script(() => issued(good))

    for (const preset of PRESETS) expect(await call(await tokenWith(preset))).to.equal(200)
    const headers = { 'x-aws-secret-access-key': 'forged-canary', cookie: 'a=forged-canary' }
    expect(await call(await tokenWith('generic'), { headers })).to.equal(200)

    const refused: ReadonlyArray<readonly [Record<string, unknown>, number]> = [
      [{ exp: 1 }, 401],
      [{ aud: 'claim-canary' }, 401],
      [{ nonce: 'claim-canary' }, 401],
      [{ sub: undefined }, 401],
      [{ scope: 'claim-canary' }, 403],
      [{ groups: ['claim-canary'] }, 403],
    ]
    for (const [claims, status] of refused) {
      expect(await call(await tokenWith('generic', claims))).to.equal(status)
    }
    const [head, claims] = (await tokenWith('generic')).split('.')
    expect(await call(`${head}.${claims}.c2lnbmF0dXJlLWNhbmFyeQ`)).to.equal(401)
    secrets.push('c2lnbmF0dXJlLWNhbmFyeQ')
    expect(await call('opaque-token-canary')).to.equal(401)
    secrets.push('opaque-token-canary')

    world.sts.script(({ parameters }) =>
      failure('ValidationError', 400, `Value '${parameters.WebIdentityToken}' is not allowed`),
    )
    expect(await call(await tokenWith('generic', { sub: 'quoted' }))).to.equal(500)
    world.sts.script(() => ({ kind: 'text', status: 200, text: `<a>${good.SecretAccessKey}<b` }))
    expect(await call(await tokenWith('generic', { sub: 'broken' }))).to.equal(503)

    world.sts.script(() => issued(good))
    world.mcp.script((request, res) => {
      // An MCP server that repeats what it was sent, in headers of its own.
      for (const [name, value] of Object.entries(request.headers)) {
        if (name.startsWith('x-')) res.setHeader(name, String(value))
      }
      res.setHeader('set-cookie', String(request.headers['x-aws-session-token']))
      res.writeHead(200).end('{}')
    })
    expect(await call(await tokenWith('generic', { sub: 'echo' }))).to.equal(200)
    await world.mcp.close()
    expect(await call(await tokenWith('generic', { sub: 'echo' }))).to.equal(502)

    const whoami = await world.gateway.send({
      path: '/whoami',
      headers: { authorization: `Bearer ${await tokenWith('okta')}` },
    })
    answers.push(whoami.text)
    answers.push((await send(world.gateway.metricsPort, { path: '/metrics' })).text)
  })
  after(() => world.stop())

  const expectNone = (text: string) => {
    for (const secret of secrets) expect(text).to.not.contain(secret)
  }

  it('is so short that it could be missing by chance', () => {
    expect(secrets.length).to.be.above(30)
    for (const secret of secrets) expect(secret.length).to.be.above(10)
  })

  it('is in a line of the log or of the audit trail', () => {
    expect(world.gateway.lines.length).to.be.above(20)
    expectNone(world.gateway.lines.join('\n'))
  })

  it('is in an answer, the metrics included', () => {
    expect(answers.length).to.be.above(30)
    expectNone(answers.join('\n'))
  })

  it('of the client is in what the MCP server is sent', () => {
    expect(world.mcp.requests).to.have.lengthOf(6)
    const ours = Object.values(triple('canary'))
    const sent = JSON.stringify(world.mcp.requests)
    for (const secret of secrets) if (!ours.includes(secret)) expect(sent).to.not.contain(secret)
  })
})
