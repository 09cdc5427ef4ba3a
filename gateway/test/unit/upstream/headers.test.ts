import { expect } from 'chai'
import { GatewayError } from '../../../src/errors.ts'
import { type UpstreamHeadersInput, upstreamHeaders } from '../../../src/upstream/headers.ts'

const INPUT: UpstreamHeadersInput = {
  headers: {},
  host: 'mcp.internal:3334',
  credentials: {
    accessKeyId: 'ASIA1',
    secretAccessKey: 'secret',
    sessionToken: 'token',
    expiration: new Date('2030-01-02T03:04:05.678Z'),
  },
  role: {
    roleArn: 'arn:aws:iam::111122223333:role/R',
    region: 'us-east-1',
    regions: ['us-east-1', 'eu-west-1'],
    tools: ['*'],
  },
  principal: { issuer: 'https://issuer.example', subject: 'alice' },
  requestId: 'r-1',
  traceparent: undefined,
  contentLength: 0,
}

describe('upstreamHeaders', () => {
  it('writes the whole contract and nothing else for a client without headers', () => {
    expect(upstreamHeaders(INPUT)).to.deep.equal({
      host: 'mcp.internal:3334',
      'x-aws-access-key-id': 'ASIA1',
      'x-aws-secret-access-key': 'secret',
      'x-aws-session-token': 'token',
      'x-aws-credentials-expiration': '2030-01-02T03:04:05.678Z',
      'x-aws-region': 'us-east-1',
      'x-aws-regions': 'us-east-1,eu-west-1',
      'x-aws-role-arn': 'arn:aws:iam::111122223333:role/R',
      'x-mcp-principal': 'https%3A%2F%2Fissuer.example/alice',
      'x-mcp-tools': '*',
      'x-request-id': 'r-1',
    })
  })

  it('does not change what it is given', () => {
    const headers = Object.freeze({ accept: 'a', connection: 'accept', 'x-aws-region': 'x' })
    upstreamHeaders({ ...INPUT, headers })
    expect(headers).to.deep.equal({ accept: 'a', connection: 'accept', 'x-aws-region': 'x' })
  })

  it('writes the length of a body, and none without one', () => {
    const headers = { 'content-length': '999' }
    expect(upstreamHeaders({ ...INPUT, headers, contentLength: 7 })['content-length']).to.equal('7')
    expect(upstreamHeaders({ ...INPUT, headers })).not.to.have.property('content-length')
  })

  it('drops a header that the client nominates in Connection', () => {
    const headers = {
      connection: 'keep-alive, Mcp-Session-Id ,accept',
      'mcp-session-id': 's',
      accept: 'a',
    }
    const sent = upstreamHeaders({ ...INPUT, headers })
    expect(sent).not.to.have.any.keys('mcp-session-id', 'accept', 'connection')
  })

  it('never drops one of its own that the client nominates', () => {
    const own = upstreamHeaders({ ...INPUT, traceparent: '00-a-b-01', contentLength: 3 })
    const headers = { connection: Object.keys(own).join(',') }
    expect(
      upstreamHeaders({ ...INPUT, headers, traceparent: '00-a-b-01', contentLength: 3 }),
    ).to.deep.equal(own)
  })

  it('forwards Mcp-Param headers of any token name', () => {
    const headers = {
      'mcp-param-a_b.c!': 'v',
      'mcp-param-': 'v',
      'mcp-new-thing': 'v',
      mcp_name: 'v',
    }
    const sent = upstreamHeaders({ ...INPUT, headers })
    expect(sent).to.include({ 'mcp-param-a_b.c!': 'v', 'mcp-new-thing': 'v' })
    expect(sent).not.to.have.property('mcp_name')
  })

  it('forwards the trace context of the client only along with a traceparent', () => {
    const headers = { tracestate: 'a=b', baggage: 'c=d', traceparent: 'theirs' }
    expect(upstreamHeaders({ ...INPUT, headers })).not.to.have.any.keys(
      'tracestate',
      'baggage',
      'traceparent',
    )
    expect(upstreamHeaders({ ...INPUT, headers, traceparent: 'ours' })).to.include({
      tracestate: 'a=b',
      baggage: 'c=d',
      traceparent: 'ours',
    })
  })

  it('drops client values that HTTP does not allow', () => {
    for (const value of ['a\r\nx-aws-region: b', 'a\nb', 'a\0b', 'a\x7fb', '\u{1F600}']) {
      expect(upstreamHeaders({ ...INPUT, headers: { accept: value } })).not.to.have.property(
        'accept',
      )
    }
  })

  it('keeps issuer and subject apart whatever they contain', () => {
    const one = upstreamHeaders({ ...INPUT, principal: { issuer: 'a/b', subject: 'c' } })
    const other = upstreamHeaders({ ...INPUT, principal: { issuer: 'a', subject: 'b/c' } })
    expect(one['x-mcp-principal']).to.equal('a%2Fb/c')
    expect(other['x-mcp-principal']).to.equal('a/b%2Fc')
    const odd = { issuer: 'é', subject: 'a\r\nb 😀' }
    const [issuer = '', subject = ''] =
      upstreamHeaders({ ...INPUT, principal: odd })['x-mcp-principal']?.split('/') ?? []
    expect({
      issuer: decodeURIComponent(issuer),
      subject: decodeURIComponent(subject),
    }).to.deep.equal(odd)
  })

  it('says that a principal without tools has none', () => {
    expect(
      upstreamHeaders({ ...INPUT, role: { ...INPUT.role, tools: [] } })['x-mcp-tools'],
    ).to.equal('')
  })

  const credentials = INPUT.credentials
  const UNFIT: ReadonlyArray<readonly [string, Partial<UpstreamHeadersInput>]> = [
    ['an empty access key id', { credentials: { ...credentials, accessKeyId: '' } }],
    ['an empty secret', { credentials: { ...credentials, secretAccessKey: '' } }],
    ['an empty session token', { credentials: { ...credentials, sessionToken: '' } }],
    [
      'a secret with a line break',
      { credentials: { ...credentials, secretAccessKey: 'CANARY\r\nb' } },
    ],
    [
      'a session token with a space at its end',
      { credentials: { ...credentials, sessionToken: 'CANARY ' } },
    ],
    ['a session token beyond ASCII', { credentials: { ...credentials, sessionToken: 'CANARYé' } }],
    ['no time of expiry', { credentials: { ...credentials, expiration: new Date(Number.NaN) } }],
    ['a region with a line break', { role: { ...INPUT.role, region: 'CANARY\n' } }],
    ['an empty region', { role: { ...INPUT.role, region: '' } }],
    ['tools with a line break', { role: { ...INPUT.role, tools: ['CANARY\n'] } }],
    ['a subject that has no UTF-8 form', { principal: { issuer: 'CANARY', subject: '\ud800' } }],
    ['an empty request id', { requestId: '' }],
    ['an empty host', { host: '' }],
    ['an empty traceparent', { traceparent: '' }],
  ]
  for (const [what, change] of UNFIT) {
    it(`refuses ${what}, without showing the value`, () => {
      let thrown: unknown
      try {
        upstreamHeaders({ ...INPUT, ...change })
      } catch (error) {
        thrown = error
      }
      expect(thrown).to.be.instanceOf(GatewayError).with.property('reason', 'internal_error')
      const { message, cause } = thrown as GatewayError // by the line above
      expect(`${message} ${String(cause)}`).not.to.contain('CANARY')
    })
  }
})
