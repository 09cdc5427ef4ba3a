import { expect } from 'chai'
import { answerJson, answerRefusal, refusalBody } from '../../../src/http/answer.ts'
import { createMailbox } from '../../support/mailbox.ts'
import { chunk, httpText } from '../../support/raw-socket.ts'
import { listenPerTest } from './listener-per-test.ts'

const GET = httpText(['GET / HTTP/1.1', 'Host: a'])

describe('answerJson', () => {
  const listen = listenPerTest()

  it('answers JSON that no cache keeps and no browser guesses about', async () => {
    const { connect } = await listen(async (_req, res) => {
      answerJson(
        res,
        418,
        { a: 'ä' },
        { 'www-authenticate': 'Bearer', 'content-type': 'text/html' },
      )
    })
    const client = await connect()
    client.write(GET)
    const { status, headers, body } = await client.readResponse()
    expect(status).to.equal(418)
    expect(Buffer.from(body, 'latin1').toString()).to.equal('{"a":"ä"}\n')
    expect(headers).to.deep.include({
      'content-type': ['application/json; charset=utf-8'],
      'cache-control': ['no-store'],
      'x-content-type-options': ['nosniff'],
      'www-authenticate': ['Bearer'],
      connection: ['keep-alive'],
    })
  })

  it('keeps headers that were set before', async () => {
    const { connect } = await listen(async (_req, res) => {
      res.setHeader('x-request-id', 'r-1')
      answerJson(res, 200, {})
    })
    const client = await connect()
    client.write(GET)
    expect((await client.readResponse()).headers['x-request-id']).to.deep.equal(['r-1'])
  })

  it('answers HEAD without a body', async () => {
    const { connect } = await listen(async (_req, res) => answerJson(res, 404, {}))
    const client = await connect()
    client.write(httpText(['HEAD / HTTP/1.1', 'Host: a']) + GET)
    expect((await client.readHead()).status).to.equal(404)
    expect((await client.readResponse()).status).to.equal(404)
  })

  it('cuts a response that is already on its way', async () => {
    const { connect } = await listen(async (_req, res) => {
      res.writeHead(200, { 'content-length': '10' })
      res.write('abc')
      answerJson(res, 500, {})
    })
    const client = await connect()
    client.write(GET)
    await client.ended()
    expect(client.received()).not.to.contain('500')
  })

  it('does nothing when the client has gone', async () => {
    const done = createMailbox<string>('end of the handler')
    const { connect } = await listen(async (_req, res) => {
      res.once('close', () => {
        answerJson(res, 200, {})
        done.put('answered')
      })
      client.destroy()
    })
    const client = await connect()
    client.write(GET)
    expect(await done.take()).to.equal('answered')
  })

  it('gives a client its answer while it sends on, and closes when it has sent all', async () => {
    const { connect } = await listen(async (_req, res) => answerJson(res, 401, {}))
    const client = await connect()
    client.write(httpText(['POST / HTTP/1.1', 'Host: a', 'Content-Length: 300000']))
    const { status, headers } = await client.readResponse()
    expect([status, headers.connection]).to.deep.equal([401, ['close']])
    // A whole exchange on another connection: an end of the first would be here by now.
    const other = await connect()
    other.write(GET)
    await other.readResponse()
    expect(client.socket.readableEnded).to.equal(false)
    client.write('x'.repeat(300_000))
    expect(await client.ended()).to.equal('end')
  })

  it('waits a bounded time for the rest of a body', async () => {
    const { connect } = await listen(async (_req, res) => answerJson(res, 401, {}))
    const client = await connect()
    client.write(
      httpText(['POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked']) + chunk('x'),
    )
    expect((await client.readResponse()).status).to.equal(401)
    await client.ended()
  })

  it('throws a bounded part of a body away', async () => {
    const { connect } = await listen(async (_req, res) => answerJson(res, 401, {}))
    const client = await connect()
    client.write(httpText(['POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked']))
    expect((await client.readResponse()).status).to.equal(401)
    const piece = Buffer.from(chunk('x'.repeat(65_536)))
    let sent = 0
    while (client.socket.writable) {
      sent += piece.length
      await new Promise((resolve) => client.socket.write(piece, resolve))
    }
    await client.ended()
    // 8 MiB and what the kernel holds.
    expect(sent).to.be.lessThan(32 * 1024 * 1024)
  })
})

describe('answerRefusal', () => {
  const listen = listenPerTest()

  it("answers with the table's status, text and Retry-After", async () => {
    const { connect } = await listen(async (_req, res) => answerRefusal(res, 'sts_unavailable'))
    const client = await connect()
    client.write(GET)
    const { status, headers, body } = await client.readResponse()
    expect([status, headers['retry-after']]).to.deep.equal([503, ['5']])
    expect(JSON.parse(body)).to.deep.equal(refusalBody('sts_unavailable'))
  })
})

describe('refusalBody', () => {
  it('names the OAuth error where there is one and the reason where there is none', () => {
    expect(refusalBody('token_expired').error).to.equal('invalid_token')
    expect(refusalBody('role_unmapped').error).to.equal('role_unmapped')
  })
})
