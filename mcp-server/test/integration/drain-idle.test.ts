import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { expect } from 'chai'
import { callerHeaders } from '../support/caller-headers.ts'
import { gate } from '../support/fake-aws.ts'
import { toolCall } from '../support/rpc.ts'
import { type RunningServer, startServer } from '../support/running-server.ts'

/** Longer than any test: what ends before did not wait for it. */
const LONG_MS = 40_000
/** Longer than a request takes to arrive. */
const SHORT_MS = 1000

const BODY = JSON.stringify(toolCall('list_log_groups'))
const HEADERS = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
  ...callerHeaders(),
}

describe('idle connections of a server that stops', () => {
  let server: RunningServer
  let agent: Agent
  beforeEach(async () => {
    agent = new Agent({ keepAlive: true, maxSockets: 1 })
    server = await startServer()
    server.aws.on('DescribeLogGroups', () => ({ output: { logGroups: [{ logGroupName: '/a' }] } }))
  })
  afterEach(async () => {
    agent.destroy()
    await server.close()
  })

  const call = async (): Promise<IncomingMessage> => {
    const outgoing = request(server.mcp, { agent, method: 'POST', headers: HEADERS })
    outgoing.end(BODY)
    // The event has this one argument.
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
    return response
  }
  const textOf = async (response: IncomingMessage): Promise<string> => {
    let text = ''
    for await (const piece of response.setEncoding('utf8')) text += piece
    return text
  }

  it('bring one more call, which is answered and is the last', async () => {
    expect(await textOf(await call())).to.include('/a')
    const drained = server.drain(LONG_MS)
    const last = await call()
    expect(last.headers.connection).to.equal('close')
    expect(await textOf(last)).to.include('/a')
    await drained
  })

  it('that never carried a request bring one, however long it takes', async () => {
    const slow = gate()
    server.aws.on('DescribeLogGroups', async () => {
      await slow.opened
      return { output: { logGroups: [{ logGroupName: '/late' }] } }
    })
    const socket = connect(server.port, '127.0.0.1')
    await once(socket, 'connect')
    // The server has accepted it when it has answered one that came later.
    await fetch(`${server.url}/healthz`, { headers: { connection: 'close' } })
    const drained = server.drain(SHORT_MS)
    const head = Object.entries({ ...HEADERS, 'content-length': Buffer.byteLength(BODY) })
    const lines = head.map(([name, value]) => `${name}: ${value}`)
    socket.write(['POST /mcp HTTP/1.1', 'host: localhost', ...lines, '', BODY].join('\r\n'))
    await server.aws.called('DescribeLogGroups')
    // Longer than the connection would have been kept without a request.
    await new Promise((resolve) => setTimeout(resolve, SHORT_MS + 100))
    slow.open()
    let text = ''
    for await (const piece of socket.setEncoding('utf8')) text += piece
    expect(text).to.include('/late')
    await drained
  })

  it('end when nothing comes, and the server with them', async () => {
    await textOf(await call())
    await server.drain(20)
  })

  it('are closed at once where nothing is to be waited for', async () => {
    await textOf(await call())
    await server.drain()
  })
})

describe('the answer of a stream', () => {
  it('leaves to Node whether its connection is kept', async () => {
    const server = await startServer()
    server.aws.on('DescribeLogGroups', () => ({ output: { logGroups: [] } }))
    const response = await fetch(server.mcp, {
      method: 'POST',
      headers: { ...HEADERS, connection: 'close' },
      body: BODY,
    })
    expect(response.headers.get('connection')).to.equal('close')
    await response.text()
    await server.close()
  })
})
