import type { IncomingHttpHeaders } from 'node:http'
import { expect } from 'chai'
import fc from 'fast-check'
import { GatewayError } from '../../src/errors.ts'
import { type UpstreamHeadersInput, upstreamHeaders } from '../../src/upstream/headers.ts'
import { responseHeaders } from '../../src/upstream/response-headers.ts'
import { anyCase, check, describeFuzz, headerText } from './check.ts'

const CONTRACT = [
  'host',
  'x-aws-access-key-id',
  'x-aws-secret-access-key',
  'x-aws-session-token',
  'x-aws-credentials-expiration',
  'x-aws-region',
  'x-aws-role-arn',
  'x-mcp-principal',
  'x-mcp-tools',
  'x-request-id',
  'traceparent',
] as const

const folded = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')

/** Names of the contract as a client may misspell them, and any others. */
const clientName = fc.oneof(
  fc
    .tuple(fc.constantFrom(...CONTRACT), fc.constantFrom('-', '_', '.', '~', '--'))
    .map(([name, separator]) => name.replaceAll('-', separator)),
  fc.constantFrom(
    'x-amz-security-token',
    'x-aws-credentials-sealed',
    'x-aws-',
    'x_amz_date',
    'authorization',
    'proxy-authorization',
    'cookie',
    'cookie2',
    'connection',
    'content-length',
    'transfer-encoding',
    'te',
    'trailer',
    'upgrade',
    'expect',
    'keep-alive',
    'mcp-session-id',
    'mcp-param-x',
    'mcp-',
    'mcp_method',
    'tracestate',
    '__proto__',
    'constructor',
    'accept',
    'user-agent',
  ),
  headerText.map((text) => text.toLowerCase()),
)
const clientValue = fc.oneof(headerText, fc.constantFrom(CONTRACT.join(', '), 'FORGED', ''))
const clientHeaders = fc
  .array(fc.tuple(clientName, clientValue), { maxLength: 20 })
  // Node gives names in lower case, each once.
  .map((pairs): IncomingHttpHeaders => Object.fromEntries(pairs))

const input = (headers: IncomingHttpHeaders, over: Partial<UpstreamHeadersInput> = {}) => ({
  headers,
  host: 'upstream:3334',
  credentials: {
    accessKeyId: 'ASIAOURS',
    secretAccessKey: 'our/secret+key',
    sessionToken: 'our/token==',
    expiration: new Date('2030-01-02T03:04:05.000Z'),
  },
  role: {
    roleArn: 'arn:aws:iam::111122223333:role/R',
    region: 'eu-west-1',
    regions: ['eu-west-1'],
    tools: ['get_*'],
  },
  principal: { issuer: 'https://issuer.example', subject: 'u-1' },
  requestId: 'request-1',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  contentLength: 2,
  ...over,
})

describeFuzz('any headers of a client', () => {
  const ours = upstreamHeaders(input({}))

  it('leave every value of the contract as it is, under one spelling', () => {
    check(
      fc.property(clientHeaders, (headers) => {
        const result = upstreamHeaders(input(headers))
        for (const [name, value] of Object.entries(ours)) {
          expect(result[name]).to.equal(value)
          const alike = Object.keys(result).filter((key) => folded(key) === folded(name))
          expect(alike).to.deep.equal([name])
        }
      }),
    )
  })

  it('add nothing but what an MCP server needs, in legal names and values', () => {
    check(
      fc.property(clientHeaders, (headers) => {
        for (const [name, value] of Object.entries(upstreamHeaders(input(headers)))) {
          expect(name).to.match(/^[!#$%&'*+.^_`|~0-9a-z-]+$/)
          expect(value).to.match(/^[\t\x20-\x7e\x80-\xff]*$/)
          if (Object.hasOwn(ours, name)) continue
          expect(headers[name]).to.equal(value)
          expect(name).to.match(
            /^(accept(-encoding|-language)?|content-type|last-event-id|user-agent|tracestate|baggage|mcp-.+)$/,
          )
          if (name.startsWith('mcp-')) continue
          expect(name).to.not.match(/x[-_.]?aws|x[-_.]?amz|authorization|cookie/i)
        }
      }),
    )
  })

  it('are dropped where Connection nominates them, and ours are not', () => {
    check(
      fc.property(clientHeaders, fc.array(anyCase('mcp-session-id')), (headers, nominated) => {
        const connection = ['close', ...nominated, ...CONTRACT].join(' ,\t')
        const result = upstreamHeaders(input({ ...headers, 'mcp-session-id': 's', connection }))
        expect(result).to.include(ours)
        expect(Object.hasOwn(result, 'mcp-session-id')).to.equal(nominated.length === 0)
      }),
    )
  })
})

describeFuzz('any principal, role and session', () => {
  const text = fc.oneof(headerText, fc.string({ unit: 'binary' }), fc.string())

  it('become legal headers that can be read back, or a refusal that shows no value', () => {
    check(
      fc.property(
        fc.record({
          accessKeyId: text,
          secretAccessKey: text,
          sessionToken: text,
          expiration: fc.date({ noInvalidDate: false }),
        }),
        fc.record({ issuer: text, subject: text }),
        fc.array(text),
        (credentials, principal, tools) => {
          const role = { roleArn: 'arn:r', region: 'r-1', regions: ['r-1'], tools }
          try {
            const headers = upstreamHeaders(input({}, { credentials, principal, role }))
            for (const value of Object.values(headers)) expect(value).to.match(/^[\x20-\x7e]*$/)
            expect(headers['x-aws-secret-access-key']).to.equal(credentials.secretAccessKey)
            const parts = headers['x-mcp-principal']?.split('/').map(decodeURIComponent)
            expect(parts).to.deep.equal([principal.issuer, principal.subject])
          } catch (error) {
            if (!(error instanceof GatewayError)) throw error
            expect(String(error.cause)).to.match(
              /^TypeError: no legal value for the upstream header [a-z-]+$/,
            )
          }
        },
      ),
    )
  })
})

describeFuzz('any headers of an upstream', () => {
  const name = fc.oneof(
    clientName,
    fc.constantFrom(
      'set-cookie',
      'www-authenticate',
      'access-control-allow-origin',
      'location',
      'cache-control',
      'content-type',
      'mcp-session-id',
    ),
  )

  it('reach the client only by the names that are meant for it', () => {
    const value = fc.oneof(
      clientValue,
      fc.constantFrom(
        'public',
        'Public, max-age=60',
        'no-store',
        's-maxage = 1',
        'max-age=1,public',
      ),
    )
    const headers = fc
      .array(fc.tuple(name, value), { maxLength: 20 })
      .map((pairs): IncomingHttpHeaders => Object.fromEntries(pairs))
    check(
      fc.property(headers, (given) => {
        const passed = responseHeaders(given)
        for (const [key, value] of Object.entries(passed)) {
          expect(key).to.match(
            /^(allow|cache-control|content-(disposition|encoding|language|length|type)|expires|pragma|retry-after|x-accel-buffering|mcp-[a-z0-9-]+)$/,
          )
          if (key !== 'cache-control') expect(value).to.equal(given[key])
          else expect(String(value)).to.not.match(/(^|,)\s*(public|s-maxage)\s*(=|,|$)/i)
        }
      }),
    )
  })
})
