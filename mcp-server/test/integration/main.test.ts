import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { gate, startFakeAws } from '../support/fake-aws.ts'
import { post, textOf, toolCall } from '../support/rpc.ts'

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url))

type Program = Readonly<{
  child: ChildProcess
  lines: Array<Record<string, unknown>>
  /** The first line with this message. */
  said: (message: string) => Promise<Record<string, unknown>>
  exit: Promise<number | null>
}>

/** The built program with nothing but the given environment. */
function start(env: Record<string, string>): Program {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env.PATH ?? '', NODE_NO_WARNINGS: '1', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: Array<Record<string, unknown>> = []
  const waiting: Array<() => void> = []
  const reader = createInterface({ input: child.stdout })
  reader.on('line', (line) => {
    lines.push(JSON.parse(line))
    for (const wake of waiting.splice(0)) wake()
  })
  const ended = once(reader, 'close')
  const said = async (message: string): Promise<Record<string, unknown>> => {
    for (;;) {
      const found = lines.find((line) => line.message === message)
      if (found !== undefined) return found
      await Promise.race([
        new Promise<void>((resolve) => waiting.push(resolve)),
        ended.then(() => {
          throw new Error(`ended without saying ${message}: ${JSON.stringify(lines)}`)
        }),
      ])
    }
  }
  const exit = Promise.all([once(child, 'exit'), ended]).then(([[code]]) => Number(code))
  return { child, lines, said, exit }
}

describe('the program', () => {
  it('reports all problems of its options together and exits with 1 before it listens', async () => {
    const { exit, lines } = start({
      CLOUDWATCH_MCP_PORT: 'http',
      CLOUDWATCH_MCP_SERVER_HOST: '0.0.0.0',
      CREDENTIALS: 'whatever',
      FASTMCP_LOG_LEVEL: 'loud',
      AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: 'localhost:4566',
    })
    expect(await exit).to.equal(1)
    expect(lines.every(({ level }) => level === 'error')).to.equal(true)
    const names = lines.map(({ message }) => String(message).split(' ')[0])
    expect(names).to.have.members([
      'CLOUDWATCH_MCP_PORT',
      'CREDENTIALS',
      'LOG_LEVEL',
      'AWS_ENDPOINT_URL_CLOUDWATCH_LOGS',
    ])
  })

  it('does not lend its credentials to a network unless told so by the dangerous name', async () => {
    const env = {
      CREDENTIALS: 'environment',
      CLOUDWATCH_MCP_SERVER_HOST: '0.0.0.0',
      CLOUDWATCH_MCP_PORT: '0',
      AWS_REGION: 'us-east-1',
    }
    const refused = start(env)
    expect(await refused.exit).to.equal(1)
    expect(String(refused.lines[0]?.message)).to.include(
      'DANGEROUSLY_SHARE_ENVIRONMENT_CREDENTIALS',
    )

    const allowed = start({ ...env, DANGEROUSLY_SHARE_ENVIRONMENT_CREDENTIALS: 'true' })
    const warning = await allowed.said('DANGEROUSLY_SHARE_ENVIRONMENT_CREDENTIALS is set')
    expect(warning).to.include({ level: 'warn' })
    await allowed.said('listening')
    allowed.child.kill('SIGTERM')
    expect(await allowed.exit).to.equal(0)
  })

  it('names CLOUDWATCH_MCP_PORT when the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo // a TCP server has an address object
    const { exit, lines } = start({ CLOUDWATCH_MCP_PORT: String(port) })
    expect(await exit).to.equal(1)
    expect(String(lines[0]?.message)).to.match(/^CLOUDWATCH_MCP_PORT is taken/)
    other.close()
  })

  it('understands the port that Kubernetes sets', async () => {
    const { child, said, exit } = start({ CLOUDWATCH_MCP_PORT: 'tcp://10.0.0.1:0' })
    expect(Number((await said('listening')).port)).to.be.greaterThan(0)
    child.kill('SIGTERM')
    expect(await exit).to.equal(0)
  })

  it('survives a promise that nobody awaits, and says where it came from but not what it says', async () => {
    const rejects = 'process.on("SIGUSR2",()=>{Promise.reject(new TypeError("typed by a caller"))})'
    const { child, said, exit } = start({
      CLOUDWATCH_MCP_PORT: '0',
      CLOUDWATCH_MCP_DRAIN_IDLE_MS: '0',
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(rejects)}`,
    })
    const { port } = await said('listening')
    child.kill('SIGUSR2')
    const line = await said('a promise was rejected unheard')
    expect(line).to.include({ level: 'error', kind: 'TypeError' })
    expect(line.where).to.match(/^at process/)
    expect(JSON.stringify(line)).not.to.include('typed by')
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).to.equal(200)
    child.kill('SIGTERM')
    expect(await exit).to.equal(0)
  })

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`finishes running calls after ${signal} and exits with 0`, async () => {
      const aws = await startFakeAws()
      const slow = gate()
      aws.on('DescribeLogGroups', async () => {
        await slow.opened
        return { output: { logGroups: [{ logGroupName: '/late' }] } }
      })
      const { child, said, exit, lines } = start({
        CLOUDWATCH_MCP_PORT: '0',
        AWS_ENDPOINT_URL: aws.url,
      })
      const { port } = await said('listening')
      const answer = post(`http://127.0.0.1:${port}/mcp`, toolCall('list_log_groups'))
      await aws.called('DescribeLogGroups')
      child.kill(signal)
      await said('stopping')
      slow.open()
      expect(textOf((await answer).reply)).to.include('/late')
      expect(await exit).to.equal(0)
      expect(lines.map(({ message }) => message)).to.deep.equal([
        'listening',
        'stopping',
        'tool',
        'stopped',
      ])
      await aws.close()
    })
  }
})
