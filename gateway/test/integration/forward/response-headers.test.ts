import { expect } from 'chai'
import { always, OK_JSON } from '../../support/raw-upstream.ts'
import { bare, post, startPerTest } from './per-test.ts'

const answer = (status: string, lines: readonly string[], body = '{}') =>
  [`HTTP/1.1 ${status}`, ...lines, `content-length: ${body.length}`, '', body].join('\r\n')

describe('response headers of the upstream', () => {
  const start = startPerTest()

  it('keeps from the client what is not for it', async () => {
    const { doors, connect } = await start(
      always(
        answer('200 Fine By Me', [
          'Content-Type: application/json',
          'Connection: keep-alive, Mcp-Nominated',
          'Mcp-Nominated: SECRET',
          'Keep-Alive: timeout=99, max=SECRET',
          'Proxy-Authenticate: SECRET',
          'Proxy-Connection: SECRET',
          'Trailer: SECRET',
          'Upgrade: SECRET',
          'Set-Cookie: a=SECRET',
          'Set-Cookie: b=SECRET',
          'Set-Cookie2: SECRET',
          'WWW-Authenticate: Bearer SECRET',
          'Authentication-Info: SECRET',
          'Access-Control-Allow-Origin: SECRET',
          'Access-Control-Allow-Credentials: SECRET',
          'Access-Control-Expose-Headers: SECRET',
          'Server: SECRET',
          'Via: SECRET',
          'X-Powered-By: SECRET',
          'Alt-Svc: h3="SECRET:443"',
          'Location: http://SECRET/',
          'Refresh: 0; url=SECRET',
          'Link: <http://SECRET/>; rel=preload',
          'Clear-Site-Data: "SECRET"',
          'Strict-Transport-Security: SECRET',
          'Authorization: SECRET',
          'X-Aws-Access-Key-Id: SECRET',
          'X_Aws_Secret_Access_Key: SECRET',
          'X-Aws-Session-Token: SECRET',
          'X-Aws-Credentials-Sealed: SECRET',
          'X-Amz-Security-Token: SECRET',
          'X-Mcp-Principal: SECRET',
          'X-Request-Id: SECRET',
          'Traceparent: SECRET',
        ]),
      ),
    )
    const client = await connect()
    client.write(post())
    const { status, headers, text } = await client.readResponse()
    expect(status).to.equal(200)
    expect(text).not.to.match(/SECRET|Fine By Me/)
    expect(Object.keys(headers).sort()).to.deep.equal([
      'connection',
      'content-length',
      'content-type',
      'date',
      'keep-alive',
    ])
    expect(headers['keep-alive']).to.deep.equal(['timeout=75'])
    expect((await doors.outcomes.take()).aborted).to.equal(undefined)
  })

  it('passes what a client needs', async () => {
    const needed: Readonly<Record<string, string>> = {
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      'mcp-session-id': 's-1',
      'mcp-protocol-version': '2025-11-25',
      'content-encoding': 'gzip',
      'content-language': 'de',
      'retry-after': '3',
      allow: 'POST',
    }
    const lines = Object.entries(needed).map(([name, value]) => `${name}: ${value}`)
    const { connect } = await start(always(answer('200 OK', lines, '\x1f\x8b\0\xff')))
    const client = await connect()
    client.write(post())
    const { headers, body } = await client.readResponse()
    for (const [name, value] of Object.entries(needed)) {
      expect(headers[name], name).to.deep.equal([value])
    }
    expect(body).to.equal('\x1f\x8b\0\xff')
  })

  for (const status of ['300', '301', '302', '303', '304', '307', '308']) {
    it(`answers 502 to a ${status} and follows nowhere`, async () => {
      const elsewhere = await start(always(OK_JSON))
      const location = `Location: http://127.0.0.1:${elsewhere.upstream.port}/mcp`
      const { upstream, doors, connect } = await start(({ connection }) => {
        connection.write(`HTTP/1.1 ${status} Moved\r\n${location}\r\ncontent-length: 0\r\n\r\n`)
      })
      for (const request of [post(), bare('GET')]) {
        const client = await connect()
        client.write(request)
        const answered = await client.readResponse()
        expect(answered.status).to.equal(502)
        expect(answered.text).not.to.contain('Location')
        expect(await doors.refusals.take()).to.equal('upstream_rejected')
      }
      expect(upstream.requests).to.have.length(2)
      expect(elsewhere.upstream.connections).to.have.length(0)
    })
  }

  for (const status of ['401', '407']) {
    it(`answers 502 to a ${status}: the client's own token was good`, async () => {
      const { doors, connect } = await start(
        always(answer(`${status} No`, ['WWW-Authenticate: Bearer'], '{"error":"SECRET"}')),
      )
      const client = await connect()
      client.write(post())
      const { status: seen, text, body } = await client.readResponse()
      expect(seen).to.equal(502)
      expect(text + body).not.to.match(/www-authenticate|SECRET/i)
      expect(await doors.refusals.take()).to.equal('upstream_rejected')
    })
  }

  for (const status of ['200', '202', '204', '400', '403', '404', '405', '413', '500', '503']) {
    it(`passes a ${status} with its body`, async () => {
      const body = status === '204' ? '' : '{"jsonrpc":"2.0"}'
      const { connect } = await start(
        always(`HTTP/1.1 ${status} X\r\ncontent-length: ${body.length}\r\n\r\n${body}`),
      )
      const client = await connect()
      client.write(post())
      const answered = await client.readResponse()
      expect([answered.status, answered.body]).to.deep.equal([Number(status), body])
    })
  }

  it('does not pass interim answers', async () => {
    const interim = [
      'HTTP/1.1 100 Continue\r\n\r\n',
      'HTTP/1.1 102 Processing\r\nX-Aws-Access-Key-Id: SECRET\r\n\r\n',
      'HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n',
    ]
    const { connect } = await start(always(interim.join('') + OK_JSON))
    const client = await connect()
    client.write(post())
    expect((await client.readResponse()).status).to.equal(200)
    expect(client.received().match(/HTTP\/1\.1/g)).to.have.length(1)
  })

  it("closes neither the client's connection nor echoes its wish when the upstream closes its own", async () => {
    const { upstream, connect } = await start(always(answer('200 OK', ['Connection: close'])))
    const client = await connect()
    for (const _turn of [1, 2]) {
      client.write(post())
      const { headers } = await client.readResponse()
      expect(headers.connection).to.deep.equal(['keep-alive'])
    }
    expect(upstream.connections).to.have.length(2)
  })

  it('passes a body whose end is the end of the upstream connection', async () => {
    const { connect } = await start(({ connection }) =>
      connection.socket.end('HTTP/1.1 200 OK\r\n\r\n{}'),
    )
    const client = await connect()
    client.write(post())
    expect((await client.readResponse()).body).to.equal('{}')
  })

  it('takes bytes after the end of an answer for no other answer', async () => {
    const { upstream, connect } = await start(
      always(`${OK_JSON}HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nSECRET`),
    )
    const client = await connect()
    for (const _turn of [1, 2, 3]) {
      client.write(post())
      expect((await client.readResponse()).body).to.equal('{}')
    }
    expect(client.received()).not.to.contain('SECRET')
    expect(upstream.connections.length).to.be.greaterThan(1)
  })
})
