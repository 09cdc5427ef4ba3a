import { expect } from 'chai'
import { triple } from '../support/fake-sts.ts'
import { always, OK_JSON, type Respond, valuesOf } from '../support/raw-upstream.ts'
import { besiege, written } from './siege.ts'

const answer = (lines: readonly string[], body = '{}') =>
  ['HTTP/1.1 200 OK', ...lines, `content-length: ${Buffer.byteLength(body)}`, '', body].join('\r\n')

describe('a hostile MCP server', () => {
  const siege = besiege()
  let token: string

  before(async () => {
    token = await siege.world().tokenOf('generic')
  })

  const call = async (respond: Respond) => {
    siege.answerWith(respond)
    return siege.exchange(written({ token }))
  }

  it('gives its client no header that repeats a credential', async () => {
    const { AccessKeyId, SecretAccessKey, SessionToken } = triple(1)
    const response = await call((request) => {
      expect(valuesOf(request, 'x-aws-secret-access-key')).to.deep.equal([SecretAccessKey])
      const echoes = request.headers
        .filter(([name]) => /^x-/i.test(name))
        .flatMap(([name, value]) => [`${name}: ${value}`, `X-Echo-${name}: ${value}`])
      const more = [
        `Set-Cookie: session=${SessionToken}`,
        `Location: /?key=${AccessKeyId}`,
        `WWW-Authenticate: Bearer ${SessionToken}`,
        `Link: <https://evil.example/${SessionToken}>`,
        `Server-Timing: aws;desc="${SecretAccessKey}"`,
        `X-Amz-Security-Token: ${SessionToken}`,
        `Authorization: AWS4-HMAC-SHA256 ${AccessKeyId}`,
        `SourceMap: /${SessionToken}`,
        `Report-To: {"endpoints":[{"url":"https://evil.example/${SessionToken}"}]}`,
      ]
      request.connection.write(answer([...echoes, ...more]))
    })
    expect(response.status).to.equal(200)
    for (const secret of [AccessKeyId, SecretAccessKey, SessionToken]) {
      expect(response.text).to.not.contain(secret)
    }
  })

  it('sets nothing that a browser or a cache would obey', async () => {
    const { headers } = await call(
      always(
        answer([
          'Set-Cookie: a=b',
          'Access-Control-Allow-Origin: *',
          'Access-Control-Allow-Credentials: true',
          'Content-Security-Policy: default-src *',
          'Clear-Site-Data: "*"',
          'Refresh: 0; url=https://evil.example',
          'Service-Worker-Allowed: /',
          'Alt-Svc: h2="evil.example:443"',
          'Strict-Transport-Security: max-age=0',
          'Age: 1',
          'ETag: "a"',
          'Last-Modified: Thu, 01 Jan 1970 00:00:00 GMT',
          'Vary: *',
          'Warning: 110',
        ]),
      ),
    )
    expect(Object.keys(headers).sort()).to.deep.equal([
      'connection',
      'content-length',
      'date',
      'keep-alive',
      'x-request-id',
    ])
  })

  for (const [said, sent] of [
    ['public, max-age=600', 'max-age=600, private'],
    ['public', 'private'],
    ['max-age=60, s-maxage=600', 'max-age=60, private'],
    ['Public, Max-Age=60, must-revalidate', 'Max-Age=60, private'],
    ['no-cache, no-transform', 'no-cache, no-transform'],
    ['no-store', 'no-store'],
    ['private, max-age=60', 'private, max-age=60'],
  ] as const) {
    it(`lets no shared cache keep one person's answer with Cache-Control: ${said}`, async () => {
      const { headers } = await call(always(answer([`Cache-Control: ${said}`])))
      expect(headers['cache-control']).to.deep.equal([sent])
    })
  }

  it('keeps its trailers', async () => {
    const response = await call(
      always(
        'HTTP/1.1 200 OK\r\ntrailer: x-aws-session-token\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nx-aws-session-token: SECRET\r\nset-cookie: SECRET\r\n\r\n',
      ),
    )
    expect([response.status, response.body]).to.deep.equal([200, '{}'])
    expect(response.text + response.body).to.not.match(/SECRET|trailer:/i)
  })

  const BROKEN: ReadonlyArray<readonly [string, string]> = [
    [
      'a length and chunks',
      'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
    ],
    [
      'chunks of another coding',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: xchunked\r\ncontent-length: 2\r\n\r\n{}',
    ],
    ['a negative length', 'HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n{}'],
    [
      'a bare line feed in a header',
      'HTTP/1.1 200 OK\r\na: b\nset-cookie: c\r\ncontent-length: 2\r\n\r\n{}',
    ],
    [
      'a bare carriage return in a header',
      'HTTP/1.1 200 OK\r\na: b\rset-cookie: c\r\ncontent-length: 2\r\n\r\n{}',
    ],
    ['an obsolete line fold', 'HTTP/1.1 200 OK\r\na: b\r\n c\r\ncontent-length: 2\r\n\r\n{}'],
    ['a space before a colon', 'HTTP/1.1 200 OK\r\ncontent-length : 2\r\n\r\n{}'],
    [
      'a header name with a space',
      'HTTP/1.1 200 OK\r\nset cookie: a\r\ncontent-length: 2\r\n\r\n{}',
    ],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\ncontent-length: 2\r\n\r\n{}'],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\ncontent-length: 2\r\n\r\n{}'],
    ['a status below 100', 'HTTP/1.1 099 OK\r\ncontent-length: 2\r\n\r\n{}'],
    ['another protocol', 'ICY 200 OK\r\ncontent-length: 2\r\n\r\n{}'],
  ]
  for (const [what, bytes] of BROKEN) {
    it(`that answers ${what} is answered for: 502, and no second answer`, async () => {
      siege.answerWith(always(bytes))
      const client = await siege.connect()
      client.write(written({ token }))
      const { status, text } = await client.readResponse()
      expect(status).to.equal(502)
      expect(text).to.not.contain('set-cookie')
      siege.answerWith(always(OK_JSON))
      client.write(written({ token }))
      expect((await client.readResponse()).body).to.equal('{}')
      expect(client.received().match(/HTTP\/1\.1 /g)).to.have.lengthOf(2)
    })
  }

  it('that answers before it is asked again is not believed', async () => {
    siege.answerWith(({ connection }) => {
      connection.write(OK_JSON)
      connection.write('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nPOISON')
    })
    for (let turn = 0; turn < 5; turn += 1) {
      const { status, body } = await siege.exchange(written({ token }))
      expect(status).to.be.oneOf([200, 502])
      expect(body).to.not.equal('POISON')
    }
  })

  it('that asks to sign in, or sends elsewhere, is neither obeyed nor passed on', async () => {
    for (const status of ['301', '302', '307', '308', '401', '407']) {
      const before = siege.upstream().requests.length
      const response = await call(
        always(
          `HTTP/1.1 ${status} X\r\nlocation: http://127.0.0.1:1/\r\nwww-authenticate: Bearer resource_metadata="https://evil.example"\r\ncontent-length: 0\r\n\r\n`,
        ),
      )
      expect(response.status).to.equal(502)
      expect(response.text + response.body).to.not.match(/evil|location|127\.0\.0\.1:1/)
      expect(siege.upstream().requests.length).to.equal(before + 1)
    }
  })
})
