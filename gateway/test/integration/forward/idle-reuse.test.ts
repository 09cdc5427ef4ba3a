import { expect } from 'chai'
import { always, OK_JSON, type Respond } from '../../support/raw-upstream.ts'
import { bare, post, startPerTest } from './per-test.ts'

/** Serves one request per connection and closes when the next one arrives: the race that a kept-alive pool can lose. */
function oneThen(atSecond: Respond): Respond {
  const served = new Set<number>()
  return (request) => {
    const { number, write } = request.connection
    if (served.has(number)) {
      atSecond(request)
      return
    }
    served.add(number)
    write(OK_JSON)
  }
}

const closes: Respond = ({ connection }) => connection.socket.destroy()
const resets: Respond = ({ connection }) => connection.socket.resetAndDestroy()

describe('idle reuse', () => {
  const start = startPerTest()

  it('uses one connection for requests one after another', async () => {
    const { upstream, connect } = await start(always(OK_JSON))
    const client = await connect()
    for (const request of [post(), bare('GET'), bare('DELETE'), post()]) {
      client.write(request)
      expect((await client.readResponse()).status).to.equal(200)
    }
    expect(upstream.connections).to.have.length(1)
  })

  for (const [how, close] of [
    ['closed', closes],
    ['reset', resets],
  ] as const) {
    it(`sends a GET again, once and on a new connection, when a kept one is ${how}`, async () => {
      const { upstream, connect } = await start(oneThen(close))
      const client = await connect()
      for (const _turn of [1, 2]) {
        client.write(bare('GET'))
        expect((await client.readResponse()).status).to.equal(200)
      }
      expect(upstream.requests.map(({ connection }) => connection.number)).to.deep.equal([1, 1, 2])
    })

    for (const [method, request] of [
      ['POST', post('{"id":2}')],
      ['DELETE', bare('DELETE')],
    ] as const) {
      it(`never sends a ${method} twice when a kept connection is ${how}: it may have run`, async () => {
        const { upstream, doors, connect } = await start(oneThen(close))
        const client = await connect()
        client.write(bare('GET'))
        expect((await client.readResponse()).status).to.equal(200)
        client.write(request)
        expect((await client.readResponse()).status).to.equal(502)
        expect(await doors.refusals.take()).to.equal('upstream_unreachable')
        expect(upstream.requests).to.have.length(2)
      })
    }
  }

  it('sends a GET no third time', async () => {
    let requests = 0
    const { upstream, connect } = await start((request) => {
      requests += 1
      if (requests === 1) request.connection.write(OK_JSON)
      else closes(request)
    })
    const client = await connect()
    client.write(bare('GET'))
    expect((await client.readResponse()).status).to.equal(200)
    client.write(bare('GET'))
    expect((await client.readResponse()).status).to.equal(502)
    expect(upstream.requests).to.have.length(3)
  })

  it('sends a GET once when a new connection is closed', async () => {
    const { upstream, connect } = await start(closes)
    const client = await connect()
    client.write(bare('GET'))
    expect((await client.readResponse()).status).to.equal(502)
    expect(upstream.requests).to.have.length(1)
  })

  it('sends a GET once when the kept connection had begun to answer', async () => {
    const { upstream, connect } = await start(
      oneThen(({ connection }) => connection.socket.end('HTTP/1.1 200 OK\r\ncontent-')),
    )
    const client = await connect()
    client.write(bare('GET'))
    expect((await client.readResponse()).status).to.equal(200)
    client.write(bare('GET'))
    expect((await client.readResponse()).status).to.equal(502)
    expect(upstream.requests).to.have.length(2)
  })

  it('gives an idle connection up by itself, before the upstream does', async () => {
    const { upstream, connect } = await start(always(OK_JSON), { forward: { idleSocketMs: 30 } })
    const client = await connect()
    client.write(post())
    expect((await client.readResponse()).status).to.equal(200)
    await upstream.connections[0]?.closed
  })

  it('gives it up a second before the end that the upstream announces', async () => {
    const answer = (seconds: number) =>
      `HTTP/1.1 200 OK\r\nkeep-alive: timeout=${seconds}\r\ncontent-length: 2\r\n\r\n{}`
    const { upstream, connect } = await start(({ connection: { number, write } }) =>
      write(answer(number)),
    )
    const client = await connect()
    // The first connection says one second and is not kept at all; the second says two.
    for (const _turn of [1, 2, 3]) {
      client.write(post())
      expect((await client.readResponse()).status).to.equal(200)
    }
    expect(upstream.requests.map(({ connection }) => connection.number)).to.deep.equal([1, 2, 2])
    const before = Date.now()
    await upstream.connections[1]?.closed
    expect(Date.now() - before).to.be.lessThan(1900)
  })

  it('uses the connection that was free last', async () => {
    const held: Array<() => void> = []
    const { upstream, connect } = await start(({ connection, body }) => {
      if (body === '{"held":1}') held.push(() => connection.write(OK_JSON))
      else connection.write(OK_JSON)
    })
    const clients = [await connect(), await connect()]
    for (const client of clients) {
      client.write(post('{"held":1}'))
      await upstream.arrivals.take()
    }
    for (const [index, client] of clients.entries()) {
      held[index]?.()
      await client.readResponse()
    }
    for (const _turn of [1, 2, 3]) {
      clients[0]?.write(post())
      await clients[0]?.readResponse()
    }
    expect(upstream.requests.map(({ connection }) => connection.number)).to.deep.equal([
      1, 2, 2, 2, 2,
    ])
  })

  it('opens no more connections than it may', async () => {
    const { upstream, connect } = await start(() => {}, { forward: { maxSockets: 2 } })
    const clients = [await connect(), await connect(), await connect()]
    for (const client of clients) client.write(post())
    const first = await upstream.arrivals.take()
    await upstream.arrivals.take()
    const probe = await connect()
    probe.write(bare('GET', [], '/unknown'))
    await probe.readResponse()
    expect(upstream.connections).to.have.length(2)
    first.connection.write(OK_JSON)
    expect((await upstream.arrivals.take()).connection.number).to.equal(first.connection.number)
  })
})
