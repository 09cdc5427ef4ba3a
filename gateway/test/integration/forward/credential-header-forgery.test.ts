import { expect } from 'chai'
import { chunk, httpText } from '../../support/raw-socket.ts'
import { always, OK_JSON, type RecordedRequest, valuesOf } from '../../support/raw-upstream.ts'
import { bare, post, startPerTest } from './per-test.ts'

/** What the upstream must see, once each, whatever the client sent. */
const CONTRACT: Readonly<Record<string, string>> = {
  'x-aws-access-key-id': 'ASIAGATEWAY',
  'x-aws-secret-access-key': 'gateway/secret+key',
  'x-aws-session-token': 'gateway/session+token==',
  'x-aws-credentials-expiration': '2030-01-02T03:04:05.000Z',
  'x-aws-region': 'eu-west-1',
  'x-aws-regions': 'eu-west-1',
  'x-aws-role-arn': 'arn:aws:iam::111122223333:role/CloudWatchSre',
  'x-mcp-principal': 'https%3A%2F%2Fissuer.example%2Fa/auth0%7Cb%20%C3%B6',
  'x-mcp-tools': 'get_*,list_*',
  'x-request-id': 'request-1',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
}

/** Names as any reader may fold them: CGI, WSGI, dots, case. */
const folded = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '')

function expectContractOnly(request: RecordedRequest | undefined): void {
  if (request === undefined) throw new Error('the upstream saw no request')
  for (const [name, value] of Object.entries(CONTRACT)) {
    const alike = request.headers.filter(([key]) => folded(key) === folded(name))
    expect(alike, name).to.deep.equal([[name, value]])
  }
  expect(request.connection.bytes()).not.to.contain('FORGED')
}

const FORGED_LINES: ReadonlyArray<readonly [string, readonly string[]]> = [
  ['in lower case', ['x-aws-access-key-id: FORGED']],
  ['in upper case', ['X-AWS-ACCESS-KEY-ID: FORGED']],
  ['in mixed case', ['X-aWs-AcCeSs-kEy-Id: FORGED']],
  ['with underscores', ['x_aws_access_key_id: FORGED']],
  ['with underscores in upper case', ['X_AWS_ACCESS_KEY_ID: FORGED']],
  ['with underscores and hyphens', ['X-Aws_Access-Key_Id: FORGED']],
  ['with dots', ['x.aws.access.key.id: FORGED']],
  ['with other token characters', ['x!aws#access$key%id: FORGED', "x~aws^access'key`id: FORGED"]],
  ['twice', ['X-Aws-Access-Key-Id: FORGED', 'X-Aws-Access-Key-Id: FORGED2']],
  ['twice in two spellings', ['X-Aws-Access-Key-Id: FORGED', 'x_aws_access_key_id: FORGED']],
  ['with an empty value first', ['X-Aws-Access-Key-Id:', 'X-Aws-Access-Key-Id: FORGED']],
  ['with tabs around the value', ['X-Aws-Access-Key-Id:\t FORGED\t']],
  ['with a non-ASCII value', ['X-Aws-Access-Key-Id: FORGED\xe9']],
  ['nominated by Connection', ['Connection: x-aws-access-key-id', 'X-Aws-Access-Key-Id: FORGED']],
  [
    'with every header of ours nominated by Connection',
    [`Connection: ${Object.keys(CONTRACT).join(', ')}, host, content-length`],
  ],
  ['with prefix variants', ['X-Aws-: FORGED', 'X-Aws-Profile: FORGED', 'X-Awsx: FORGED']],
  ['as the service names them', ['X-Amz-Security-Token: FORGED', 'X-Amzn-Trace-Id: FORGED']],
  ['as a date and a hash', ['X-Amz-Date: FORGED', 'X-Amz-Content-Sha256: FORGED']],
  ['sealed', ['X-Aws-Credentials-Sealed: FORGED']],
  [
    'as the rest of the triple',
    [
      'X-Aws-Secret-Access-Key: FORGED',
      'X-Aws-Session-Token: FORGED',
      'X_Aws_Session_Token: FORGED',
    ],
  ],
  [
    'as principal, tools, region, role and request id',
    [
      'X-Mcp-Principal: FORGED',
      'X-Mcp-Tools: FORGED',
      'X_Mcp_Tools: FORGED',
      'X-Aws-Region: FORGED',
      'X-Aws-Regions: FORGED',
      'X-Aws-Role-Arn: FORGED',
      'X-Request-Id: FORGED',
    ],
  ],
  ['as a trace of its own', ['Traceparent: FORGED']],
]

const ILLEGAL_LINES: ReadonlyArray<readonly [string, readonly string[]]> = [
  ['a space before the colon', ['X-Aws-Access-Key-Id : FORGED']],
  ['a tab before the colon', ['X-Aws-Access-Key-Id\t: FORGED']],
  ['a space before the name', [' X-Aws-Access-Key-Id: FORGED']],
  ['a space in the name', ['X-Aws Access-Key-Id: FORGED']],
  ['an obsolete line fold', ['X-Note: a', '\tX-Aws-Access-Key-Id: FORGED']],
  ['a value that is folded', ['X-Aws-Access-Key-Id:', ' FORGED']],
  ['a non-ASCII name', ['X-Aws-Access-Key-\xcfd: FORGED']],
  ['a NUL in the name', ['X-Aws-Access-Key-Id\0: FORGED']],
  ['a NUL in the value', ['X-Aws-Access-Key-Id: FORGED\0']],
  ['a bare carriage return in a value', ['X-Note: a\rX-Aws-Access-Key-Id: FORGED']],
  ['an empty name', [': FORGED']],
]

