import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'

const MAIN = fileURLToPath(new URL('../../src/aws/main.js', import.meta.url))

describe('the program', () => {
  let child: ChildProcess | undefined
  afterEach(() => child?.kill('SIGKILL'))

  const start = (env: Record<string, string>): ChildProcess => {
    child = spawn(process.execPath, [MAIN], {
      env: { PATH: process.env.PATH, LOCAL_AWS_PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return child
  }

  async function endOf(program: ChildProcess) {
    let text = ''
    program.stderr?.on('data', (chunk) => {
      text += chunk
    })
    const [code] = await once(program, 'close')
    return { code, text }
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`says where it listens, answers, and ends with 0 at ${signal}`, async () => {
      const program = start({})
      const [line] = await once(program.stdout ?? program, 'data')
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(String(line))?.[0]
      expect(String(line)).to.match(/^local AWS .* listens on http:\/\/127\.0\.0\.1:\d+\n$/)
      expect((await fetch(`${url}/_local/health`)).status).to.equal(200)
      const end = endOf(program)
      program.kill(signal)
      expect(await end).to.deep.equal({ code: 0, text: '' })
    })
  }

  const wrong: ReadonlyArray<readonly [string, Record<string, string>]> = [
    ['LOCAL_AWS_PORT', { LOCAL_AWS_PORT: 'many' }],
    ['LOCAL_AWS_PORT', { LOCAL_AWS_PORT: '65536' }],
    ['LOCAL_AWS_HOST', { LOCAL_AWS_HOST: '203.0.113.1' }],
    ['LOCAL_ISSUER_ORIGIN', { LOCAL_ISSUER_ORIGIN: 'localhost:9000' }],
    ['LOCAL_ISSUER_ORIGIN', { LOCAL_ISSUER_ORIGIN: 'http://localhost:9000/' }],
    ['LOCAL_RESOURCE_ORIGIN', { LOCAL_RESOURCE_ORIGIN: 'ftp://localhost' }],
    ['LOCAL_AWS_QUERY_MILLISECONDS', { LOCAL_AWS_QUERY_MILLISECONDS: '-1' }],
  ]
  for (const [name, env] of wrong) {
    it(`ends with 1 and names ${name} when it is ${Object.values(env)}`, async () => {
      const { code, text } = await endOf(start(env))
      expect(code).to.equal(1)
      expect(text).to.match(/^local AWS cannot start: [^\n]+\n$/)
      expect(text).to.contain(name)
    })
  }

  it('names the option when its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const { code, text } = await endOf(start({ LOCAL_AWS_PORT: String(port) })).finally(() =>
      other.close(),
    )
    expect(code).to.equal(1)
    expect(text).to.equal(
      `local AWS cannot start: port ${port} is in use: stop its program or set LOCAL_AWS_PORT\n`,
    )
  })
})
