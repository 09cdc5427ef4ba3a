import { z } from 'zod'
import { canonicalHost } from '../http/canonical-host.ts'
import { addressRange } from '../limits/client-address.ts'
import { hostPatternProblem } from '../login/clients/host-pattern.ts'
import { customUriProblem } from '../login/clients/redirect-uri.ts'
import { PRESETS } from '../token/provider.ts'

/** How an option is named in the environment and described in `docs/configuration.md`. */
declare module 'zod' {
  interface GlobalMeta {
    env?: string
    /** Also readable from the file that the variable with `_FILE` names; never printed. */
    secret?: boolean
  }
}

/**
 * A whole number, also as text. Not `z.coerce`, which reads an option that the file leaves empty as 0, and `true` as 1.
 */
function integer(min: number, max?: number) {
  const range = max === undefined ? `of at least ${min}` : `from ${min} to ${max}`
  const error = `must be a whole number ${range}`
  return z.preprocess(
    (value) => (typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value),
    z
      .number({ error })
      .int(error)
      .min(min, error)
      .max(max ?? Number.MAX_SAFE_INTEGER, error),
  )
}

const MILLISECONDS = integer(1, 86_400_000)
const SECONDS = integer(0, 86_400)

const TEXT = z.string().min(1, { error: 'must not be empty' })

/** A list, or text with commas between its items. */
const LIST = z.preprocess(
  (value) =>
    typeof value === 'string'
      ? value
          .split(',')
          .map((item) => item.trim())
          .filter((item) => item !== '')
      : value,
  z.array(TEXT),
)

/** `true` or `false`, in YAML or as text; any other word is refused, not read as false. */
const SWITCH = z.preprocess(
  (value) => (value === 'true' ? true : value === 'false' ? false : value),
  z.boolean({ error: 'must be true or false' }),
)

/** A port, also as the `tcp://host:port` that Kubernetes puts into `…_PORT` variables. */
const PORT = z.preprocess(
  (value) => (typeof value === 'string' ? (/^tcp:\/\/.*:(\d+)$/.exec(value)?.[1] ?? value) : value),
  integer(0, 65_535),
)

// The first problem ends the check: what is no URL has no origin to name either.
const HTTP_URL = z.url({
  protocol: /^https?$/,
  error: 'must be an http or https URL, such as https://host.example',
  abort: true,
})

/** An origin: scheme, host and port, nothing after them. */
const ORIGIN = HTTP_URL.refine((value) => URL.canParse(value) && new URL(value).origin === value, {
  error: ({ input }) => {
    const only = 'scheme, host and port only, without a path or a slash at the end'
    const text = String(input)
    return URL.canParse(text) ? `must be ${new URL(text).origin}: ${only}` : `must be ${only}`
  },
})

const HOST = z.string().refine((value) => canonicalHost(value) !== undefined, {
  error: 'must be a host name or address, with the port where clients send one: lb.internal:8080',
})

const ADDRESS_RANGE = z.string().transform((value, context) => {
  const range = addressRange(value)
  if (range !== undefined) return range
  context.addIssue('must be an address or a network: 192.0.2.1, 10.0.0.0/8, fd00::/8')
  return z.NEVER
})

/** A256GCM's key (RFC 7518 §5.3), as text: the configuration is plain data. */
const SEAL_KEY = z.string().refine((text) => Buffer.from(text, 'base64').length === 32, {
  error: 'must be 32 bytes in base64: openssl rand -base64 32',
})

const HOST_PATTERN = z.string().refine((value) => hostPatternProblem(value) === undefined, {
  error: (issue) => hostPatternProblem(String(issue.input)) ?? 'must be a host name',
})

const CUSTOM_REDIRECT_URI = z.string().refine((value) => customUriProblem(value) === undefined, {
  error: (issue) =>
    `must be a redirect URI such as cursor://anysphere.cursor-mcp/oauth/callback: ${customUriProblem(String(issue.input))}`,
})

const NAME = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, {
  error: 'must be 1 to 64 letters, digits, "-" or "_"',
})

/** Becomes part of a host name, so nothing but a region may pass. */
const REGION = z.string().regex(/^[a-z]{2,}(-[a-z]+)+-\d{1,2}$/, {
  error: 'must be an AWS region such as us-east-1',
})

