import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { GROUPS_CLAIM, TOOL_CALL } from '../integration/gateway/world.ts'
import { type FakeIntrospection, startFakeIntrospection } from '../support/fake-introspection.ts'
import { type FakeIssuer, startFakeIssuer } from '../support/fake-issuer.ts'
import { type FakeMcpServer, startFakeMcpServer } from '../support/fake-mcp-server.ts'
import { type FakeSts, failure, issued, startFakeSts, triple } from '../support/fake-sts.ts'
import { unusedPort } from '../support/loopback.ts'
import { openRawSocket } from '../support/raw-socket.ts'
import { send } from '../support/send.ts'
import { part } from './forge.ts'
import { formsOf, leaksIn, tokenSecrets } from './secret-forms.ts'

const program = (path: string) => fileURLToPath(new URL(`../../src/${path}`, import.meta.url))

/** Starts a built program with these variables and no others. */
function run(path: string, env: Record<string, string>, ...words: string[]) {
  const child = spawn(process.execPath, [program(path), ...words], {
    env: { PATH: process.env.PATH ?? '', NODE_NO_WARNINGS: '1', ...env },
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (piece: string) => {
      printed += piece
    })
  }
  const ended = once(child, 'close')
  const listens = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', () => {
      if (printed.includes('gateway listens')) resolve()
    })
    ended.then(() => reject(new Error(`it ended early: ${printed}`)), reject)
  })
  listens.catch(() => {})
  return { child, ended, listens, printed: () => printed }
}

/** A word that nothing else contains. */
const canary = (name: string) => `${name}-${randomBytes(9).toString('hex')}`

/**
 * The built program, with the most talkative log, through everything that can happen to it; then whatever it printed,
 * returned and exported is searched for whatever was secret, in any form.
 */
