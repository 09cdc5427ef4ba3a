import { expect } from 'chai'
import type { AuditRecord } from '../../src/audit/audit-record.ts'
import { answerTo, type Reason } from '../../src/errors.ts'
import { startWorld, TOOL_CALL, type World } from '../integration/gateway/world.ts'
import { httpText, openRawSocket, type RawResponse, type RawSocket } from '../support/raw-socket.ts'
import {
  always,
  OK_JSON,
  type RawUpstream,
  type RecordedRequest,
  type Respond,
  startRawUpstream,
} from '../support/raw-upstream.ts'
import { HOST } from '../support/running-gateway.ts'
import type { Received } from '../support/send.ts'

/** The whole gateway, four issuers, an STS, and an MCP server of raw TCP that records what reaches it. */
export type Siege = Readonly<{
  world: () => World
  upstream: () => RawUpstream
  /** How the MCP server answers until the end of the test; usually with an empty JSON object. */
  answerWith: (respond: Respond) => void
  /** A raw connection to the gateway, closed after the test. */
  connect: () => Promise<RawSocket>
  /** Writes bytes on a connection of its own and reads the first answer. */
  exchange: (bytes: string | Buffer) => Promise<RawResponse>
  /** The audit record of an answer; those before it are thrown away. */
  auditOf: (answer: Received | RawResponse) => Promise<AuditRecord>
  /** Calls a tool with the token and expects this refusal, and that neither STS nor the MCP server heard of it. */
  expectRefused: (token: string, reason: Reason | readonly Reason[]) => Promise<AuditRecord>
  /** Calls a tool with the token and expects that it reaches the MCP server; gives what arrived. */
  expectForwarded: (token: string) => Promise<RecordedRequest>
  /** Expects that neither STS nor the MCP server has heard of anything since the test or the last good call began. */
  expectNothingPassed: () => void
}>

/** Starts a siege before the tests of the `describe` around it and ends it after them; `change` as in `startWorld`. */
export function besiege(change: Parameters<typeof startWorld>[0] = () => ({})): Siege {
  let world: World
  let upstream: RawUpstream
  let respond: Respond = always(OK_JSON)
  let clients: RawSocket[] = []
  let callsBefore = 0
  let requestsBefore = 0
  let bytesBefore = 0

  const bytes = () => upstream.connections.reduce((sum, each) => sum + each.bytes().length, 0)

  before(async () => {
    upstream = await startRawUpstream((request) => respond(request))
    world = await startWorld((issuers) => ({
      upstreamUrl: `http://127.0.0.1:${upstream.port}`,
      failedAuthPerMinutePerAddress: 100_000,
      ...change(issuers),
    }))
  })
  after(async () => {
    await world.stop()
    await upstream.close()
  })
  const countAnew = () => {
    callsBefore = world.sts.calls.length
    requestsBefore = upstream.requests.length
    bytesBefore = bytes()
  }
  beforeEach(countAnew)
  afterEach(() => {
    for (const client of clients) client.destroy()
    clients = []
    respond = always(OK_JSON)
  })

  const connect = async () => {
    const client = await openRawSocket(world.gateway.port)
    clients.push(client)
    return client
  }
  const auditOf = async ({ headers }: Received | RawResponse) => {
    const wanted = [headers['x-request-id']].flat()[0]
    expect(wanted, 'the request id of the answer').to.match(/^[0-9a-f-]{36}$/)
    for (;;) {
      const record = await world.gateway.nextAudit()
      if (record.request_id === wanted) return record
    }
  }
  const expectNothingPassed = () => {
    expect(world.sts.calls.length, 'calls at STS').to.equal(callsBefore)
    expect(upstream.requests.length, 'requests at the MCP server').to.equal(requestsBefore)
    expect(bytes(), 'bytes at the MCP server').to.equal(bytesBefore)
  }

  return {
    world: () => world,
    upstream: () => upstream,
    answerWith: (next) => {
      respond = next
    },
    connect,
    exchange: async (text) => {
      const client = await connect()
      client.write(text)
      return client.readResponse()
    },
    auditOf,
    expectRefused: async (token, expected) => {
      const answer = await world.call(token)
      const record = await auditOf(answer)
      expect(record.reason).to.be.oneOf([expected].flat())
      expect(answer.status).to.equal(answerTo([expected].flat()[0] ?? 'internal_error').status)
      expect(record).to.include({ outcome: 'refused', role_arn: null, access_key_id: null })
      expectNothingPassed()
      return record
    },
    expectForwarded: async (token) => {
      const seen = upstream.requests.length
      const answer = await world.call(token)
      expect(answer.status, answer.text).to.equal(200)
      const arrived = upstream.requests[seen]
      if (arrived === undefined) throw new Error('the MCP server saw no request')
      countAnew()
      return arrived
    },
    expectNothingPassed,
  }
}

export type Written = Readonly<{
  method?: string
  target?: string
  /** Sent as `Authorization: Bearer …`. */
  token?: string | undefined
  /** Header lines as they stand, after `Host`. */
  lines?: readonly string[]
  /** Latin-1; sent with its length where it is not empty. */
  body?: string
  host?: string
}>

/** The bytes of a request to the gateway: a tool call, unless the parts say otherwise. */
export function written(parts: Written = {}): string {
  const { method = 'POST', target = '/mcp', token, lines = [], host = HOST } = parts
  const body = parts.body ?? (method === 'POST' ? TOOL_CALL : '')
  return httpText(
    [
      `${method} ${target} HTTP/1.1`,
      `Host: ${host}`,
      ...(token === undefined ? [] : [`Authorization: Bearer ${token}`]),
      ...(body === ''
        ? []
        : [
            'Content-Type: application/json',
            `Content-Length: ${Buffer.byteLength(body, 'latin1')}`,
          ]),
      ...lines,
    ],
    body,
  )
}

/** What the credentials in a forwarded request say of whose they are. */
export function principalOf(request: RecordedRequest): string {
  const found = request.headers.filter(([name]) => name.toLowerCase() === 'x-mcp-principal')
  expect(found, 'x-mcp-principal').to.have.lengthOf(1)
  return decodeURIComponent(found[0]?.[1].split('/').at(-1) ?? '')
}