const ROLE_ARN = z.string().regex(/^arn:aws(-[a-z]+)*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/, {
  error: 'must be the ARN of a role: arn:aws:iam::111122223333:role/Name',
})

export const ProviderSchema = z.strictObject({
  provider: z.enum(PRESETS).default('generic').meta({
    env: 'OIDC_PROVIDER',
    description:
      'The dress of the tokens: `okta`, `auth0`, `cognito`, `entra`, `keycloak`, `google`, `generic` for any OIDC issuer; or `aws-iam` for callers that sign with AWS credentials.',
  }),
  issuer: HTTP_URL.meta({
    env: 'OIDC_ISSUER',
    description:
      'The issuer, exactly as its tokens name it in `iss`; the slash at the end of an Auth0 issuer belongs to it.',
  }),
  audience: LIST.default([]).meta({
    env: 'OIDC_AUDIENCE',
    description:
      'Accepted audiences. Empty: the token must name the protected resource itself (RFC 8707). Okta needs the audience of its authorization server, Entra ID the application id of the API.',
  }),
  clientIds: LIST.default([]).meta({
    env: 'OIDC_CLIENT_ID',
    description:
      'Accepted clients; empty accepts all. A Cognito token without `aud` is accepted for these clients only; for Google they are the audience. With `LOGIN_MODE=facade` the first is the gateway’s own client.',
  }),
  scopes: LIST.default([]).meta({
    env: 'OIDC_SCOPES',
    description: 'Scopes that a token must carry; advertised to clients.',
  }),
  groupsClaim: TEXT.optional().meta({
    env: 'OIDC_GROUPS_CLAIM',
    description:
      'The claim that lists groups, by its exact name or as a JSON pointer (`/resource_access/app/roles`). Default: `groups`; Cognito `cognito:groups`; Keycloak `groups`, else `/realm_access/roles`.',
  }),
  clientSecret: TEXT.optional().meta({
    env: 'OIDC_CLIENT_SECRET',
    secret: true,
    description:
      'With `LOGIN_MODE=facade`, the secret of the gateway’s own client at the issuer, which is the first of `clientIds`; without it that is a public client. `OIDC_CLIENT_SECRET_FILE` names a file with it.',
  }),
  signIn: SWITCH.default(true).meta({
    description:
      'With `LOGIN_MODE=facade`, whether people sign in there; `false` for an issuer whose tokens machines bring, such as a CI system’s.',
  }),
  introspectionClientId: TEXT.optional().meta({
    env: 'OIDC_INTROSPECTION_CLIENT_ID',
    description:
      'The gateway as a client of the issuer’s introspection endpoint (RFC 7662); with it, opaque tokens are looked up there.',
  }),
  introspectionClientSecret: TEXT.optional().meta({
    env: 'OIDC_INTROSPECTION_CLIENT_SECRET',
    secret: true,
    description: 'Its secret. `OIDC_INTROSPECTION_CLIENT_SECRET_FILE` names a file with it.',
  }),
})

const TEXTS = LIST.pipe(z.array(z.string()).min(1))

const LIST_MATCH = z
  .strictObject({
    has: TEXTS.optional(),
    oneOf: TEXTS.optional(),
    glob: TEXT.optional(),
  })
  .refine((match) => Object.values(match).some((part) => part !== undefined), {
    error: 'must have one of has, oneOf, glob',
  })

const SCALAR = z.union([z.string(), z.number(), z.boolean()])

/** A plain value is the same as `{ is: value }`. */
const CLAIM_MATCH = z.union(
  [
    SCALAR,
    z
      .strictObject({
        is: SCALAR.optional(),
        has: TEXTS.optional(),
        oneOf: TEXTS.optional(),
        glob: TEXT.optional(),
      })
      .refine((match) => Object.values(match).some((part) => part !== undefined)),
  ],
  { error: 'must be a value, or one of is, has, oneOf, glob' },
)

const TEXT_MATCH = z.union(
  [TEXT, z.strictObject({ oneOf: TEXTS }), z.strictObject({ glob: TEXT })],
  { error: 'must be a text, or one of oneOf, glob' },
)

