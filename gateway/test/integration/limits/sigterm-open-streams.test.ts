import type { ServerResponse } from 'node:http'
import { expect } from 'chai'
import type { RawSocket } from '../../support/raw-socket.ts'
import { type LimitedWorld, limitedPerTest, mcpRequest } from './limited-world.ts'

const STREAMS = 30

/** What the program does at SIGTERM is `close` of the gateway; `program.test.ts` sends the signal. */
describe('SIGTERM with open streams', () => {
  const start = limitedPerTest()

  const open = async (world: LimitedWorld) => {
    const responses: ServerResponse[] = []
    world.mcp.script((_request, res) => {
      responses.push(res)
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      res.write('data: first\n\n')
    })
    const token = await world.tokenOf('generic')
    const clients: RawSocket[] = await Promise.all(Array.from({ length: STREAMS }, world.connect))
    for (const client of clients) client.write(mcpRequest(token))
    await Promise.all(clients.map((client) => client.readUntil('data: first')))
    return { clients, responses }
  }

  it('lets each end whole that ends in time, and is over with the last', async () => {
    const world = await start({ drainMs: 60_000 })
    const { clients, responses } = await open(world)
    const stopped = world.gateway.stop()
    for (const res of responses) res.end('data: last\n\n')
    for (const client of clients) {
      await client.readUntil('data: last')
      expect(await client.ended()).to.equal('end')
      expect(client.received()).to.match(/\r\n0\r\n\r\n$/)
    }
    await stopped
    for (let count = 0; count < STREAMS; count += 1) {
      expect(await world.gateway.nextAudit()).to.include({ outcome: 'forwarded', status: 200 })
    }
  })

  it('cuts the others when the time is over, so that none looks whole, and writes their records', async () => {
    const world = await start({ drainMs: 150 })
    const { clients, responses } = await open(world)
    let closedAtServer = 0
    for (const res of responses) {
      res.once('close', () => {
        closedAtServer += 1
      })
    }
    const before = Date.now()
    await world.gateway.stop()
    expect(Date.now() - before).to.be.within(140, 3000)
    for (const client of clients) {
      await client.ended()
      expect(client.received()).to.not.match(/\r\n0\r\n\r\n$/)
    }
    for (let count = 0; count < STREAMS; count += 1) {
      expect(await world.gateway.nextAudit()).to.include({ status: 200, reason: null })
    }
    expect(closedAtServer).to.equal(STREAMS)
  })

  it('takes no new connection and no new request on an old one', async () => {
    const world = await start({ drainMs: 60_000 })
    const idle = await world.connect()
    idle.write('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n')
    await idle.readResponse()
    const { responses } = await open(world)
    const stopped = world.gateway.stop()
    await idle.ended()
    const late: unknown = await world.connect().catch((error: unknown) => error)
    expect(late).to.have.property('code', 'ECONNREFUSED')
    for (const res of responses) res.end()
    await stopped
  })
})