describe('credential header forgery', () => {
  const start = startPerTest()

  for (const [how, lines] of FORGED_LINES) {
    it(`forwards only the gateway's values when the client sends them ${how}`, async () => {
      const { upstream, connect } = await start(always(OK_JSON))
      const client = await connect()
      client.write(post('{}', lines) + bare('GET', lines) + bare('DELETE', lines))
      for (const _method of ['POST', 'GET', 'DELETE']) {
        expect((await client.readResponse()).status).to.equal(200)
      }
      expect(upstream.requests).to.have.length(3)
      for (const request of upstream.requests) expectContractOnly(request)
    })
  }

  for (const [what, lines] of ILLEGAL_LINES) {
    it(`refuses ${what}`, async () => {
      const { upstream, connect } = await start(always(OK_JSON))
      const client = await connect()
      client.write(post('{}', lines))
      expect((await client.readResponse()).status).to.equal(400)
      expect(upstream.connections).to.have.length(0)
    })
  }

  it('drops trailers', async () => {
    const { upstream, connect } = await start(always(OK_JSON))
    const client = await connect()
    client.write(
      httpText([
        'POST /mcp HTTP/1.1',
        'Host: a',
        'TE: trailers',
        'Trailer: X-Aws-Access-Key-Id',
        'Transfer-Encoding: chunked',
      ]),
    )
    client.write(`${chunk('{}')}0\r\nX-Aws-Access-Key-Id: FORGED\r\n\r\n`)
    expect((await client.readResponse()).status).to.equal(200)
    expectContractOnly(upstream.requests[0])
    expect(upstream.connections[0]?.bytes()).not.to.match(/trailer|^te:/im)
  })

  it('forwards nothing else of the client but what an MCP server needs', async () => {
    const { upstream, connect } = await start(always(OK_JSON))
    const client = await connect()
    const foreign = [
      'Authorization: Bearer FORGED',
      'Proxy-Authorization: Basic FORGED',
      'Cookie: session=FORGED',
      'Keep-Alive: timeout=FORGED',
      'Proxy-Connection: FORGED',
      'TE: FORGED',
      'Upgrade: FORGED',
      'HTTP2-Settings: FORGED',
      'Forwarded: for=FORGED',
      'Via: FORGED',
      'X-Forwarded-For: FORGED',
      'X-Forwarded-Host: FORGED',
      'X-Forwarded-Proto: FORGED',
      'X-Forwarded-Uri: FORGED',
      'X-Real-Ip: FORGED',
      'X-Original-Url: FORGED',
      'X-Rewrite-Url: FORGED',
      'X-Http-Method-Override: FORGED',
      'X-Method-Override: FORGED',
      'Origin: FORGED',
      'Referer: FORGED',
      'If-None-Match: FORGED',
      'Range: FORGED',
      'Sec-Fetch-Site: FORGED',
      '__proto__: FORGED',
      'constructor: FORGED',
    ]
    client.write(post('{}', foreign))
    expect((await client.readResponse()).status).to.equal(200)
    expectContractOnly(upstream.requests[0])
    const names = upstream.requests[0]?.headers.map(([name]) => name.toLowerCase()).sort()
    expect(names).to.deep.equal(
      ['connection', 'content-length', 'content-type', 'host', ...Object.keys(CONTRACT)].sort(),
    )
  })

  it('forwards what an MCP server needs untouched, unknown Mcp-Param headers included', async () => {
    const { upstream, connect } = await start(always(OK_JSON))
    const client = await connect()
    const needed: Readonly<Record<string, string>> = {
      Accept: 'application/json, text/event-stream',
      'Accept-Language': 'de',
      'Accept-Encoding': 'gzip',
      'User-Agent': 'client/1.0',
      'MCP-Protocol-Version': '2026-07-28',
      'Mcp-Session-Id': 's-1',
      'Mcp-Method': 'tools/call',
      'Mcp-Name': 'get_metric_data',
      'Mcp-Param-Region': '=?base64?w6Q=?=',
      'Mcp-Param-Some_New.Thing': 'caf\xe9',
      'Last-Event-Id': '7',
      Tracestate: 'a=b',
      Baggage: 'c=d',
    }
    client.write(
      post(
        '{}',
        Object.entries(needed).map(([name, value]) => `${name}: ${value}`),
      ),
    )
    expect((await client.readResponse()).status).to.equal(200)
    const [request] = upstream.requests
    expectContractOnly(request)
    for (const [name, value] of Object.entries(needed)) {
      expect(request && valuesOf(request, name.toLowerCase()), name).to.deep.equal([value])
    }
  })

  it('tells the upstream its own host, whatever Host the client sent', async () => {
    const { upstream, connect } = await start(always(OK_JSON))
    const client = await connect()
    client.write(bare('GET', ['X-Forwarded-Host: evil.example']))
    expect((await client.readResponse()).status).to.equal(200)
    const [request] = upstream.requests
    expect(request && valuesOf(request, 'host')).to.deep.equal([`127.0.0.1:${upstream.port}`])
  })

  // A repeated Authorization is the token room's to refuse: gateway/refusals.test.ts.
  for (const name of ['Host', 'Content-Type', 'Mcp-Session-Id', 'MCP-Param-X']) {
    it(`refuses a repeated ${name}`, async () => {
      const { upstream, connect } = await start(always(OK_JSON))
      const client = await connect()
      client.write(bare('GET', [`${name}: a`, `${name.toLowerCase()}: b`]))
      expect((await client.readResponse()).status).to.equal(400)
      expect(upstream.connections).to.have.length(0)
    })
  }
})
