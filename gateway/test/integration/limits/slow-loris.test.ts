import { expect } from 'chai'
import type { RawResponse, RawSocket } from '../../support/raw-socket.ts'
import { HOST } from '../../support/running-gateway.ts'
import { limitedPerTest, mcpRequest } from './limited-world.ts'

const HEADERS_MS = 400
const REQUEST_MS = 1000

/** Writes a byte every few milliseconds until the connection is closed. */
function drip({ socket }: RawSocket, bytes: string): void {
  let at = 0
  const timer = setInterval(() => {
    if (socket.writable) socket.write(bytes[at % bytes.length] ?? '')
    at += 1
  }, 20)
  socket.once('close', () => clearInterval(timer))
  socket.once('end', () => clearInterval(timer))
}

function expectTimeout({ status, headers, body }: RawResponse): void {
  expect(status).to.equal(408)
  expect(headers['content-type']).to.deep.equal(['application/json; charset=utf-8'])
  expect(headers.connection).to.deep.equal(['close'])
  expect(JSON.parse(body)).to.include({ error: 'request_timeout' })
}

describe('slow loris', () => {
  const start = limitedPerTest()
  const startSlow = () => start({ headersTimeoutMs: HEADERS_MS, requestTimeoutMs: REQUEST_MS })

  it('with headers that never end gets 408 however steadily they drip', async () => {
    const { connect, cuts } = await startSlow()
    const client = await connect()
    const before = Date.now()
    client.write('GET /mcp HTTP/1.1\r\n')
    drip(client, 'X-A: b\r\n')
    expectTimeout(await client.readResponse())
    expect(Date.now() - before).to.be.within(HEADERS_MS - 50, 5000)
    await client.ended()
    expect(await cuts('request_timeout')).to.equal(1)
  })

  it('with a request line that never ends gets 408', async () => {
    const { connect } = await startSlow()
    const client = await connect()
    client.write('GET /mcp?')
    drip(client, 'a')
    expectTimeout(await client.readResponse())
    await client.ended()
  })

  it('that says nothing at all is ended', async () => {
    const { connect } = await startSlow()
    await (await connect()).ended()
  })

  it('on a connection that has served before is ended', async () => {
    const { connect } = await startSlow()
    const client = await connect()
    client.write(`GET /healthz HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`)
    expect((await client.readResponse()).status).to.equal(200)
    client.write('GET /healthz HTTP/1.1\r\n')
    drip(client, 'X-A: b\r\n')
    expectTimeout(await client.readResponse())
    await client.ended()
  })

  it('that stays after its answer is ended when the connection has been idle for its time', async () => {
    const { connect } = await start({ keepAliveTimeoutMs: 1000 })
    const client = await connect()
    client.write(`GET /healthz HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`)
    expect((await client.readResponse()).status).to.equal(200)
    const before = Date.now()
    expect(await client.ended()).to.equal('end')
    expect(Date.now() - before).to.be.within(900, 5000)
  })

  it('with a body and no token is refused before the body comes, and closed', async () => {
    const { connect, gateway } = await startSlow()
    const client = await connect()
    client.write(`POST /mcp HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 1000000\r\n\r\n`)
    drip(client, 'a')
    const { status, headers } = await client.readResponse()
    expect(status).to.equal(401)
    expect(headers.connection).to.deep.equal(['close'])
    await client.ended()
    expect(await gateway.nextAudit()).to.include({ reason: 'token_missing' })
  })

  for (const [what, framing, bytes] of [
    ['a body of a known length', 'Content-Length: 1000000', 'a'],
    ['chunks', 'Transfer-Encoding: chunked', '1\r\na\r\n'],
  ] as const) {
    it(`with a token and ${what} that drips gets 408, and nothing is exchanged or forwarded`, async () => {
      const { connect, tokenOf, gateway, mcp, sts } = await startSlow()
      const client = await connect()
      const before = Date.now()
      const head = mcpRequest(await tokenOf('generic'), { extra: [framing], body: '' })
      client.write(head.replace('Content-Length: 0\r\n', ''))
      drip(client, bytes)
      expectTimeout(await client.readResponse())
      expect(Date.now() - before).to.be.within(REQUEST_MS - 100, 8000)
      await client.ended()
      expect(await gateway.nextAudit()).to.include({ outcome: 'refused', subject: 'u-alice' })
      expect([sts.calls.length, mcp.requests.length]).to.deep.equal([0, 0])
    })
  }

  it('in a crowd keeps nobody else from being served, and all are ended', async () => {
    const { connect, tokenOf, call } = await startSlow()
    const crowd = await Promise.all(Array.from({ length: 150 }, connect))
    for (const client of crowd) {
      client.write('POST /mcp HTTP/1.1\r\n')
      drip(client, 'X-A: b\r\n')
    }
    const token = await tokenOf('generic')
    expect((await call(token)).status).to.equal(200)
    for (const answer of await Promise.all(crowd.map((client) => client.readResponse()))) {
      expectTimeout(answer)
    }
    await Promise.all(crowd.map((client) => client.ended()))
    expect((await call(token)).status).to.equal(200)
  })
})