describe('a secret leak', () => {
  const secrets = new Map<string, string>()
  const answers: string[] = []
  let folder: string
  let issuer: FakeIssuer
  let opaque: FakeIntrospection
  let sts: FakeSts
  let mcp: FakeMcpServer
  let gateway: ReturnType<typeof run>
  let port: number
  let host: string
  let config: string
  const statuses = new Set<number>()

  const keep = (name: string, secret: string) => {
    secrets.set(name, secret)
    return secret
  }
  let minted = 0
  const mint = async (claims: Record<string, unknown> = {}, header?: Record<string, unknown>) => {
    minted += 1
    const token = await issuer.mint(
      {
        sub: `person-${minted}`,
        aud: 'api://gateway',
        scope: 'cloudwatch/read',
        groups: ['sre', keep(`group ${minted}`, canary('group'))],
        email: keep(`email ${minted}`, `${canary('mail')}@shop.example`),
        phone_number: keep(`phone ${minted}`, canary('phone')),
        password: keep(`password ${minted}`, canary('password')),
        nested: { ssn: keep(`nested ${minted}`, canary('ssn')) },
        [GROUPS_CLAIM]: keep(`namespaced ${minted}`, canary('namespaced')),
        preferred_username: `name-${minted}`,
        ...claims,
      },
      header,
    )
    for (const [name, secret] of tokenSecrets(`token ${minted}`, token)) keep(name, secret)
    return token
  }
  const call = async (
    token: string | undefined,
    { headers = {}, ...over }: Parameters<typeof send>[1] = {},
  ) => {
    const answer = await send(port, {
      method: 'POST',
      path: '/mcp',
      body: TOOL_CALL,
      ...over,
      headers: {
        host,
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
    })
    answers.push(JSON.stringify(answer.headers), answer.text)
    statuses.add(answer.status)
    return answer.status
  }
  const raw = async (bytes: string) => {
    const client = await openRawSocket(port)
    client.write(bytes)
    const { status } = await client.readHead()
    statuses.add(status)
    answers.push(client.received())
    client.destroy()
  }

  before(async function () {
    this.timeout(60_000)
    folder = await mkdtemp(join(tmpdir(), 'gateway-'))
    issuer = await startFakeIssuer('/generic')
    opaque = await startFakeIntrospection()
    sts = await startFakeSts()
    mcp = await startFakeMcpServer()
    port = await unusedPort()
    const metricsPort = await unusedPort()
    host = `localhost:${port}`
    config = join(folder, 'gateway.json')
    await writeFile(
      config,
      JSON.stringify({
        logLevel: 'debug',
        port,
        metricsPort,
        upstreamUrl: mcp.origin,
        stsEndpoint: sts.endpoint,
        stsMaxAttempts: 1,
        stsTimeoutMs: 300,
        issuerCooldownMs: 1,
        responseHeaderTimeoutMs: 400,
        drainMs: 500,
        providers: [
          { issuer: issuer.issuer, audience: ['api://gateway'], scopes: ['cloudwatch/read'] },
          {
            issuer: opaque.issuer,
            audience: ['api://gateway'],
            introspectionClientId: 'gateway',
            introspectionClientSecret: keep('introspection secret', canary('introspection')),
          },
        ],
        rules: [
          {
            name: 'sre',
            when: { groups: { has: ['sre'] } },
            role: 'arn:aws:iam::111122223333:role/Sre',
          },
        ],
      }),
    )
    gateway = run('main.js', { GATEWAY_CONFIG: config })
    await gateway.listens

    const session = triple(canary('session'))
    keep('secret access key', session.SecretAccessKey)
    keep('session token', session.SessionToken)
    sts.script(() => issued(session))

    // Success, and what a client brings along.
    expect(await call(await mint())).to.equal(200)
    const forged = keep('forged header', canary('forged'))
    const cookie = keep('cookie', canary('cookie'))
    const headers = {
      cookie: `a=${cookie}`,
      'x-aws-secret-access-key': forged,
      'x-api-key': keep('api key', canary('api')),
      'proxy-authorization': `Basic ${keep('basic', Buffer.from(canary('basic')).toString('base64'))}`,
    }
    expect(await call(await mint(), { headers })).to.equal(200)
    const argument = keep('tool argument', canary('argument'))
    const body = TOOL_CALL.replace('{}', JSON.stringify({ query: argument }))
    expect(await call(await mint(), { body })).to.equal(200)
    // Which tells its owner the groups.
    const plain = await mint({ groups: ['sre'] })
    expect(await call(plain, { method: 'GET', path: '/whoami', body: '' })).to.equal(200)
    const query = keep('query', canary('query'))
    expect(await call(await mint(), { path: `/mcp?code=${query}` })).to.equal(200)

    // Refusals of every kind.
    const expired = await mint({ exp: 1 })
    const refused: ReadonlyArray<readonly [number, string]> = [
      [401, expired],
      [401, await mint({ aud: keep('audience', canary('audience')) })],
      [401, await mint({ nonce: keep('nonce', canary('nonce')) })],
      [401, await mint({ sub: undefined })],
      [401, await mint({ exp: keep('exp', canary('exp')) })],
      [401, await mint({ iat: 9e9 })],
      [401, await mint({}, { kid: keep('kid', canary('kid')) })],
      [401, await mint({}, { typ: keep('typ', canary('typ')) })],
      [403, await mint({ scope: keep('scope', canary('scope')) })],
      [403, await mint({ groups: [keep('other group', canary('other-group'))] })],
      [500, await mint({ sub: 'lone \ud800' })],
      [401, keep('opaque token', canary('opaque'))],
      [401, `${keep('encrypted', canary('encrypted'))}.b.c.d.e`],
      [401, keep('rubbish', `${canary('a')}.${canary('b')}.${canary('c')}`)],
      [400, keep('malformed', `${canary('with')} ${canary('space')}`)],
    ]
    for (const [status, token] of refused) expect(await call(token), token).to.equal(status)
    const [head, claims] = (await mint()).split('.')
    const signature = keep('forged signature', part(canary('signature')))
    expect(await call(`${head}.${claims}.${signature}`)).to.equal(401)
    const unsigned = part({ alg: 'none' })
    expect(await call(`${unsigned}.${claims}.${signature}`)).to.equal(401)
    const crit = { alg: 'RS256', kid: 'first', crit: [keep('crit', canary('crit'))] }
    expect(await call(`${part(crit)}.${claims}.${signature}`)).to.equal(401)
    for (const over of [
      { method: 'PUT' },
      { path: `/mcp/${keep('path', canary('path'))}` },
      { path: `/mcp/../${canary('dots')}` },
      { headers: { host: `${keep('host', canary('host'))}.example` } },
      { headers: { origin: `https://${keep('origin', canary('origin'))}.example` } },
      { headers: { 'content-encoding': 'gzip' } },
      { headers: { expect: keep('expectation', canary('expectation')) } },
    ]) {
      expect(await call(await mint(), over)).to.be.above(399)
    }
    const line = `Authorization: Bearer ${await mint()}`
    await raw(`GET /mcp HTTP/1.1\r\nHost: ${host}\r\n${line}\r\n${line}\r\n\r\n`)
    await raw(`GET /mcp HTTP/1.1\r\nHost: ${host}\r\nBroken \0: a\r\n${line}\r\n\r\n`)
    await raw(`POST /mcp HTTP/1.1\r\nHost: ${host}\r\n${line}\r\nContent-Length: 5000000\r\n\r\n`)
    await raw(`GET /mcp HTTP/9.9\r\n${line}\r\n\r\n`)
    await raw(`${line}\r\n\r\n`)

    // An opaque token, and an issuer that fails while it is asked.
    const token = keep('introspected token', canary('introspected'))
    const email = keep('introspected e-mail', canary('introspected-mail'))
    opaque.answer({
      active: true,
      sub: 'o',
      preferred_username: 'o',
      aud: 'api://gateway',
      groups: ['sre'],
      email,
    })
    expect(await call(token)).to.equal(200)
    opaque.answer(500)
    expect(await call(keep('token at a failing issuer', canary('failing')))).to.equal(503)
    issuer.script({ keys: () => ({ status: 500, body: keep('words of the issuer', canary('x')) }) })
    expect(await call(await mint({}, { kid: 'unknown' }))).to.equal(503)
    issuer.script({})

    // STS, badly.
    const words: ReadonlyArray<readonly [number, Parameters<FakeSts['script']>[0]]> = [
      [
        500,
        ({ parameters }) =>
          failure('ValidationError', 400, `Value '${parameters.WebIdentityToken}' is not valid`),
      ],
      [403, () => failure('AccessDenied', 403)],
      [503, () => failure('Throttling', 400)],
      [503, () => ({ kind: 'stall' })],
      [503, () => ({ kind: 'text', status: 200, text: `<a>${session.SecretAccessKey}<b` })],
      [503, () => ({ kind: 'text', status: 500, text: session.SessionToken })],
      [503, () => issued({ ...session, SessionToken: '' })],
      // What no header can hold is a bug that is met in the middle of the way.
      [500, () => issued({ ...session, SessionToken: `${session.SessionToken}\u20ac` })],
      [500, () => issued({ ...session, SecretAccessKey: `${session.SecretAccessKey}&#10;a: b` })],
    ]
    for (const [status, script] of words) {
      sts.script(script)
      expect(await call(await mint()), String(script)).to.equal(status)
    }
    sts.script(() => issued(session))

    // The MCP server, badly.
    mcp.script((request, res) => {
      for (const [name, value] of Object.entries(request.headers)) {
        if (name.startsWith('x-')) res.setHeader(name, String(value))
      }
      res.setHeader('set-cookie', String(request.headers['x-aws-session-token']))
      res.statusMessage = session.SessionToken
      res.writeHead(200).end('{}')
    })
    expect(await call(await mint())).to.equal(200)
    for (const status of [401, 302, 500]) {
      mcp.script((request, res) => {
        const told = String(request.headers['x-aws-session-token'])
        res.writeHead(status, { location: `/${told}`, 'www-authenticate': `Bearer ${told}` }).end()
      })
      expect(await call(await mint())).to.equal(status === 500 ? 500 : 502)
    }
    mcp.script((_request, res) => res.destroy())
    expect(await call(await mint())).to.equal(502)
    mcp.script(() => {})
    expect(await call(await mint())).to.equal(504)
    mcp.script((_request, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      res.write('data: 1\n\n', () => res.destroy())
    })
    await call(await mint()).catch(() => {})
    await mcp.close()
    expect(await call(await mint())).to.equal(502)

    answers.push((await send(metricsPort, { path: '/metrics' })).text)
    for (const path of ['/', '/healthz', '/readyz', '/.well-known/oauth-protected-resource']) {
      answers.push((await send(port, { path, headers: { host } })).text)
    }
    gateway.child.kill('SIGTERM')
    await gateway.ended
  })
  after(async () => {
    gateway.child.kill('SIGKILL')
    await gateway.ended
    await Promise.all([issuer, opaque, sts, mcp].map(({ close }) => close()))
    await rm(folder, { recursive: true })
  })

  it('would be found: every secret is long enough, and every form of it is looked for', () => {
    expect(secrets.size).to.be.above(300)
    for (const [name, secret] of secrets) {
      expect(secret.length, name).to.be.above(10)
      for (const form of formsOf(secret)) {
        expect(leaksIn(`before${form}after`, new Map([[name, secret]]))).to.deep.equal([name])
      }
      const inside = Buffer.from(`ab${secret}c`).toString('base64')
      expect(leaksIn(inside, new Map([[name, secret]])), inside).to.deep.equal([name])
    }
  })

  it('had its chances: every kind of answer was given, and the log was talkative', () => {
    const wanted = [200, 400, 401, 403, 404, 405, 413, 415, 417, 500, 502, 503, 504]
    expect([...statuses].sort()).to.include.members(wanted)
    const lines = gateway.printed().trimEnd().split('\n')
    // Every line is a JSON object, or this throws.
    const records = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(records.filter(({ kind }) => kind === 'audit').length).to.be.above(40)
    expect(new Set(records.map(({ level }) => level))).to.include.keys('debug', 'info', 'error')
  })

  it('is in nothing that the program printed', () => {
    // jose names the extension that a header asks for; the word is the sender's own and no secret of anybody.
    expect(leaksIn(gateway.printed(), secrets).filter((name) => name !== 'crit')).to.deep.equal([])
  })

  it('is in nothing that it returned or exported', () => {
    expect(answers.length).to.be.above(100)
    expect(leaksIn(answers.join('\n'), secrets)).to.deep.equal([])
  })

  it('is in nothing that the MCP server was sent, but for the session that it is to use', () => {
    const sent = JSON.stringify(mcp.requests)
    const meant = ['secret access key', 'session token', 'tool argument']
    expect(leaksIn(sent, secrets).filter((name) => !meant.includes(name))).to.deep.equal([])
  })

  it('is in no complaint about a configuration that holds it', async () => {
    const broken = join(folder, 'broken.json')
    const hidden = new Map<string, string>()
    const hide = (name: string) => {
      const secret = canary(name)
      hidden.set(name, secret)
      return secret
    }
    await writeFile(
      broken,
      JSON.stringify({
        providers: [
          { issuer: 5, introspectionClientSecret: [hide('list')] },
          { issuer: 'x', introspectionClientSecret: { secret: hide('object') } },
          { issuer: 'https://a.example', introspectionClientSecret: hide('alone') },
        ],
        upstreamSealKeys: [hide('seal-key')],
      }),
    )
    for (const env of [
      { GATEWAY_CONFIG: broken },
      { OIDC_ISSUER: 'x', OIDC_INTROSPECTION_CLIENT_SECRET: hide('env') },
      { OIDC_ISSUER: 'https://a.example', UPSTREAM_SEAL_KEYS: hide('env-seal-key') },
    ] as const) {
      const { ended, printed } = run('main.js', { ...env })
      await ended
      expect(printed()).to.match(/cannot start|problems/)
      expect(leaksIn(printed(), hidden)).to.deep.equal([])
    }
    await writeFile(
      broken,
      `providers: [{ issuer: x, introspectionClientSecret: "${hide('yaml')}\n}`,
    )
    const { ended, printed } = run('main.js', { GATEWAY_CONFIG: broken })
    await ended
    expect(leaksIn(printed(), hidden)).to.deep.equal([])
  })

  it('is in no diagnosis: the doctor never prints the token that it looks at', async () => {
    for (const token of [await mint(), await mint({ exp: 1 }), canary('opaque-for-the-doctor')]) {
      const file = join(folder, 'token')
      await writeFile(file, token)
      const doctor = run('doctor/main.js', { GATEWAY_CONFIG: config }, '--token-file', file)
      await doctor.ended
      expect(doctor.printed().length).to.be.above(100)
      expect(leaksIn(doctor.printed(), new Map(tokenSecrets('token', token)))).to.deep.equal([])
    }
  })
})
