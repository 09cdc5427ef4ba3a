import { expect } from 'chai'
import type { RawSocket } from '../../support/raw-socket.ts'
import { HOST } from '../../support/running-gateway.ts'
import { eventually, type LimitedWorld, limitedPerTest, mcpRequest } from './limited-world.ts'

const MAX = 20
const HEALTH = `GET /healthz HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`

/** Opens as many streams as connections may be served. */
async function serveAll(world: LimitedWorld): Promise<{ token: string; streams: RawSocket[] }> {
  world.mcp.script((_request, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    res.write('data: 1\n\n')
  })
  const token = await world.tokenOf('generic')
  const streams = await Promise.all(Array.from({ length: MAX }, world.connect))
  for (const stream of streams) stream.write(mcpRequest(token))
  await Promise.all(streams.map((stream) => stream.readUntil('data: 1')))
  return { token, streams }
}

const countEnded = (clients: readonly RawSocket[]) => {
  let ended = 0
  for (const client of clients) {
    client.ended().then(
      () => {
        ended += 1
      },
      () => {},
    )
  }
  return () => ended
}

describe('connection flood', () => {
  const start = limitedPerTest()

  it('of silent connections never holds more than may be, and keeps nobody out', async () => {
    const world = await start({ maxConnections: MAX })
    const flood: RawSocket[] = []
    for (let count = 0; count < 200; count += 1) flood.push(await world.connect())
    const ended = countEnded(flood)
    await eventually('all but those that may stay have ended', () => ended() >= 200 - MAX)
    const token = await world.tokenOf('generic')
    for (let time = 0; time < 5; time += 1) {
      expect((await world.call(token)).status).to.equal(200)
    }
    expect(ended()).to.be.lessThan(200)
    expect(await world.cuts('idle_connection')).to.be.at.least(200 - MAX)
    expect(await world.cuts('too_many_connections')).to.equal(0)
  })

  it('takes the longest idle connection first, and none that is being served', async () => {
    const world = await start({ maxConnections: 3 })
    world.mcp.script((_request, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      res.write('data: 1\n\n')
    })
    const [stream, older, newer] = [
      await world.connect(),
      await world.connect(),
      await world.connect(),
    ]
    stream.write(mcpRequest(await world.tokenOf('generic')))
    await stream.readUntil('data: 1')
    for (const client of [newer, older]) {
      client.write(HEALTH)
      expect((await client.readResponse()).status).to.equal(200)
    }
    const next = await world.connect()
    await newer.ended()
    next.write(HEALTH)
    older.write(HEALTH)
    expect((await next.readResponse()).status).to.equal(200)
    expect((await older.readResponse()).status).to.equal(200)
    expect(stream.socket.readyState).to.equal('open')
  })

  it('while all are being served gets 503 in JSON, with the time to come again', async () => {
    const world = await start({ maxConnections: MAX })
    const { token, streams } = await serveAll(world)
    const late = await world.connect()
    late.write(mcpRequest(token))
    const { status, headers, body } = await late.readResponse()
    expect(status).to.equal(503)
    expect(headers).to.deep.include({
      'content-type': ['application/json; charset=utf-8'],
      'retry-after': ['5'],
      connection: ['close'],
    })
    expect(JSON.parse(body)).to.include({ error: 'too_many_connections' })
    await late.ended()
    expect(await world.cuts('too_many_connections')).to.equal(1)
    for (const stream of streams) expect(stream.socket.readyState).to.equal('open')
  })

  it('leaves the gateway alive to its orchestrator', async () => {
    const world = await start({ maxConnections: MAX })
    await serveAll(world)
    const probe = await world.connect()
    probe.write(HEALTH)
    const { status, headers } = await probe.readResponse()
    expect([status, headers.connection]).to.deep.equal([200, ['close']])
    await probe.ended()
  })

  it('over, the next one is served', async () => {
    const world = await start({ maxConnections: MAX })
    const { token, streams } = await serveAll(world)
    expect((await world.gateway.send({ path: '/' })).status).to.equal(503)
    streams[0]?.destroy()
    await world.gateway.nextAudit()
    world.mcp.script((_request, res) => void res.end('{}'))
    expect((await world.call(token)).status).to.equal(200)
  })

  it('beyond what can be told is closed unheard, and those that ask for nothing soon after', async () => {
    const world = await start({ maxConnections: MAX })
    const { streams } = await serveAll(world)
    const flood = await Promise.all(Array.from({ length: 150 }, world.connect))
    const ended = countEnded(flood)
    await eventually('all have ended', () => ended() === 150)
    expect(await world.cuts('too_many_connections')).to.be.at.least(150 - 64)
    for (const stream of streams) expect(stream.socket.readyState).to.equal('open')
  })
})
