import { expect } from 'chai'
import { besiege, written } from '../attacks/siege.ts'
import { chunk, LAST_CHUNK, openRawSocket } from '../support/raw-socket.ts'
import { describeFuzz, RUNS, SEED } from './check.ts'
import { createPick, createRandom, mutate } from './mutate.ts'
import { readResponses } from './read-responses.ts'

const NAMES =
  /^(allow|cache-control|connection|content-(disposition|encoding|language|length|type)|date|expires|keep-alive|mcp-[a-z0-9-]+|pragma|retry-after|transfer-encoding|www-authenticate|x-accel-buffering|x-content-type-options|x-request-id)$/

const JSON_ANSWER =
  'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nMcp-Session-Id: s\r\nCache-Control: max-age=1, public\r\nX-Aws-Session-Token: x\r\nSet-Cookie: x\r\nContent-Length: 2\r\n\r\n{}'
const STREAM = `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n${chunk('data: 1\n\n')}${chunk('data: 2\n\n')}${LAST_CHUNK}`

describeFuzz(`any bytes of an MCP server (FUZZ_SEED=${SEED})`, () => {
  const siege = besiege(() => ({
    responseHeaderTimeoutMs: 1000,
    requestBurstPerPrincipal: 1_000_000,
  }))

  it('end in an answer that a strict reader understands, or in a connection that is cut', async () => {
    const random = createRandom(SEED)
    const pick = createPick(random)
    const bases = [
      JSON_ANSWER,
      STREAM,
      `HTTP/1.1 100 Continue\r\n\r\n${JSON_ANSWER}`,
      'HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n',
      'HTTP/1.1 200 OK\r\nConnection: close, mcp-x\r\nMcp-X: x\r\n\r\n{}',
      'HTTP/1.1 404 Not Found\r\nKeep-Alive: timeout=5\r\nContent-Length: 2\r\n\r\n{}',
    ]
    const hostile = [
      '\r\n',
      '\n',
      '\0',
      '\r\n\r\n',
      '\r\nContent-Length: 7',
      '\r\nTransfer-Encoding: chunked',
      '\r\nTransfer-Encoding: gzip',
      '\r\nConnection: upgrade\r\nUpgrade: x',
      '\r\nSet-Cookie: x',
      '\r\nMcp-Y: a\x01b',
      '\r\nCache-Control: public, s-maxage=1',
      '\r\nLocation: //x',
      '\r\nWWW-Authenticate: Bearer x',
      '\r\nTrailer: x',
      'HTTP/1.1 101 Switching Protocols\r\n\r\n',
      'HTTP/1.1 000 X\r\n\r\n',
      'HTTP/1.1 999 X\r\n\r\n',
      'HTTP/0.9 200\r\n\r\n',
      '0\r\n\r\n',
      'fffffff\r\n',
      'a'.repeat(20_000),
    ]
    const token = await siege.world().tokenOf('generic')
    let whole = 0
    for (let run = 0; run < RUNS; run += 1) {
      const bytes = mutate(pick(bases), hostile, random)
      // The end of the connection tells the gateway that no more will come.
      siege.answerWith(({ connection }) => connection.socket.end(Buffer.from(bytes, 'latin1')))
      const client = await openRawSocket(siege.world().gateway.port, 10_000)
      client.write(written({ token, lines: ['Connection: close'] }))
      await client.ended()
      client.destroy()
      try {
        const [response, ...others] = readResponses(client.received())
        expect(others).to.deep.equal([])
        if (response === undefined) continue
        if (!response.cut) whole += 1
        for (const [name, value] of response.headers) {
          expect(name).to.match(NAMES)
          if (name === 'cache-control') expect(value).to.not.match(/public|s-maxage/i)
        }
        expect(response.status).to.be.within(200, 599)
        expect(response.status).to.not.be.oneOf([301, 302, 307, 401])
        expect(response.body).to.not.contain('"internal_error"')
      } catch (error) {
        throw new Error(`${String(error)}\nto ${JSON.stringify(bytes)}`)
      }
    }
    expect(whole).to.be.above(RUNS / 2)
    siege.answerWith(({ connection }) => connection.write(JSON_ANSWER))
    await siege.expectForwarded(token)
  })
})
