import { expect } from 'chai'
import { chunk, LAST_CHUNK } from '../support/raw-socket.ts'
import { besiege, written } from './siege.ts'

const HEAD =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'

/** The gateway filters no answers, so nothing can slip past a filter: what the MCP server sends is what arrives. */
describe('an event stream made to be misread', () => {
  const siege = besiege()

  const event = (message: unknown) => `event: message\ndata: ${JSON.stringify(message)}\n\n`
  const STREAMS: ReadonlyArray<readonly [string, readonly string[]]> = [
    ['an event over several lines', ['data: {"jsonrpc":"2.0",\ndata: "method":"x"}\n\n']],
    ['an event in pieces', ['data: {"a', '":1}', '\n', '\n']],
    ['a piece of a character', ['data: \xc3', '\xa4\n\n']],
    ['bytes that are no UTF-8', ['data: \xff\xfe\x00\n\n']],
    ['lines that end in three ways', ['data: a\rdata: b\r\ndata: c\n\n']],
    ['fields that nobody knows', ['foo: bar\nid: \0\nretry: -1\ndata\n\n']],
    ['a byte order mark', ['\xef\xbb\xbfdata: a\n\n']],
    ['a list that has changed', [event({ method: 'notifications/tools/list_changed' })]],
    ['a chunk that looks like an end', ['data: 0\r\n\r\n', 'data: HTTP/1.1 200 OK\r\n\r\n\n\n']],
    ['an event without its end', ['data: {"jsonrpc"']],
    ['many empty comments', [':\n\n'.repeat(1000)]],
  ]
  for (const [what, pieces] of STREAMS) {
    it(`by ${what} arrives byte for byte`, async () => {
      siege.answerWith(({ connection }) =>
        connection.write(HEAD + pieces.map(chunk).join('') + LAST_CHUNK),
      )
      const token = await siege.world().tokenOf('generic')
      const { status, body } = await siege.exchange(written({ token }))
      expect(status).to.equal(200)
      expect(body).to.equal(pieces.join(''))
    })
  }

  it('as JSON under another type or status is as untouched', async () => {
    const token = await siege.world().tokenOf('generic')
    const body = '{"result":{"tools":[{"name":"hidden"}],"nextCursor":"c"}}'
    for (const type of [
      'application/json',
      'text/event-stream',
      'text/html',
      'application/x-ndjson',
    ]) {
      for (const status of [200, 202, 400, 404, 500]) {
        siege.answerWith(({ connection }) =>
          connection.write(
            `HTTP/1.1 ${status} X\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
          ),
        )
        const answer = await siege.exchange(written({ token }))
        expect([answer.status, answer.headers['content-type'], answer.body]).to.deep.equal([
          status,
          [type],
          body,
        ])
      }
    }
  })

  it('by what the server asks of the client passes as it is, and so does the answer', async () => {
    const token = await siege.world().tokenOf('generic')
    const asked = [
      { jsonrpc: '2.0', id: 's-1', method: 'sampling/createMessage', params: { messages: [] } },
      { jsonrpc: '2.0', id: 's-2', method: 'elicitation/create', params: { message: 'password?' } },
      { jsonrpc: '2.0', id: 's-3', method: 'roots/list' },
      { jsonrpc: '2.0', id: 1, result: { resultType: 'input_required', inputRequests: {} } },
    ].map(event)
    siege.answerWith(({ connection }) =>
      connection.write(HEAD + asked.map(chunk).join('') + LAST_CHUNK),
    )
    const { headers, body } = await siege.exchange(written({ method: 'GET', token }))
    expect(body).to.equal(asked.join(''))
    expect(headers).to.not.have.any.keys('via', 'server', 'x-powered-by')

    siege.answerWith(({ connection }) =>
      connection.write('HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n'),
    )
    const reply = '{"jsonrpc":"2.0","id":"s-2","result":{"action":"decline"}}'
    const answer = await siege.exchange(written({ token, body: reply }))
    expect(answer.status).to.equal(202)
    expect(siege.upstream().requests.at(-1)?.body).to.equal(reply)
    const record = await siege.auditOf(answer)
    expect(record).to.include({ mcp_method: null, mcp_tool: null, subject: 'u-alice' })
  })
})
