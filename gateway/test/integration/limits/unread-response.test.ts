import type { ServerResponse } from 'node:http'
import { expect } from 'chai'
import { HOST } from '../../support/running-gateway.ts'
import { eventually, type LimitedWorld, limitedPerTest, mcpRequest } from './limited-world.ts'

const STALL_MS = 500
const MEGABYTE = 1024 * 1024
/** What the buffers of two loopback connections hold at most, with room to spare. */
const IN_BUFFERS = 24 * MEGABYTE

/** Answers with `bytes` of a stream as fast as they are taken; tells how many were, and when it is over. */
function pour({ mcp }: LimitedWorld, bytes: number, chunkBytes = 64 * 1024) {
  const poured = { bytes: 0, closed: false }
  const event = `data: ${'x'.repeat(chunkBytes - 8)}\n\n`
  mcp.script((_request, res: ServerResponse) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    res.once('close', () => {
      poured.closed = true
    })
    const more = () => {
      while (poured.bytes < bytes) {
        poured.bytes += event.length
        if (!res.write(event)) return
      }
      res.end()
    }
    res.on('drain', more)
    more()
  })
  return poured
}

describe('unread response', () => {
  const start = limitedPerTest()

  it('pauses the MCP server, is cut in time, and ends the request there', async () => {
    const world = await start({ clientStallMs: STALL_MS })
    const poured = pour(world, 512 * MEGABYTE)
    const client = await world.connect()
    client.socket.pause()
    const before = process.memoryUsage()
    client.write(mcpRequest(await world.tokenOf('generic')))
    await eventually('the MCP server sees the end', () => poured.closed)
    // Far from the whole was ever taken, so it was the server that waited and not our memory that grew.
    expect(poured.bytes).to.be.lessThan(IN_BUFFERS)
    const after = process.memoryUsage()
    const grown = after.external + after.arrayBuffers - before.external - before.arrayBuffers
    expect(grown).to.be.lessThan(2 * IN_BUFFERS)
    expect(await world.gateway.nextAudit()).to.include({ outcome: 'client_left', status: 200 })
    expect(await world.cuts('response_unread')).to.equal(1)
    client.socket.resume()
    await client.ended()
    expect(client.received()).to.not.contain('\r\n0\r\n\r\n')
  })

  it('made of small events over a long time is cut as well', async () => {
    const world = await start({ clientStallMs: STALL_MS })
    let sent = 0
    let closed = false
    world.mcp.script((_request, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      // Fills the buffers first, then a heartbeat as servers send it.
      res.write(`data: ${'x'.repeat(IN_BUFFERS)}\n\n`)
      const timer = setInterval(() => {
        sent += 1
        res.write(': keepalive\n\n')
      }, 50)
      res.once('close', () => {
        clearInterval(timer)
        closed = true
      })
    })
    const client = await world.connect()
    client.socket.pause()
    client.write(mcpRequest(await world.tokenOf('generic')))
    await eventually('the MCP server sees the end', () => closed)
    expect(sent).to.be.greaterThan(5)
    expect(await world.gateway.nextAudit()).to.include({ outcome: 'client_left' })
  })

  it('of a crowd of readers that stand still leaves others served, and all are cut', async () => {
    const world = await start({ clientStallMs: STALL_MS })
    const poured = pour(world, 64 * MEGABYTE)
    const token = await world.tokenOf('generic')
    const crowd = await Promise.all(Array.from({ length: 8 }, world.connect))
    for (const client of crowd) {
      // An answer before it must not leave the connection with another time-out.
      client.write(`GET /healthz HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`)
      expect((await client.readResponse()).status).to.equal(200)
      client.socket.pause()
      client.write(mcpRequest(token))
    }
    for (const _ of crowd) await world.mcp.arrivals.take()
    expect((await world.gateway.send({ path: '/healthz' })).status).to.equal(200)
    const audits = await Promise.all(crowd.map(() => world.gateway.nextAudit()))
    for (const audit of audits) expect(audit).to.include({ outcome: 'client_left' })
    await eventually('the MCP server sees the end', () => poured.closed)
    expect(await world.cuts('response_unread')).to.equal(8)
  })

  it('behind which the client sends on is cut as well', async () => {
    const world = await start({ clientStallMs: STALL_MS })
    const poured = pour(world, 512 * MEGABYTE)
    const client = await world.connect()
    client.socket.pause()
    const request = mcpRequest(await world.tokenOf('generic'))
    client.write(request)
    await world.mcp.arrivals.take()
    const timer = setInterval(() => {
      if (client.socket.writable) client.write(request)
    }, 100)
    client.socket.once('close', () => clearInterval(timer))
    await eventually('the MCP server sees the end', () => poured.closed)
    clearInterval(timer)
    expect(poured.bytes).to.be.lessThan(IN_BUFFERS)
  })

  it('is not one that is taken slowly', async () => {
    const stallMs = 1000
    const world = await start({ clientStallMs: stallMs })
    const whole = 16 * MEGABYTE
    const poured = pour(world, whole)
    const client = await world.connect()
    client.write(mcpRequest(await world.tokenOf('generic'), { extra: ['Connection: close'] }))
    await client.readHead()
    // A piece at a time, for several times the limit.
    client.socket.on('data', () => {
      client.socket.pause()
      setTimeout(() => client.socket.resume(), Date.now() < slowUntil ? 40 : 0)
    })
    const slowUntil = Date.now() + 4 * stallMs
    await eventually('all has come', () => client.received().endsWith('\r\n0\r\n\r\n'))
    expect(Date.now()).to.be.greaterThan(slowUntil - stallMs)
    expect(poured.bytes).to.be.at.least(whole)
    expect(await world.gateway.nextAudit()).to.include({ outcome: 'forwarded' })
  })

  it('is not a stream that is silent for long', async () => {
    const world = await start({ clientStallMs: 100 })
    world.mcp.script((_request, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      res.write('data: first\n\n')
      setTimeout(() => res.end('data: last\n\n'), 1000)
    })
    const { status, text } = await world.call(await world.tokenOf('generic'))
    expect([status, text]).to.deep.equal([200, 'data: first\n\ndata: last\n\n'])
    expect(await world.cuts('response_unread')).to.equal(0)
  })

  it('is not a call whose answer is long in coming', async () => {
    const world = await start({ clientStallMs: 100, requestTimeoutMs: 300, headersTimeoutMs: 200 })
    world.mcp.script((_request, res) => void setTimeout(() => res.end('{}'), 1000))
    expect((await world.call(await world.tokenOf('generic'))).text).to.equal('{}')
  })
})