const ConditionsSchema = z
  .strictObject({
    issuer: TEXT_MATCH.optional(),
    subject: TEXT_MATCH.optional(),
    clientId: TEXT_MATCH.optional(),
    groups: LIST_MATCH.optional(),
    scopes: LIST_MATCH.optional(),
    claims: z.record(TEXT, CLAIM_MATCH).optional(),
    machine: SWITCH.optional(),
  })
  .refine((when) => Object.values(when).some((condition) => condition !== undefined), {
    error: 'must name at least one condition; for one role for everyone use STS_ROLE_ARN',
  })

const POLICY_ARN = z
  .string()
  .regex(/^arn:(aws|aws-us-gov|aws-cn):iam::(aws|\d{12}):policy\/[\w+=,.@/-]{1,512}$/, {
    error: 'must be the ARN of a managed policy',
  })

/** STS's rules for keys of session tags (AssumeRole, Tag). */
const TAG_KEY = z.string().regex(/^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/iu, {
  error: 'must be 1 to 128 letters, digits, spaces or _.:/=+-@, and not start with aws:',
})

export const RuleSchema = z.strictObject({
  name: NAME.meta({ description: 'Name of the rule, for the audit record.' }),
  when: ConditionsSchema.meta({
    description:
      'Conditions that must all hold: `issuer`, `subject`, `clientId` (a text, `oneOf` or `glob`), `groups`, `scopes` (`has`, `oneOf` or `glob`), `claims` (by name: a value, `is`, `has`, `oneOf` or `glob`), `machine` (true or false).',
  }),
  targets: LIST.pipe(z.array(z.string()).min(1))
    .default(['default'])
    .meta({ description: 'The targets that the rule is for.' }),
  role: ROLE_ARN.meta({ description: 'ARN of the IAM role; never built from a claim.' }),
  mode: z.enum(['web-identity', 'assume-role']).optional().meta({
    description:
      'How the identity is exchanged: `web-identity` sends the token to STS, `assume-role` uses the gateway’s own role. Default: `CREDENTIAL_MODE`.',
  }),
  sessionSeconds: integer(900, 43_200).default(3600).meta({
    description: 'Length of the role session; at most the maximum of the role.',
  }),
  policy: TEXT.default('cloudwatch-read').meta({
    description:
      'Session policy: `cloudwatch-read` keeps even a wide role to reading CloudWatch, `none` leaves the role as it is, anything else is the path of a JSON file, seen from this file.',
  }),
  policyArns: LIST.pipe(z.array(POLICY_ARN).max(10)).default([]).meta({
    description: 'Managed policies that narrow the session besides, up to ten.',
  }),
  externalId: z
    .string()
    .regex(/^[\w+=,.@:/-]{2,1224}$/, { error: 'must be 2 to 1224 letters, digits or +=,.@:/-' })
    .optional()
    .meta({ description: 'External id for `assume-role`.' }),
  sourceIdentity: SWITCH.default(true).meta({
    description:
      'With `assume-role`, whether the session carries the principal as source identity; the trust policy must allow sts:SetSourceIdentity.',
  }),
  tags: z.record(TAG_KEY, z.string()).default({}).meta({
    description:
      "Session tags for `assume-role`, as text or as `$.issuer`, `$.subject`, `$.username`, `$.clientId`, `$.claims['name']`.",
  }),
  transitiveTags: LIST.default([]).meta({
    description: 'Keys of tags that stay through role chaining.',
  }),
  tools: LIST.pipe(
    z.array(
      z.string().regex(/^[\w*./-]{1,64}$/, { error: 'must be a tool name or a glob with *' }),
    ),
  )
    .default(['*'])
    .meta({
      description: 'Tools that the principal may see and call, as names or globs with `*`.',
    }),
})

const TargetSchema = z.strictObject({
  region: REGION,
  regions: LIST.pipe(z.array(REGION)).optional(),
  account: z
    .string()
    .regex(/^\d{12}$/, { error: 'must be the twelve digits of an AWS account' })
    .optional(),
})

