import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { type FakeIssuer, startFakeIssuer } from '../../support/fake-issuer.ts'
import { type FakeMcpServer, startFakeMcpServer } from '../../support/fake-mcp-server.ts'
import { type FakeSts, startFakeSts } from '../../support/fake-sts.ts'
import { listen, stop, unusedPort } from '../../support/loopback.ts'
import { send } from '../../support/send.ts'

const MAIN = fileURLToPath(new URL('../../../src/main.js', import.meta.url))
const ROLE = 'arn:aws:iam::111122223333:role/Reader'
/** No variable of the one who runs the tests reaches the program. */
// Libraries warn of the versions of Node that they will leave; that is not about the program.
const BARE = { PATH: process.env.PATH ?? '', NODE_NO_WARNINGS: '1' }

function start(env: Record<string, string>) {
  const child = spawn(process.execPath, [MAIN], { env: { ...BARE, ...env } })
  const output = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    output.out += piece
  })
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    output.err += piece
  })
  const ended = once(child, 'close').then(([code]: unknown[]) => code)
  const listens = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', () => {
      if (output.out.includes('gateway listens')) resolve()
    })
    ended.then(() => reject(new Error(`it ended early: ${output.err}${output.out}`)), reject)
  })
  listens.catch(() => {})
  return { child, output, ended, listens }
}

describe('the built program', () => {
  let issuer: FakeIssuer
  let sts: FakeSts
  let mcp: FakeMcpServer
  let running: ReturnType<typeof start> | undefined

  before(async () => {
    issuer = await startFakeIssuer()
    sts = await startFakeSts()
    mcp = await startFakeMcpServer()
  })
  after(() => Promise.all([issuer, sts, mcp].map(({ close }) => close())))
  afterEach(async () => {
    running?.child.kill('SIGKILL')
    await running?.ended
    running = undefined
  })

  const environment = async () => ({
    GATEWAY_PORT: String(await unusedPort()),
    GATEWAY_METRICS_PORT: '0',
    GATEWAY_UPSTREAM_URL: mcp.origin,
    AWS_ENDPOINT_URL_STS: sts.endpoint,
    OIDC_ISSUER: issuer.issuer,
    OIDC_AUDIENCE: 'api://gateway',
    STS_ROLE_ARN: ROLE,
  })

  it('serves, finishes the running request after SIGTERM, and ends with 0', async () => {
    const env = await environment()
    const port = Number(env.GATEWAY_PORT)
    running = start(env)
    await running.listens

    let finish = () => {}
    mcp.script((_request, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      res.write('data: first\n\n')
      finish = () => res.end('data: last\n\n')
    })
    const answer = send(port, {
      method: 'POST',
      path: '/mcp',
      body: '{"jsonrpc":"2.0","id":1,"method":"ping"}',
      headers: {
        host: `localhost:${port}`,
        authorization: `Bearer ${await issuer.mint({ aud: 'api://gateway' })}`,
      },
    })
    await mcp.arrivals.take()
    running.child.kill('SIGTERM')
    // It has stopped accepting when a new connection is refused.
    for (;;) {
      const refused: unknown = await send(port, { path: '/healthz' }).then(
        () => undefined,
        (error: unknown) => error,
      )
      if (refused !== undefined) break
    }
    finish()
    const { status, text } = await answer
    expect(status).to.equal(200)
    expect(text).to.equal('data: first\n\ndata: last\n\n')
    expect(await running.ended).to.equal(0)
    expect(running.output.err).to.equal('')

    const lines = running.output.out.trimEnd().split('\n')
    // Every line is a JSON object, or this throws.
    const records = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(records.filter(({ kind }) => kind === 'audit')).to.have.lengthOf(1)
    expect(records.find(({ kind }) => kind === 'audit')).to.include({
      outcome: 'forwarded',
      rule: 'everyone',
      mcp_method: 'ping',
    })
    expect(records.find(({ message }) => message === 'gateway listens')).to.include({
      address: `http://127.0.0.1:${port}`,
      public_url: `http://localhost:${port}`,
    })
  })

  it('ends with 0 after SIGINT, and at once where nothing runs', async () => {
    running = start(await environment())
    await running.listens
    running.child.kill('SIGINT')
    expect(await running.ended).to.equal(0)
  })

  for (const [what, option] of [
    ['the port', 'GATEWAY_PORT'],
    ['the operator port', 'GATEWAY_METRICS_PORT'],
  ] as const) {
    it(`names the option where ${what} is taken`, async () => {
      const other = createServer()
      const port = await listen(other)
      try {
        running = start({ ...(await environment()), [option]: String(port) })
        expect(await running.ended).to.equal(1)
        expect(running.output.err).to.match(
          new RegExp(`the gateway cannot start:\\n {2}${option}: .*EADDRINUSE.*${port}`),
        )
        expect(running.output.out).to.not.contain('gateway listens')
      } finally {
        await stop(other)
      }
    })
  }

  for (const option of ['GATEWAY_HOST', 'GATEWAY_METRICS_HOST'] as const) {
    it(`names ${option} where this machine has no such address`, async () => {
      running = start({ ...(await environment()), [option]: '192.0.2.1' })
      expect(await running.ended).to.equal(1)
      expect(running.output.err).to.contain(`  ${option}: listen EADDRNOTAVAIL`)
    })
  }

  it('tells every problem of its options and ends with 1 before it listens', async () => {
    running = start({ GATEWAY_PORT: 'http', OIDC_SCOPE: 'a' })
    expect(await running.ended).to.equal(1)
    expect(running.output.err).to.match(/^the gateway cannot start:\n( {2}\S.*\n){3,}$/)
    for (const name of ['GATEWAY_PORT', 'OIDC_SCOPE', 'OIDC_ISSUER']) {
      expect(running.output.err).to.contain(`  ${name}`)
    }
    expect(running.output.out).to.equal('')
  })

  it('reads the file that GATEWAY_CONFIG names, and warns of what weakens it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gateway-'))
    try {
      const path = join(folder, 'gateway.yaml')
      const { OIDC_ISSUER: issuerUrl, OIDC_AUDIENCE: _audience, ...env } = await environment()
      await writeFile(
        path,
        `providers: [{ issuer: '${issuerUrl}' }]\ndangerouslyAllowHttpUpstream: true\n`,
      )
      running = start({ ...env, GATEWAY_CONFIG: path })
      await running.listens
      expect(running.output.out).to.contain('dangerouslyAllowHttpUpstream is set')
      running.child.kill('SIGTERM')
      expect(await running.ended).to.equal(0)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('says which file is missing', async () => {
    running = start({ GATEWAY_CONFIG: '/nowhere/gateway.yaml' })
    expect(await running.ended).to.equal(1)
    expect(running.output.err).to.contain('GATEWAY_CONFIG /nowhere/gateway.yaml: ENOENT')
  })
})
