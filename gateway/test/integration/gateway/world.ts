import { type FakeIssuer, startFakeIssuer } from '../../support/fake-issuer.ts'
import { type FakeMcpServer, startFakeMcpServer } from '../../support/fake-mcp-server.ts'
import { type FakeSts, startFakeSts } from '../../support/fake-sts.ts'
import { PUBLIC_URL, type RunningGateway, startGateway } from '../../support/running-gateway.ts'
import type { Received, SentRequest } from '../../support/send.ts'

export const ROLES = {
  sre: 'arn:aws:iam::111122223333:role/CloudWatchSre',
  ci: 'arn:aws:iam::111122223333:role/CloudWatchCi',
} as const
export const GROUPS_CLAIM = 'https://shop.example/groups'
export const SCOPE = 'cloudwatch/read'
export const RESOURCE = `${PUBLIC_URL}/mcp`

export const PRESETS = ['generic', 'okta', 'auth0', 'cognito'] as const
export type PresetName = (typeof PRESETS)[number]

/** A gateway that trusts four issuers, with STS and an MCP server behind it, all on real sockets. */
export type World = Readonly<{
  issuers: Readonly<Record<PresetName, FakeIssuer>>
  sts: FakeSts
  mcp: FakeMcpServer
  gateway: RunningGateway
  /** A token of a person in the group sre at that issuer, shaped as that provider shapes it. */
  tokenOf: (preset: PresetName, claims?: Record<string, unknown>) => Promise<string>
  /** POSTs a JSON-RPC message to `/mcp` with a token, or another request that `over` describes. */
  call: (token: string | undefined, over?: SentRequest) => Promise<Received>
  stop: () => Promise<void>
}>

/** Claims by which the provider's tokens differ; `sub` and `aud` may be overridden. */
const SHAPES: Readonly<Record<PresetName, Record<string, unknown>>> = {
  generic: {
    sub: 'u-alice',
    aud: RESOURCE,
    client_id: 'mcp',
    preferred_username: 'alice',
    scope: SCOPE,
    groups: ['sre'],
  },
  okta: {
    sub: 'alice@shop.example',
    uid: '00u1',
    aud: 'api://default',
    cid: '0oa1',
    jti: 'AT.1',
    ver: 1,
    scp: ['openid', SCOPE],
    groups: ['staff', 'sre'],
  },
  auth0: {
    sub: 'auth0|65f0',
    aud: [RESOURCE, 'https://t.auth0.com/userinfo'],
    azp: 'tpc_1',
    scope: `openid ${SCOPE}`,
    [GROUPS_CLAIM]: ['sre'],
  },
  cognito: {
    sub: '8c2e5b60',
    client_id: '4hq',
    token_use: 'access',
    username: 'alice',
    version: 2,
    scope: SCOPE,
    'cognito:groups': ['sre'],
  },
}

export const TOOL_CALL = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'query_logs', arguments: {} },
})

/** Starts it all; `change` gives options that differ from the usual ones, knowing the issuers. */
export async function startWorld(
  change: (issuers: World['issuers']) => Record<string, unknown> = () => ({}),
): Promise<World> {
  const [generic, okta, auth0, cognito] = await Promise.all([
    startFakeIssuer('/generic'),
    startFakeIssuer('/oauth2/default'),
    startFakeIssuer('/'),
    startFakeIssuer('/us-east-1_Local'),
  ])
  const issuers = { generic, okta, auth0, cognito }
  const sts = await startFakeSts()
  const mcp = await startFakeMcpServer()
  const scopes = [SCOPE]
  const gateway = await startGateway({
    upstreamUrl: mcp.origin,
    stsEndpoint: sts.endpoint,
    stsMaxAttempts: 1,
    stsTimeoutMs: 500,
    allowedOrigins: ['http://localhost:6274'],
    providers: [
      { provider: 'generic', issuer: generic.issuer, scopes },
      { provider: 'okta', issuer: okta.issuer, audience: ['api://default'], scopes },
      { provider: 'auth0', issuer: auth0.issuer, scopes, groupsClaim: GROUPS_CLAIM },
      { provider: 'cognito', issuer: cognito.issuer, clientIds: ['4hq'], scopes },
    ],
    targets: { default: { region: 'us-east-1' }, prod: { region: 'eu-west-1' } },
    rules: [
      { name: 'sre', when: { groups: { has: ['sre'] }, machine: false }, role: ROLES.sre },
      {
        name: 'prod',
        when: { groups: { has: ['prod'] } },
        targets: ['prod'],
        role: ROLES.sre,
        tools: ['get_*', 'list_*'],
      },
      { name: 'ci', when: { machine: true }, role: ROLES.ci, policy: 'none' },
    ],
    ...change(issuers),
  })
  return {
    issuers,
    sts,
    mcp,
    gateway,
    tokenOf: (preset, claims = {}) => issuers[preset].mint({ ...SHAPES[preset], ...claims }),
    call: (token, { headers, ...request } = {}) =>
      gateway.send({
        method: 'POST',
        path: '/mcp',
        body: TOOL_CALL,
        ...request,
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...headers,
        },
      }),
    stop: async () => {
      await gateway.stop()
      await Promise.all([...Object.values(issuers), sts, mcp].map(({ close }) => close()))
    },
  }
}