/** Every option of the gateway, once: type, default, name in the environment, description. */
export const ConfigSchema = z.strictObject({
  publicUrl: ORIGIN.optional().meta({
    env: 'GATEWAY_PUBLIC_URL',
    description:
      'Origin that clients see, without a slash at the end; resource identifiers start with it. Default: `http://localhost:` and the port.',
  }),
  host: TEXT.default('127.0.0.1').meta({
    env: 'GATEWAY_HOST',
    description: 'Address that the gateway listens on.',
  }),
  port: PORT.default(8080).meta({ env: 'GATEWAY_PORT', description: 'Port for clients.' }),
  metricsPort: PORT.default(9090).meta({
    env: 'GATEWAY_METRICS_PORT',
    description: 'Operator port with `/metrics`; 0 takes a free one.',
  }),
  metricsHost: TEXT.default('127.0.0.1').meta({
    env: 'GATEWAY_METRICS_HOST',
    description: 'Address of the operator port.',
  }),
  upstreamUrl: ORIGIN.default('http://localhost:3334').meta({
    env: 'GATEWAY_UPSTREAM_URL',
    description: 'Origin of the MCP server; its endpoint is `/mcp`.',
  }),
  upstreamSealKeys: LIST.pipe(z.array(SEAL_KEY)).default([]).meta({
    env: 'UPSTREAM_SEAL_KEYS',
    secret: true,
    description:
      'Keys of 32 bytes in base64, newest first; the MCP server has them too. With keys, credentials travel sealed in one header. `UPSTREAM_SEAL_KEYS_FILE` names a file with them.',
  }),
  allowedHosts: LIST.pipe(z.array(HOST)).default([]).meta({
    env: 'GATEWAY_ALLOWED_HOSTS',
    description:
      'Values of `Host` accepted besides that of the public URL, such as a load balancer’s own name.',
  }),
  allowedOrigins: LIST.pipe(z.array(ORIGIN)).default([]).meta({
    env: 'GATEWAY_ALLOWED_ORIGINS',
    description:
      'Origins of browser-based clients, besides the public URL. Any other `Origin` is refused.',
  }),
  trustedProxies: LIST.pipe(z.array(ADDRESS_RANGE)).default([]).meta({
    env: 'GATEWAY_TRUSTED_PROXIES',
    description:
      'Addresses and networks (CIDR) of the proxies and load balancers in front. Only they are believed in `X-Forwarded-For`: the client is the right-most address there that is none of them.',
  }),
  providers: z.array(ProviderSchema).min(1).meta({
    description:
      'The trusted issuers; a token is routed by its exact `iss`. In the environment: one, by `OIDC_…`.',
  }),
  targets: z.record(NAME, TargetSchema).optional().meta({
    description:
      'The protected resources: `default` is `/mcp`, any other name `/mcp/{name}`. Each has a `region`, may list more `regions` that a request can name, and may fix the `account` that its roles are in. Default: `default` in `AWS_REGION`.',
  }),
  rules: z.array(RuleSchema).default([]).meta({
    description: 'Who gets which role; the first rule that matches decides, no match is a refusal.',
  }),
  roleArn: ROLE_ARN.optional().meta({
    env: 'STS_ROLE_ARN',
    description: 'One role for everyone with a valid token, where there are no rules.',
  }),
  credentialMode: z.enum(['web-identity', 'assume-role']).default('web-identity').meta({
    env: 'CREDENTIAL_MODE',
    description:
      'How an identity becomes credentials where a rule does not say: `web-identity` sends the token to AssumeRoleWithWebIdentity, `assume-role` calls AssumeRole with the gateway’s own identity.',
  }),
  loginMode: z.enum(['direct', 'facade']).default('direct').meta({
    env: 'LOGIN_MODE',
    description:
      'How clients sign in: `direct` sends them to the issuer; with `facade` the gateway is their authorization server, and itself a client of the issuers.',
  }),
  sealKeys: LIST.pipe(z.array(SEAL_KEY)).default([]).meta({
    env: 'GATEWAY_SEAL_KEYS',
    secret: true,
    description:
      'Keys of 32 bytes in base64, newest first, for what the login facade gives away instead of storing it; the same on every replica. `GATEWAY_SEAL_KEYS_FILE` names a file with them.',
  }),
  revokeBefore: z.iso
    .datetime({ offset: true, error: 'must be a time such as 2026-11-24T12:00:00Z' })
    .optional()
    .meta({
      env: 'GATEWAY_REVOKE_BEFORE',
      description:
        'Codes and tokens that the login facade gave out before this time are refused: everybody signs in again.',
    }),
  accessTokenSeconds: integer(60, 86_400).default(3600).meta({
    env: 'GATEWAY_ACCESS_TOKEN_SECONDS',
    description:
      'Longest life of an access token of the login facade; it never outlives the issuer’s token in it.',
  }),
  refreshTokenSeconds: integer(300, 31_536_000).default(2_592_000).meta({
    env: 'GATEWAY_REFRESH_TOKEN_SECONDS',
    description:
      'Life of a refresh token of the login facade; each use gives a new one, as long as the issuer agrees.',
  }),
  refreshGraceSeconds: integer(0, 600).default(120).meta({
    env: 'GATEWAY_REFRESH_GRACE_SECONDS',
    description:
      'How long a refresh token that was used already gets the same answer again: clients refresh several times at once.',
  }),
  requireResource: SWITCH.default(false).meta({
    env: 'GATEWAY_REQUIRE_RESOURCE',
    description:
      'Refuse a sign-in that does not name its resource (RFC 8707); otherwise it is for the target `default`, as older clients need.',
  }),
  customRedirectUris: LIST.pipe(z.array(CUSTOM_REDIRECT_URI))
    .default(['cursor://anysphere.cursor-mcp/oauth/callback'])
    .meta({
      env: 'GATEWAY_CUSTOM_REDIRECT_URIS',
      description:
        'Redirect URIs with a scheme of an application’s own that clients of the login facade may register, character by character.',
    }),
  redirectHosts: LIST.pipe(z.array(HOST_PATTERN)).default([]).meta({
    env: 'GATEWAY_REDIRECT_HOSTS',
    description:
      'Hosts that `https` redirect URIs may be at, also as `*.example.com` for every name below one; empty allows any. Loopback is always allowed.',
  }),
  clientMetadataDocuments: SWITCH.default(true).meta({
    env: 'GATEWAY_CLIENT_METADATA_DOCUMENTS',
    description:
      'Whether a client may be known by the https address of its metadata document, which the gateway fetches. Where it has no way out to such hosts, `false` has clients register instead.',
  }),
  clientMetadataHosts: LIST.pipe(z.array(HOST_PATTERN)).default([]).meta({
    env: 'GATEWAY_CLIENT_METADATA_HOSTS',
    description:
      'Hosts whose client metadata documents are believed, also as `*.example.com` for every name below one; empty believes any public one.',
  }),
  loginRequestsPerMinutePerAddress: integer(1).default(600).meta({
    env: 'GATEWAY_LOGIN_REQUESTS_PER_MINUTE_PER_ADDRESS',
    description:
      'Requests to the endpoints of the login facade from one client address (IPv6: one /64), per process.',
  }),
  region: REGION.default('us-east-1').meta({
    env: 'AWS_REGION',
    description:
      'Region of the STS endpoint, and of the default target where `targets` is not given.',
  }),
  stsEndpoint: HTTP_URL.optional().meta({
    env: 'AWS_ENDPOINT_URL_STS',
    description: 'Another address for STS than AWS’s own, such as a VPC endpoint.',
  }),
  logLevel: z
    .preprocess(
      (value) => (typeof value === 'string' ? value.toLowerCase() : value),
      z.enum(['error', 'warn', 'info', 'debug']),
    )
    .default('info')
    .meta({ env: 'LOG_LEVEL', description: '`error`, `warn`, `info` or `debug`.' }),
  maxBodyBytes: integer(1024)
    .default(4 * 1024 * 1024)
    .meta({
      env: 'GATEWAY_MAX_BODY_BYTES',
      description: 'Largest request body.',
    }),
  maxUrlBytes: integer(256, 8192).default(8192).meta({
    env: 'GATEWAY_MAX_URL_BYTES',
    description: 'Longest path and query.',
  }),
  maxHeaderBytes: integer(8192, 262_144).default(32_768).meta({
    env: 'GATEWAY_MAX_HEADER_BYTES',
    description:
      'Largest request head. Session tokens have no fixed size: keep the MCP server’s limit as high.',
  }),
  maxHeaderCount: integer(16, 2000).default(200).meta({
    env: 'GATEWAY_MAX_HEADER_COUNT',
    description: 'Most headers of a request.',
  }),
  headersTimeoutMs: integer(100, 86_400_000).default(15_000).meta({
    env: 'GATEWAY_HEADERS_TIMEOUT_MS',
    description: 'Longest wait for the head of a request.',
  }),
  requestTimeoutMs: integer(100, 86_400_000).default(60_000).meta({
    env: 'GATEWAY_REQUEST_TIMEOUT_MS',
    description:
      'Longest wait for a whole request, its body included; the answer may last for hours.',
  }),
  keepAliveTimeoutMs: integer(1000, 86_400_000).default(75_000).meta({
    env: 'GATEWAY_KEEP_ALIVE_TIMEOUT_MS',
    description:
      'How long a connection stays open between two requests. Above the idle time of the load balancer in front (60 s is common), so that it closes first.',
  }),
  clientStallMs: integer(100, 86_400_000).default(60_000).meta({
    env: 'GATEWAY_CLIENT_STALL_MS',
    description:
      'How long a client may take no byte of an answer that waits for it. A silent stream is not cut.',
  }),
  maxConnections: integer(1, 1_000_000).default(10_000).meta({
    env: 'GATEWAY_MAX_CONNECTIONS',
    description:
      'Most client connections at once. At the limit the longest idle one makes room; where all are being served, a new one is refused.',
  }),
  maxConcurrentPerPrincipal: integer(1).default(64).meta({
    env: 'GATEWAY_MAX_CONCURRENT_PER_PRINCIPAL',
    description: 'Most requests and open streams of one principal at once, per process.',
  }),
  requestsPerMinutePerPrincipal: integer(1).default(3000).meta({
    env: 'GATEWAY_REQUESTS_PER_MINUTE_PER_PRINCIPAL',
    description: 'Most requests of one principal in the long run, per process.',
  }),
  requestBurstPerPrincipal: integer(1).default(1000).meta({
    env: 'GATEWAY_REQUEST_BURST_PER_PRINCIPAL',
    description: 'Requests that one principal may send at once after a quiet time.',
  }),
  failedAuthPerMinutePerAddress: integer(1).default(600).meta({
    env: 'GATEWAY_FAILED_AUTH_PER_MINUTE_PER_ADDRESS',
    description:
      'Tokens that are not valid, from one client address (IPv6: one /64), per process. Tokens verified before go on being served there.',
  }),
  limiterEntries: integer(1).default(50_000).meta({
    env: 'GATEWAY_LIMITER_ENTRIES',
    description: 'How many principals, and how many addresses, the rate limits remember.',
  }),
  clockToleranceSeconds: integer(0, 60).default(5).meta({
    env: 'GATEWAY_CLOCK_TOLERANCE_SECONDS',
    description: 'Allowed difference to the issuer’s clock.',
  }),
  issuerTimeoutMs: MILLISECONDS.default(5000).meta({
    env: 'GATEWAY_ISSUER_TIMEOUT_MS',
    description: 'Longest wait for an issuer’s metadata or keys.',
  }),
  issuerCooldownMs: MILLISECONDS.default(30_000).meta({
    env: 'GATEWAY_ISSUER_COOLDOWN_MS',
    description:
      'Shortest time between two fetches of the same issuer’s metadata or keys; while none have been found yet, five seconds at most.',
  }),
  verifiedTokens: integer(0).default(10_000).meta({
    env: 'GATEWAY_VERIFIED_TOKENS',
    description: 'How many verified tokens are remembered, by hash.',
  }),
  awsIamMaxAgeSeconds: integer(1, 900).default(300).meta({
    env: 'GATEWAY_AWS_IAM_MAX_AGE_SECONDS',
    description:
      'How long a presigned GetCallerIdentity counts after it was signed, with the provider `aws-iam`.',
  }),
  introspectionSeconds: integer(1, 3600).default(60).meta({
    env: 'GATEWAY_INTROSPECTION_SECONDS',
    description: 'How long the answer of an introspection counts, at most.',
  }),
  stsTimeoutMs: MILLISECONDS.default(3000).meta({
    env: 'GATEWAY_STS_TIMEOUT_MS',
    description: 'Longest wait for one STS answer.',
  }),
  stsMaxAttempts: integer(1, 5).default(3).meta({
    env: 'GATEWAY_STS_MAX_ATTEMPTS',
    description: 'Attempts at STS where a retry helps (throttling, server errors).',
  }),
  cachedCredentials: integer(1).default(10_000).meta({
    env: 'GATEWAY_CACHED_CREDENTIALS',
    description: 'How many role sessions are kept in memory.',
  }),
  minimumCredentialSeconds: SECONDS.default(120).meta({
    env: 'GATEWAY_MINIMUM_CREDENTIAL_SECONDS',
    description: 'A request starts with credentials that live at least this long.',
  }),
  refreshAheadSeconds: SECONDS.default(300).meta({
    env: 'GATEWAY_REFRESH_AHEAD_SECONDS',
    description:
      'Credentials are refreshed this long before their end, spread by a fifth so that not all are at once.',
  }),
  scopeDown: z.enum(['off', 'duration']).default('off').meta({
    env: 'GATEWAY_SCOPE_DOWN',
    description:
      'With `duration`, each token gets a session that ends with it (GetScopedCredentials), and the longer one never leaves the gateway. One more STS call per token; without an answer the request is refused.',
  }),
  connectTimeoutMs: MILLISECONDS.default(3000).meta({
    env: 'GATEWAY_CONNECT_TIMEOUT_MS',
    description: 'Longest wait for a connection to the MCP server or to STS.',
  }),
  responseHeaderTimeoutMs: MILLISECONDS.default(120_000).meta({
    env: 'GATEWAY_RESPONSE_HEADER_TIMEOUT_MS',
    description:
      'Longest wait for the head of the MCP server’s answer; an answer that has begun may last.',
  }),
  maxUpstreamConnections: integer(1).default(1024).meta({
    env: 'GATEWAY_MAX_UPSTREAM_CONNECTIONS',
    description: 'Most connections to the MCP server at once.',
  }),
  drainMs: MILLISECONDS.default(10_000).meta({
    env: 'GATEWAY_DRAIN_MS',
    description: 'How long running requests may go on after SIGTERM.',
  }),
  drainIdleMs: integer(0, 86_400_000).default(5000).meta({
    env: 'GATEWAY_DRAIN_IDLE_MS',
    description:
      'How long a connection without a request stays open after SIGTERM, so that a request that is on its way is answered and not lost; within the time of `GATEWAY_DRAIN_MS`. 0 closes it at once.',
  }),
  dangerouslyAllowPrivateClientMetadata: SWITCH.default(false).meta({
    env: 'GATEWAY_DANGEROUSLY_ALLOW_PRIVATE_CLIENT_METADATA',
    description:
      'Fetch client metadata documents from private addresses and any port too: an unknown client then makes the gateway ask hosts of your own network.',
  }),
  dangerouslyAllowHttpIssuer: SWITCH.default(false).meta({
    env: 'GATEWAY_DANGEROUSLY_ALLOW_HTTP_ISSUER',
    description: 'Accept an issuer without TLS that is not on this machine.',
  }),
  dangerouslyAllowHttpPublicUrl: SWITCH.default(false).meta({
    env: 'GATEWAY_DANGEROUSLY_ALLOW_HTTP_PUBLIC_URL',
    description: 'Accept a public URL without TLS that is not on this machine.',
  }),
  dangerouslyAllowHttpSts: SWITCH.default(false).meta({
    env: 'GATEWAY_DANGEROUSLY_ALLOW_HTTP_STS',
    description:
      'Send tokens to an STS address without TLS that is not on this machine, and take credentials from it.',
  }),
  dangerouslyAllowHttpUpstream: SWITCH.default(false).meta({
    env: 'GATEWAY_DANGEROUSLY_ALLOW_HTTP_UPSTREAM',
    description:
      'Send credentials to an MCP server without TLS that is not on this machine; only where the network between them is closed.',
  }),
})

export type Config = z.infer<typeof ConfigSchema>
