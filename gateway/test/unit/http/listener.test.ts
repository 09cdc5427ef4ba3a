import { expect } from 'chai'
import { createListener } from '../../../src/http/listener.ts'
import { createLog } from '../../../src/log.ts'
import { createMailbox } from '../../support/mailbox.ts'
import { httpText, type RawResponse } from '../../support/raw-socket.ts'
import { LIMITS, listenPerTest } from './listener-per-test.ts'

const GET = httpText(['GET / HTTP/1.1', 'Host: a'])
const POST_OF_10 = httpText(['POST / HTTP/1.1', 'Host: a', 'Content-Length: 10'])

function expectRefusal(response: RawResponse, status: number): void {
  expect(response.status).to.equal(status)
  expect(response.headers).to.deep.include({
    'content-type': ['application/json; charset=utf-8'],
    'cache-control': ['no-store'],
    connection: ['close'],
  })
  expect(JSON.parse(response.body)).to.have.all.keys('error', 'error_description')
}

describe('createListener', () => {
  const listen = listenPerTest()

  it('answers 431 in JSON to headers that are too large, and closes', async () => {
    const { connect } = await listen(async (_req, res) => void res.end(), { maxHeaderBytes: 4096 })
    const client = await connect()
    client.write(httpText(['GET / HTTP/1.1', 'Host: a', `X-A: ${'a'.repeat(8192)}`]))
    expectRefusal(await client.readResponse(), 431)
    await client.ended()
  })

  it('answers 408 in JSON to headers that do not come, and closes', async () => {
    const { connect } = await listen(async (_req, res) => void res.end(), { headersTimeoutMs: 50 })
    const client = await connect()
    client.write('GET / HTTP/1.1\r\nHost: a\r\n')
    expectRefusal(await client.readResponse(), 408)
    await client.ended()
  })

  it('answers 408 in JSON to a body that does not come, and closes', async () => {
    const { connect } = await listen(async (req) => void req.resume(), {
      headersTimeoutMs: 50,
      requestTimeoutMs: 50,
    })
    const client = await connect()
    client.write(`${POST_OF_10}abc`)
    expectRefusal(await client.readResponse(), 408)
    await client.ended()
  })

  it('sets no limit to a response', async () => {
    const { connect } = await listen(
      async (_req, res) => void setTimeout(() => res.end('late'), 150),
      { headersTimeoutMs: 30, requestTimeoutMs: 30 },
    )
    const client = await connect()
    client.write(GET)
    expect((await client.readResponse()).body).to.equal('late')
  })

  it('answers 500 and says nothing when the handler fails', async () => {
    const { connect, log } = await listen(async () => {
      throw new Error('CANARY')
    })
    const client = await connect()
    client.write(GET)
    const { status, text, body } = await client.readResponse()
    expect(status).to.equal(500)
    expect(text + body).not.to.contain('CANARY')
    expect(log.join('')).to.contain('CANARY')
  })

  it('cuts the response when the handler fails in its middle', async () => {
    const { connect } = await listen(async (_req, res) => {
      res.writeHead(200).write('abc')
      throw new Error('late')
    })
    const client = await connect()
    client.write(GET)
    await client.ended()
    expect(client.received()).not.to.contain('\r\n0\r\n')
  })

  it('never writes a refusal into a running response', async () => {
    const { connect } = await listen(async (_req, res) => void res.writeHead(200).write('event'))
    const client = await connect()
    client.write(GET)
    await client.readUntil('event')
    client.write('rubbish\r\n\r\n')
    await client.ended()
    expect(client.received()).not.to.contain('400')
  })

  it('never answers a request with the refusal of the next', async () => {
    const { connect } = await listen(async () => {})
    const client = await connect()
    client.write(`${GET}rubbish\r\n\r\n`)
    await client.ended()
    expect(client.received()).to.equal('')
  })

  it('answers 400 to a broken body of a request that would close the connection anyway', async () => {
    const { connect } = await listen(async (req) => void req.resume())
    const client = await connect()
    const lines = ['Host: a', 'Connection: close', 'Transfer-Encoding: chunked']
    client.write(httpText(['POST / HTTP/1.1', ...lines], 'zz\r\n'))
    expectRefusal(await client.readResponse(), 400)
    await client.ended()
  })

  it('cuts a connection with a crowd of unanswered requests', async () => {
    let seen = 0
    const { connect } = await listen(async () => {
      seen += 1
    })
    const client = await connect()
    client.write(GET.repeat(1000))
    await client.ended()
    expect(seen).to.equal(32)
  })

  it('refuses a repeated Host before any handler sees it', async () => {
    const { connect } = await listen(async (_req, res) => void res.end())
    const client = await connect()
    client.write(httpText(['GET / HTTP/1.1', 'Host: a', 'host: b']))
    expectRefusal(await client.readResponse(), 400)
    await client.ended()
  })

  it('reads no request behind one that closes the connection', async () => {
    const seen: Array<string | undefined> = []
    const { connect } = await listen(async (req, res) => {
      seen.push(req.url)
      // Longer than a connection lingers that has been refused.
      setTimeout(() => res.end('ok'), 600)
    })
    const client = await connect()
    client.write(httpText(['GET /1 HTTP/1.1', 'Host: a', 'Connection: close']))
    client.write(httpText(['GET /2 HTTP/1.1', 'Host: a']))
    expect((await client.readResponse()).body).to.equal('ok')
    await client.ended()
    expect(seen).to.deep.equal(['/1'])
  })

  it('rejects when the port is taken', async () => {
    const { port } = await listen(async () => {})
    const second = createListener({
      ...LIMITS,
      handler: async () => {},
      log: createLog('error', () => {}),
    })
    let code: unknown
    try {
      await second.listen(port, '127.0.0.1')
    } catch (error) {
      code = error instanceof Error && 'code' in error ? error.code : undefined
    }
    expect(code).to.equal('EADDRINUSE')
  })
})

