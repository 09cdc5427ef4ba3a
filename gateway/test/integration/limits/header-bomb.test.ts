import { expect } from 'chai'
import { chunk, httpText, type RawResponse } from '../../support/raw-socket.ts'
import { HOST } from '../../support/running-gateway.ts'
import { limitedPerTest, mcpRequest } from './limited-world.ts'

const MAX_HEADER_BYTES = 16_384
const MAX_HEADER_COUNT = 100
const MAX_URL_BYTES = 1024

function expectRefusal({ status, headers, body }: RawResponse, expected: number, error: string) {
  expect(JSON.parse(body)).to.include({ error })
  expect(status).to.equal(expected)
  expect(headers['content-type']).to.deep.equal(['application/json; charset=utf-8'])
  expect(headers.connection).to.deep.equal(['close'])
}

const headers = (count: number, name = (at: number) => `X-${at}`) =>
  Array.from({ length: count }, (_, at) => `${name(at)}: 1`)

describe('header bomb', () => {
  const start = limitedPerTest()
  const startSmall = () =>
    start({
      maxHeaderBytes: MAX_HEADER_BYTES,
      maxHeaderCount: MAX_HEADER_COUNT,
      maxUrlBytes: MAX_URL_BYTES,
    })

  const BOMBS: ReadonlyArray<readonly [string, readonly string[]]> = [
    ['one header of 20 KB', [`X-A: ${'a'.repeat(20_000)}`]],
    ['one header of 2 MB', [`X-A: ${'a'.repeat(2_000_000)}`]],
    ['a token of 64 KB', [`Authorization: Bearer ${'a'.repeat(65_536)}`]],
    ['a header name of 20 KB', [`${'a'.repeat(20_000)}: 1`]],
    ['many headers of a middle size', headers(90, (at) => `X-${at}-${'a'.repeat(200)}`)],
    ['101 headers', headers(MAX_HEADER_COUNT)],
    ['3000 headers, more than Node would count', headers(3000, () => 'A')],
    ['one name a thousand times', headers(1000, () => 'X-A')],
  ]
  for (const [what, lines] of BOMBS) {
    it(`of ${what} gets 431, and the gateway lives`, async () => {
      const { connect, call, tokenOf, cuts } = await startSmall()
      const client = await connect()
      client.write(httpText(['POST /mcp HTTP/1.1', `Host: ${HOST}`, ...lines]))
      expectRefusal(await client.readResponse(), 431, 'headers_too_large')
      await client.ended()
      expect(await cuts('headers_too_large')).to.equal(1)
      expect((await call(await tokenOf('generic'))).status).to.equal(200)
    })
  }

  it('hides no header behind the number at which Node stops reading them', async () => {
    const { connect } = await start({ maxHeaderCount: 2000, maxHeaderBytes: 65_536 })
    const client = await connect()
    client.write(httpText(['GET /healthz HTTP/1.1', `Host: ${HOST}`, ...headers(3000, () => 'A')]))
    expectRefusal(await client.readResponse(), 431, 'headers_too_large')
  })

  it('of headers that never end is cut at the limit, however much is sent', async () => {
    const { connect } = await startSmall()
    const client = await connect()
    client.write(`GET /mcp HTTP/1.1\r\nHost: ${HOST}\r\n`)
    const line = `X-A: ${'a'.repeat(1000)}\r\n`
    const pump = () => {
      while (client.socket.writable && client.socket.write(line));
    }
    client.socket.on('drain', pump)
    pump()
    expectRefusal(await client.readResponse(), 431, 'headers_too_large')
    await client.ended()
    expect(client.socket.bytesWritten).to.be.lessThan(64 * 1024 * 1024)
  })

  it('of trailers is refused, and nothing is forwarded', async () => {
    const { connect, tokenOf, mcp } = await startSmall()
    const client = await connect()
    const token = await tokenOf('generic')
    const head = mcpRequest(token, { extra: ['Transfer-Encoding: chunked'], body: '' })
    client.write(head.replace('Content-Length: 0\r\n', ''))
    client.write(`${chunk('{}')}0\r\n${`X-A: ${'a'.repeat(1000)}\r\n`.repeat(200)}\r\n`)
    expectRefusal(await client.readResponse(), 431, 'headers_too_large')
    await client.ended()
    expect(mcp.requests).to.have.length(0)
  })

  it('takes nothing from the headers that a client may send', async () => {
    const { connect, tokenOf } = await startSmall()
    const client = await connect()
    // Seven lines are there already.
    const extra = [...headers(MAX_HEADER_COUNT - 7), `X-Long: ${'a'.repeat(8000)}`]
    client.write(mcpRequest(await tokenOf('generic'), { extra }))
    expect((await client.readResponse()).status).to.equal(200)
  })
})

describe('long URL', () => {
  const start = limitedPerTest()

  for (const length of [MAX_URL_BYTES + 1, 5000, 20_000, 65_536]) {
    it(`of ${length} bytes gets 414, and the gateway lives`, async () => {
      const { connect, gateway, cuts } = await start({
        maxHeaderBytes: MAX_HEADER_BYTES,
        maxUrlBytes: MAX_URL_BYTES,
      })
      const client = await connect()
      const url = `/mcp?${'a'.repeat(length - 5)}`
      client.write(httpText([`GET ${url} HTTP/1.1`, `Host: ${HOST}`]))
      expectRefusal(await client.readResponse(), 414, 'url_too_long')
      await client.ended()
      expect(await cuts('url_too_long')).to.equal(1)
      expect((await gateway.send({ path: '/healthz' })).status).to.equal(200)
    })
  }

  it('of just the limit is read', async () => {
    const { gateway } = await start({ maxUrlBytes: MAX_URL_BYTES })
    const path = `/mcp?${'a'.repeat(MAX_URL_BYTES - 5)}`
    expect((await gateway.send({ path })).status).to.equal(401)
  })
})
