import { expect } from 'chai'
import type { AuditRecord } from '../../src/audit/audit-record.ts'
import { createListener, type Listener } from '../../src/http/listener.ts'
import { createRefuse } from '../../src/http/refuse.ts'
import { createLog } from '../../src/log.ts'
import { createPipeline, type Rooms } from '../../src/pipeline.ts'
import { exchangeRequest } from '../support/exchange-request.ts'
import { send } from '../support/send.ts'
import { leaksIn } from './secret-forms.ts'

const SECRETS = new Map([
  ['token', 'eyJhbGciOiJSUzI1NiJ9.canary-of-the-claims.canary-of-the-signature'],
  ['secret access key', 'canary/of/the/secret/access/key'],
  ['session token', 'canary+of+the+session+token=='],
])
const TOKEN = SECRETS.get('token') ?? ''
const CREDENTIALS = {
  accessKeyId: 'ASIAFAKE',
  secretAccessKey: SECRETS.get('secret access key') ?? '',
  sessionToken: SECRETS.get('session token') ?? '',
  expiration: new Date('2030-01-02T03:04:05Z'),
}

/** Errors as libraries throw them: what they were doing hangs on them, and their messages say only what went wrong. */
function bugs(): readonly unknown[] {
  const request = { headers: { authorization: `Bearer ${TOKEN}` }, credentials: CREDENTIALS }
  const invalidUrl = (() => {
    try {
      return new URL(TOKEN)
    } catch (error) {
      return error
    }
  })()
  return [
    invalidUrl,
    Object.assign(new TypeError('cannot read properties of undefined'), {
      request,
      ...CREDENTIALS,
    }),
    new Error('it failed', { cause: Object.assign(new Error('deeper'), { $response: request }) }),
    new AggregateError([Object.assign(new Error('one'), { request })], 'all of them failed'),
    { message: TOKEN, ...CREDENTIALS },
    [TOKEN],
    undefined,
    null,
    Symbol(TOKEN),
    Object.assign(() => TOKEN, { request }),
  ]
}

/** A mistake in any room must not turn the log into the place where secrets are. */
describe('a secret in a bug', () => {
  let listener: Listener | undefined
  afterEach(() => listener?.close(0))

  const good = {
    provider: {
      preset: 'generic',
      issuer: 'https://issuer.example',
      audience: [],
      clientIds: [],
      scopes: [],
      groupsClaim: undefined,
    },
    claims: { iss: 'https://issuer.example', sub: 'u-1' },
    expiresAt: Date.parse('2030-01-01'),
    keysVersion: 1,
  } as const

  const ROOMS = ['verify', 'admit', 'bindRole', 'exchange', 'seal', 'forward'] as const
  for (const room of ROOMS) {
    it(`of the room ${room} is in no line and in no answer`, async () => {
      for (const bug of bugs()) {
        const lines: string[] = []
        const records: AuditRecord[] = []
        const log = createLog('debug', (line) => lines.push(line))
        const fail = () => {
          throw bug
        }
        const rooms: Rooms = {
          guard: { checkHost: () => {}, checkOrigin: () => [] },
          clientAddress: () => '127.0.0.1',
          resourceOf: () => 'https://gw.example/mcp',
          verify: async () => good,
          admit: () => () => {},
          bindRole: () => exchangeRequest().role,
          exchange: async () => CREDENTIALS,
          seal: async (headers) => headers,
          forward: async (_req, res) => {
            res.end()
            return { status: 200, bytes: 0, aborted: undefined }
          },
          upstreamHost: 'upstream',
          maxBodyBytes: 1024,
          refuse: createRefuse({ metadataUrlOf: () => 'https://gw.example/m', scopes: [], log }),
          audit: (record) => void records.push(record),
          newRequestId: () => 'request-1',
          newTraceparent: () => '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
          now: () => 0,
          [room]: fail,
        }
        const answerMcp = createPipeline(rooms)
        listener = createListener({
          handler: (req, res) => answerMcp(req, res, 'default'),
          maxHeaderBytes: 32_768,
          maxHeaderCount: 200,
          maxUrlBytes: 8192,
          maxConnections: 10,
          servedWhenFull: () => false,
          headersTimeoutMs: 5000,
          requestTimeoutMs: 5000,
          keepAliveTimeoutMs: 5000,
          clientStallMs: 5000,
          onCut: () => {},
          log,
        })
        const { port } = await listener.listen(0, '127.0.0.1')
        const headers = { host: 'gw.example', authorization: `Bearer ${TOKEN}` }
        const answer = await send(port, { method: 'POST', path: '/mcp', headers, body: '{}' })
        await listener.close(0)
        expect(answer.status).to.equal(500)
        expect(answer.json()).to.have.property('error', 'internal_error')
        expect(records.map(({ reason }) => reason)).to.deep.equal(['internal_error'])
        const out = [...lines, JSON.stringify(records), JSON.stringify(answer.headers), answer.text]
        expect(leaksIn(out.join('\n'), SECRETS)).to.deep.equal([])
      }
    })
  }
})
