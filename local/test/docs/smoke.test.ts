import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { MACHINE } from '../../src/identity-provider/clients.ts'
import { freePorts } from '../../src/ports.ts'
import { startStack } from '../../src/stack.ts'
import { issuersAt, SCOPE } from '../../src/world.ts'
import { runProgram } from '../support/program.ts'
import { type RunningStack, runStack } from '../support/running-stack.ts'

const SMOKE = '.ci/smoke.mjs'

/** The lines of the smoke test that begin with a mark. */
const marked = (out: string, mark: string) =>
  out
    .split('\n')
    .filter((line) => line.startsWith(mark))
    .map((line) => line.slice(8))

describe('the smoke test', () => {
  let stack: RunningStack
  before(async function () {
    this.timeout(60_000)
    stack = await runStack()
  })
  after(async function () {
    this.timeout(30_000)
    await stack?.stop()
  })

  const machine = (secret: string = MACHINE.secret) => ({
    SMOKE_TOKEN_URL: `${issuersAt(stack.origins.identityProvider).generic}/token`,
    SMOKE_CLIENT_ID: MACHINE.id,
    SMOKE_CLIENT_SECRET: secret,
    SMOKE_SCOPE: SCOPE,
    SMOKE_RESOURCE: `${stack.origins.gateway}/mcp`,
  })

  it('passes a gateway that serves, and calls a tool with a machine’s token', async () => {
    const { code, out } = await runProgram(SMOKE, [stack.origins.gateway], machine())
    expect(out).to.match(/^\d+ passed, 0 failed$/m)
    expect(marked(out, 'ok')).to.include('a tool answers from AWS')
    expect(code).to.equal(0)
  })

  it('says so where it has no token, and calls nothing', async () => {
    await stack.forgetCalls()
    const { code, out } = await runProgram(SMOKE, [stack.origins.gateway], {})
    expect(marked(out, 'note')).to.deep.equal(['no token is configured, so no tool is called'])
    expect(code).to.equal(0)
    expect(await stack.calls()).to.deep.equal([])
  })

  it('fails where the issuer gives no token, without showing the secret', async () => {
    const wrong = machine('a-wrong-secret-that-nobody-may-see')
    const { code, out, err } = await runProgram(SMOKE, [stack.origins.gateway], wrong)
    expect(marked(out, 'FAILED')[0]).to.match(
      /^the issuer gives the machine a token: status is 401/,
    )
    expect(out + err).to.not.include('nobody-may-see')
    expect(code).to.equal(1)
  })

  it('fails where AWS refuses the tool', async () => {
    await stack.addFaults([
      {
        service: 'logs',
        operation: '*',
        kind: 'error',
        code: 'AccessDeniedException',
        status: 400,
      },
    ])
    const { code, out } = await runProgram(SMOKE, [stack.origins.gateway], machine())
    await stack.clearFaults()
    expect(marked(out, 'FAILED').join()).to.match(/^a tool answers from AWS: /)
    expect(code).to.equal(1)
  })

  it('fails where the login facade is expected and is not there', async () => {
    const { code, out } = await runProgram(SMOKE, [stack.origins.gateway, '--login', 'facade'], {})
    expect(marked(out, 'FAILED').length).to.equal(3)
    expect(code).to.equal(1)
  })

  it('passes a gateway that is its own authorization server, where it is expected to be', async function () {
    this.timeout(60_000)
    const facade = await startStack({
      ports: await freePorts(),
      onLine: () => undefined,
      loginMode: 'facade',
    })
    try {
      const { code, out } = await runProgram(
        SMOKE,
        [facade.origins.gateway, '--login', 'facade', '--target', 'prod'],
        {},
      )
      expect(out).to.match(/^\d+ passed, 0 failed$/m)
      expect(marked(out, 'ok')).to.include('the gateway is its own authorization server')
      expect(code).to.equal(0)
    } finally {
      await facade.stop()
    }
  })

  const wrongServers: ReadonlyArray<readonly [string, RequestListener, number]> = [
    ['a page for everything', (_, res) => res.end('<html>welcome</html>'), 6],
    ['a redirect for everything', (_, res) => res.writeHead(302, { location: '/' }).end(), 8],
    ['an error for everything', (_, res) => res.writeHead(502).end('bad gateway'), 8],
  ]
  for (const [name, answer, atLeast] of wrongServers) {
    it(`fails at ${name}`, async () => {
      const server = createServer(answer)
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      // A listening TCP server has such an address.
      const { port } = server.address() as AddressInfo
      const { code, out } = await runProgram(SMOKE, [`http://127.0.0.1:${port}`, '--wait', '0'], {})
      server.close()
      expect(marked(out, 'FAILED').length).to.be.at.least(atLeast - 1)
      expect(out).to.match(/^\d+ passed, [1-9]\d* failed$/m)
      expect(code).to.equal(1)
    })
  }

  it('fails where nobody listens, and says who did not', async () => {
    const { code, out } = await runProgram(SMOKE, ['http://127.0.0.1:1', '--wait', '0'], {})
    expect(marked(out, 'FAILED')[0]).to.match(/\(ECONNREFUSED\)|bad port/)
    expect(code).to.equal(1)
  })

  it('ends with 2 where the arguments cannot be used', async () => {
    for (const args of [[], ['not a URL'], ['http://127.0.0.1', '--login', 'other']]) {
      expect((await runProgram(SMOKE, args, {})).code, args.join(' ')).to.equal(2)
    }
  })
})
