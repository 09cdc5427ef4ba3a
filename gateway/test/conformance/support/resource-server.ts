import type { AuditRecord } from '../../../src/audit/audit-record.ts'
import { type FakeIssuer, startFakeIssuer } from '../../support/fake-issuer.ts'
import {
  type FakeMcpServer,
  type McpRequest,
  startFakeMcpServer,
} from '../../support/fake-mcp-server.ts'
import { type FakeSts, startFakeSts } from '../../support/fake-sts.ts'
import { openRawSocket, type RawSocket } from '../../support/raw-socket.ts'
import {
  HOST,
  PUBLIC_URL,
  type RunningGateway,
  startGateway,
} from '../../support/running-gateway.ts'
import type { Received, SentRequest } from '../../support/send.ts'

export const SCOPE = 'cloudwatch/read'
export const RESOURCE = `${PUBLIC_URL}/mcp`
export const METADATA_URL = `${PUBLIC_URL}/.well-known/oauth-protected-resource/mcp`
export const PAGE = 'http://localhost:6274'

/** The gateway of the conformance tests, with issuer, STS and MCP server behind real sockets. */
export type ResourceServer = Readonly<{
  issuer: FakeIssuer
  sts: FakeSts
  mcp: FakeMcpServer
  gateway: RunningGateway
  /** A good token, with the claims that a test wants otherwise. */
  token: (claims?: Record<string, unknown>, header?: Record<string, unknown>) => Promise<string>
  /** POSTs `tools/list` to `/mcp` with the token, if there is one; `over` describes another request. */
  call: (token: string | undefined, over?: SentRequest) => Promise<Received>
  /** What the MCP server got last. */
  lastRequest: () => McpRequest
  /** The audit record of an answer, which is written when the answer is over. */
  auditOf: (answer: Received) => Promise<AuditRecord>
  /** A connection that a test writes to byte by byte. */
  connect: () => Promise<RawSocket>
  stop: () => Promise<void>
}>

export const LIST_TOOLS = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}'

/** Starts it all; `change` are options of the gateway. */
export async function startResourceServer(
  change: (issuer: string) => Record<string, unknown> = () => ({}),
): Promise<ResourceServer> {
  const issuer = await startFakeIssuer('/issuer')
  const sts = await startFakeSts()
  const mcp = await startFakeMcpServer()
  const gateway = await startGateway({
    upstreamUrl: mcp.origin,
    stsEndpoint: sts.endpoint,
    allowedOrigins: [PAGE],
    providers: [{ issuer: issuer.issuer, scopes: [SCOPE] }],
    targets: { default: { region: 'us-east-1' }, prod: { region: 'eu-west-1' } },
    rules: [
      {
        name: 'readers',
        when: { groups: { has: ['readers'] } },
        targets: ['default', 'prod'],
        role: 'arn:aws:iam::111122223333:role/Reader',
        tools: ['get_*'],
      },
    ],
    ...change(issuer.issuer),
  })
  const sockets: RawSocket[] = []
  return {
    issuer,
    sts,
    mcp,
    gateway,
    token: (claims, header) =>
      issuer.mint({ aud: RESOURCE, scope: SCOPE, groups: ['readers'], ...claims }, header),
    call: (token, { headers, ...request } = {}) =>
      gateway.send({
        method: 'POST',
        path: '/mcp',
        body: request.method === undefined || request.method === 'POST' ? LIST_TOOLS : '',
        ...request,
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...headers,
        },
      }),
    lastRequest: () => {
      const request = mcp.requests.at(-1)
      if (request === undefined) throw new Error('the MCP server got no request')
      return request
    },
    auditOf: async ({ headers }) => {
      for (;;) {
        const record = await gateway.nextAudit()
        if (record.request_id === headers['x-request-id']) return record
      }
    },
    connect: async () => {
      const socket = await openRawSocket(gateway.port)
      sockets.push(socket)
      return socket
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy()
      await gateway.stop()
      await Promise.all([issuer, sts, mcp].map(({ close }) => close()))
    },
  }
}

/** The bytes of a request to the gateway. */
export function bytesOf(method: string, lines: readonly string[], body = ''): string {
  return [
    `${method} /mcp HTTP/1.1`,
    `Host: ${HOST}`,
    ...(body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
    ...lines,
    '',
    body,
  ].join('\r\n')
}

/** The parameters of a Bearer challenge; throws for any other. */
export function challengeIn({ headers }: Received): Readonly<Record<string, string>> {
  const challenge = headers['www-authenticate'] ?? ''
  const parameter = /([a-z_]+)="([^"\\]*)"/g
  if (!/^Bearer (?:[a-z_]+="[^"\\]*"(?:, |$))+$/.test(challenge)) {
    throw new Error(`this is no Bearer challenge: ${challenge}`)
  }
  return Object.fromEntries(
    [...challenge.matchAll(parameter)].map(([, name = '', value = '']) => [name, value]),
  )
}
