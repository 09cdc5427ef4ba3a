import { expect } from 'chai'
import { chunk, LAST_CHUNK } from '../../support/raw-socket.ts'
import { always } from '../../support/raw-upstream.ts'
import { bare, post, startPerTest } from './per-test.ts'

const SSE_HEAD = [
  'HTTP/1.1 200 OK',
  'content-type: text/event-stream',
  'cache-control: no-cache, no-transform',
  'x-accel-buffering: no',
  'transfer-encoding: chunked',
  '',
  '',
].join('\r\n')

describe('early flush', () => {
  const start = startPerTest()

  for (const request of [post(), bare('GET')]) {
    it(`gives the client of a ${request.slice(0, 4).trim()} the headers before the upstream has a first byte`, async () => {
      const { upstream, connect } = await start(always(SSE_HEAD))
      const client = await connect()
      client.write(request)
      const { status, headers } = await client.readHead()
      expect(status).to.equal(200)
      expect(headers['content-type']).to.deep.equal(['text/event-stream'])
      expect(headers['cache-control']).to.deep.equal(['no-cache, no-transform'])
      expect(headers['x-accel-buffering']).to.deep.equal(['no'])
      // Only now does the upstream go on: the client cannot have waited for this.
      upstream.connections[0]?.write(chunk('data: 1\n\n') + LAST_CHUNK)
      await client.readUntil('data: 1\n\n')
      await client.readUntil(LAST_CHUNK)
    })
  }

  it('gives the client each event before the upstream has the next', async () => {
    const { upstream, doors, connect } = await start(always(SSE_HEAD))
    const client = await connect()
    client.write(post())
    await client.readHead()
    const [connection] = upstream.connections
    for (const event of ['data: 1\n\n', ': keepalive\n\n', 'data: 2\n\n']) {
      connection?.write(chunk(event))
      await client.readUntil(event)
    }
    connection?.write(LAST_CHUNK)
    await client.readUntil(LAST_CHUNK)
    expect(await doors.outcomes.take()).to.deep.equal({
      status: 200,
      bytes: 31,
      aborted: undefined,
    })
  })

  it('gives the client the part of an event that the upstream has written', async () => {
    const { upstream, connect } = await start(always(`${SSE_HEAD}${chunk('data: {"a":')}`))
    const client = await connect()
    client.write(post())
    await client.readUntil('data: {"a":')
    upstream.connections[0]?.write(chunk('1}\n\n') + LAST_CHUNK)
    await client.readUntil('1}\n\n')
  })

  for (const [what, answer] of [
    ['with a zero length', 'HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n'],
    ['chunked', `HTTP/1.1 202 Accepted\r\ntransfer-encoding: chunked\r\n\r\n${LAST_CHUNK}`],
  ] as const) {
    it(`passes a 202 without a body, ${what}`, async () => {
      const { connect } = await start(always(answer))
      const client = await connect()
      client.write(post() + post())
      for (const _turn of [1, 2]) {
        const { status, body } = await client.readResponse()
        expect([status, body]).to.deep.equal([202, ''])
      }
    })
  }

  it('stops reading from the upstream while the client does not read', async () => {
    const size = 64 * 1024 * 1024
    const piece = Buffer.alloc(256 * 1024, 'x')
    let written = 0
    let stalled: () => void = () => {}
    const stall = new Promise<void>((resolve) => {
      stalled = resolve
    })
    const { upstream, connect } = await start(({ connection: { socket } }) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n`)
      let quiet: NodeJS.Timeout | undefined
      const pump = () => {
        clearTimeout(quiet)
        let more = true
        while (more && written < size) {
          written += piece.length
          more = socket.write(piece)
        }
        // Nothing drained for this long, or all was taken: either way the pumping is over for now.
        quiet = setTimeout(stalled, 300)
      }
      socket.on('drain', pump)
      pump()
    })
    const client = await connect()
    client.write(post())
    client.socket.pause()
    await stall
    expect(written).to.be.lessThan(size / 2)
    let received = 0
    const whole = new Promise<void>((resolve) => {
      client.socket.removeAllListeners('data').on('data', (data: string) => {
        received += data.length
        if (received >= size) resolve()
      })
    })
    client.socket.resume()
    await whole
    expect(upstream.requests).to.have.length(1)
  })
})