describe('close of a listener', () => {
  const listen = listenPerTest()

  it('closes idle connections at once and takes no new ones', async () => {
    const { listener, port, connect } = await listen(async (_req, res) => void res.end('ok'))
    const idle = await connect()
    idle.write(GET)
    await idle.readResponse()
    const unused = await connect()
    await listener.close(10_000)
    await idle.ended()
    await unused.ended()
    let refused = false
    try {
      await fetch(`http://127.0.0.1:${port}/`)
    } catch {
      refused = true
    }
    expect(refused).to.equal(true)
  })

  it('lets a running response end, marks it as the last, and ends with it', async () => {
    const begun = createMailbox<() => void>('request')
    const { listener, connect } = await listen(async (_req, res) =>
      begun.put(() => res.end('whole')),
    )
    const client = await connect()
    client.write(GET)
    const answer = await begun.take()
    const closed = listener.close(10_000)
    answer()
    const { headers, body } = await client.readResponse()
    expect([headers.connection, body]).to.deep.equal([['close'], 'whole'])
    await closed
  })

  it('lets a stream end whose headers were sent before', async () => {
    const begun = createMailbox<() => void>('request')
    const { listener, connect } = await listen(async (_req, res) => {
      res.writeHead(200).write('first')
      begun.put(() => res.end('last'))
    })
    const client = await connect()
    client.write(GET)
    const end = await begun.take()
    await client.readUntil('first')
    const closed = listener.close(10_000)
    end()
    await client.readUntil('last')
    await closed
    await client.ended()
  })

  it('cuts what still runs after the time to drain', async () => {
    const { listener, connect } = await listen(
      async (_req, res) => void res.writeHead(200).write('a'),
    )
    const client = await connect()
    client.write(GET)
    await client.readUntil('\r\na\r\n')
    await listener.close(30)
    await client.ended()
  })

  it('cuts a client that never finishes its request', async () => {
    const { listener, connect } = await listen(async () => {})
    const client = await connect()
    client.write('GET / HTTP/1.1\r\n')
    await listener.close(30)
    await client.ended()
  })
})
