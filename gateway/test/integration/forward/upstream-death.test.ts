import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { expect } from 'chai'
import { chunk, httpText, LAST_CHUNK } from '../../support/raw-socket.ts'
import { always, type Respond, type UpstreamConnection } from '../../support/raw-upstream.ts'
import { openDoors } from './harness.ts'
import { bare, post, startPerTest } from './per-test.ts'

const SSE_HEAD =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'
const EVENT = 'data: 1\n\n'

const DEATHS: ReadonlyArray<readonly [string, (connection: UpstreamConnection) => void]> = [
  ['closes', ({ socket }) => socket.end()],
  ['closes in the middle of a chunk', ({ socket }) => socket.end('5\r\nda')],
  ['closes with no bytes in flight', ({ socket }) => socket.destroy()],
  ['resets', ({ socket }) => socket.resetAndDestroy()],
  ['breaks the chunk framing', ({ socket }) => socket.write('zz\r\nrubbish\r\n')],
]

describe('upstream death', () => {
  const start = startPerTest()

  for (const [how, die] of DEATHS) {
    for (const request of [post(), bare('GET')]) {
      it(`cuts the client's ${request.slice(0, 4).trim()} when the upstream ${how} after an event`, async () => {
        const { upstream, doors, connect } = await start(always(SSE_HEAD + chunk(EVENT)))
        const client = await connect()
        client.write(request)
        await client.readUntil(EVENT)
        const [connection] = upstream.connections
        if (connection !== undefined) die(connection)
        await client.ended()
        expect(client.received().endsWith(LAST_CHUNK), 'a clean end').to.equal(false)
        expect((await doors.outcomes.take()).aborted).to.equal('upstream')
        expect(doors.log.join('')).to.contain('ended a response early')
      })
    }
  }

  it('cuts the client when the upstream promises more bytes than it sends', async () => {
    const { doors, connect } = await start(({ connection }) => {
      connection.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{"a"')
      connection.socket.end()
    })
    const client = await connect()
    client.write(post())
    const head = await client.readHead()
    expect(head.headers['content-length']).to.deep.equal(['10'])
    await client.ended()
    expect(await doors.outcomes.take()).to.deep.equal({
      status: 200,
      bytes: 4,
      aborted: 'upstream',
    })
  })

  it('resets an HTTP/1.0 client, to which a closed connection would be a whole answer', async () => {
    const { upstream, connect } = await start(always(SSE_HEAD + chunk(EVENT)))
    const client = await connect()
    client.write(httpText(['POST /mcp HTTP/1.0', 'Content-Length: 2'], '{}'))
    await client.readUntil(EVENT)
    upstream.connections[0]?.socket.destroy()
    expect(await client.ended()).to.equal('error')
  })

  const NO_ANSWER: ReadonlyArray<readonly [string, Respond]> = [
    ['closes without an answer', ({ connection }) => connection.socket.end()],
    ['resets without an answer', ({ connection }) => connection.socket.resetAndDestroy()],
    [
      'closes within the headers',
      ({ connection }) => connection.socket.end('HTTP/1.1 200 OK\r\nA: b'),
    ],
    ['answers no HTTP', ({ connection }) => connection.socket.end('SSH-2.0-OpenSSH_9.6\r\n')],
    [
      'answers a header with a NUL',
      always('HTTP/1.1 200 OK\r\nX: a\0b\r\ncontent-length: 0\r\n\r\n'),
    ],
    [
      'answers a header without a colon',
      always('HTTP/1.1 200 OK\r\nrubbish\r\ncontent-length: 0\r\n\r\n'),
    ],
    [
      'answers two lengths',
      always('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'),
    ],
    [
      'switches protocols',
      always('HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'),
    ],
    ['answers 64 KiB of headers', always(`HTTP/1.1 200 OK\r\nA: ${'a'.repeat(65_536)}\r\n\r\n`)],
  ]
  for (const [how, respond] of NO_ANSWER) {
    it(`answers 502 when the upstream ${how}, once, and keeps the client's connection`, async () => {
      const { upstream, doors, connect } = await start(respond)
      const client = await connect()
      client.write(post())
      const { status, body } = await client.readResponse()
      expect([status, await doors.refusals.take()]).to.deep.equal([502, 'upstream_unreachable'])
      expect(JSON.parse(body)).to.have.property('error', 'upstream_unreachable')
      expect(upstream.requests).to.have.length(1)
      client.write(bare('GET', [], '/unknown'))
      expect((await client.readResponse()).status).to.equal(404)
    })
  }

  it('answers 502 when nothing listens at the upstream', async () => {
    const { upstream, doors, connect } = await start(() => {})
    await upstream.close()
    const client = await connect()
    client.write(post())
    expect((await client.readResponse()).status).to.equal(502)
    expect(await doors.refusals.take()).to.equal('upstream_unreachable')
  })

  it('answers 504 when no headers come in time, and gives the upstream request up', async () => {
    const { upstream, doors, connect } = await start(() => {}, {
      forward: { responseHeaderTimeoutMs: 50 },
    })
    const client = await connect()
    client.write(post())
    expect((await client.readResponse()).status).to.equal(504)
    expect(await doors.refusals.take()).to.equal('upstream_timeout')
    await upstream.connections[0]?.closed
  })

  it('sets no limit to a stream once its headers are there', async () => {
    const { upstream, connect } = await start(always(SSE_HEAD + chunk(EVENT)), {
      forward: { responseHeaderTimeoutMs: 30, connectTimeoutMs: 30, idleSocketMs: 30 },
    })
    const client = await connect()
    client.write(post())
    await client.readUntil(EVENT)
    // Longer than each of the limits.
    await new Promise((resolve) => setTimeout(resolve, 100))
    upstream.connections[0]?.write(chunk('data: 2\n\n') + LAST_CHUNK)
    await client.readUntil('data: 2\n\n')
    await client.readUntil(LAST_CHUNK)
  })

  it('answers 504 when a TLS upstream accepts the connection and says nothing', async () => {
    const mute = createServer((socket) => socket.on('error', () => {}).resume())
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
    // A TCP server that listens has an address of this shape.
    const { port } = mute.address() as AddressInfo
    const doors = await openDoors({
      upstreamUrl: `https://127.0.0.1:${port}`,
      forward: { connectTimeoutMs: 50 },
    })
    try {
      const answer = await fetch(`http://127.0.0.1:${doors.port}/mcp`, {
        method: 'POST',
        body: '{}',
      })
      expect(answer.status).to.equal(504)
      expect(await doors.refusals.take()).to.equal('upstream_timeout')
    } finally {
      await doors.close()
      await new Promise((resolve) => mute.close(resolve))
    }
  })
})
