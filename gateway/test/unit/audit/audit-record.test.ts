import { expect } from 'chai'
import { auditRecord, type Seen } from '../../../src/audit/audit-record.ts'
import { exchangeRequest } from '../../support/exchange-request.ts'
import { principal } from '../../support/principal.ts'

const FIRST: Seen = {
  requestId: 'request-1',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  startedAt: 1_700_000_000_000,
  method: 'POST',
  target: 'default',
  peer: '127.0.0.1',
  clientAddress: '192.0.2.7',
}

const WHOLE: Seen = {
  ...FIRST,
  signIn: 'f-1',
  principal: principal({ claims: { canary: 'claim-canary' } }),
  role: exchangeRequest().role,
  credentials: {
    accessKeyId: 'ASIAONE',
    secretAccessKey: 'secret-canary',
    sessionToken: 'session-canary',
    expiration: new Date(1_700_003_600_000),
  },
  call: { method: 'tools/call', tool: 'query_logs', client: 'inspector 1.2' },
  upstreamStatus: 200,
}

describe('auditRecord', () => {
  it('tells of a forwarded request in named fields', () => {
    expect(auditRecord(WHOLE, 200, 1_700_000_000_250)).to.deep.equal({
      kind: 'audit',
      time: '2023-11-14T22:13:20.250Z',
      request_id: 'request-1',
      trace_id: '0af7651916cd43dd8448eb211c80319c',
      outcome: 'forwarded',
      status: 200,
      reason: null,
      duration_ms: 250,
      http_method: 'POST',
      target: 'default',
      peer: '127.0.0.1',
      client_address: '192.0.2.7',
      mcp_method: 'tools/call',
      mcp_tool: 'query_logs',
      mcp_client: 'inspector 1.2',
      issuer: 'https://issuer.example',
      subject: 'u-1',
      username: 'alice',
      client_id: 'client',
      machine: false,
      sign_in: 'f-1',
      rule: 'sre',
      role_arn: 'arn:aws:iam::111122223333:role/CloudWatchSre',
      session_name: 'alice-0123456789ab',
      source_identity: null,
      exchange: 'web-identity',
      region: 'us-east-1',
      access_key_id: 'ASIAONE',
      credentials_expiration: '2023-11-14T23:13:20.000Z',
      upstream_status: 200,
    })
  })

  it('holds no secret and no claim that is not named', () => {
    expect(JSON.stringify(auditRecord(WHOLE, 200, 0))).to.not.contain('canary')
  })

  it('has the same fields however far the request came', () => {
    const early = auditRecord(
      { ...FIRST, peer: undefined, clientAddress: undefined, refusal: 'token_missing' },
      401,
      0,
    )
    expect(Object.keys(early)).to.deep.equal(Object.keys(auditRecord(WHOLE, 200, 0)))
    expect(early).to.include({
      outcome: 'refused',
      reason: 'token_missing',
      peer: null,
      client_address: null,
      subject: null,
    })
    expect(Object.values(early)).to.not.include(undefined)
  })

  for (const [what, seen, status, outcome] of [
    ['a refusal', { ...FIRST, refusal: 'role_unmapped' }, 403, 'refused'],
    ['a refusal after the client had left', { ...FIRST, refusal: 'body_incomplete' }, 0, 'refused'],
    ['a client that left', { ...WHOLE, aborted: 'client' }, 200, 'client_left'],
    ['an upstream that died', { ...WHOLE, aborted: 'upstream' }, 200, 'upstream_died'],
    ["an error of the upstream's", WHOLE, 404, 'upstream_error'],
    ['a preflight request', { ...FIRST, method: 'OPTIONS' }, 204, 'preflight'],
    [
      'a preflight request that was refused',
      { ...FIRST, method: 'OPTIONS', refusal: 'origin_rejected' },
      403,
      'refused',
    ],
    ['a request that went through', WHOLE, 202, 'forwarded'],
  ] as const) {
    it(`calls ${what} ${outcome}`, () => {
      expect(auditRecord(seen, status, 0)).to.include({ outcome, status })
    })
  }

  it('is one line, whatever the claims hold', () => {
    const who = principal({ subject: 'a\r\nb', username: 'c\n{"kind":"audit"}' })
    expect(JSON.stringify(auditRecord({ ...WHOLE, principal: who }, 200, 0))).to.not.match(/[\r\n]/)
  })
})
