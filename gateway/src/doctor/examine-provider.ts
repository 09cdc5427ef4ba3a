import { isLoopback } from '../config/contradictions.ts'
import { GatewayError } from '../errors.ts'
import { causeChain } from '../log.ts'
import { readLoginMetadata } from '../login/issuer/issuer-metadata.ts'
import { discoverMetadata, type FetchText, type IssuerMetadata } from '../token/discovery.ts'
import { ID_TOKEN_FOR_STS, type Provider } from '../token/provider.ts'
import type { Finding } from './finding.ts'

/** What the examination of a provider needs: reading the network, and the clock in milliseconds. */
export type ProviderExamination = Readonly<{
  fetchText: FetchText
  /** The `Date` header of a URL's answer, in milliseconds since the epoch. */
  fetchDate: (url: URL) => Promise<number | undefined>
  now: () => number
  /** The protected resources of this gateway. */
  resources: readonly string[]
  /** Whether any rule sends tokens to STS. */
  tokensGoToSts: boolean
  /** Whether that STS is AWS's own, which fetches the keys over the internet. */
  realSts: boolean
}>

/** More than this between two clocks makes fresh tokens fail. */
const CLOCK_WARNING_MS = 5000

/**
 * Checks one configured provider against the live issuer: metadata, keys, clock, what clients need in order to sign in,
 * and what STS thinks of such tokens.
 */
export async function examineProvider(
  provider: Provider,
  examination: ProviderExamination,
): Promise<readonly Finding[]> {
  const { issuer } = provider
  if (provider.preset === 'aws-iam') {
    return [
      { step: 'STS', outcome: 'ok', text: 'STS is asked who signed; there is no issuer to check' },
    ]
  }
  let metadata: IssuerMetadata
  try {
    metadata = await discoverMetadata(issuer, examination.fetchText)
  } catch (error) {
    const text = causeChain(error instanceof GatewayError ? error.cause : error)
    const fix =
      'check the issuer (OIDC_ISSUER) letter by letter, its slash included, and that this machine reaches it'
    return [{ step: 'metadata', outcome: 'problem', text, fix }]
  }
  return [
    { step: 'metadata', outcome: 'ok', text: `${metadata.url.href} names ${issuer}` },
    await examineKeys(metadata, examination),
    await examineClock(metadata, examination),
    examineAudienceOption(provider, examination.resources),
    ...(provider.ownClientId === undefined
      ? examineLogin(provider, metadata)
      : [examineOwnClient(provider, metadata, examination)]),
    ...examineIntrospection(provider, metadata),
    ...examineSts(provider, metadata, examination),
  ]
}

async function examineKeys(
  { keysUrl }: IssuerMetadata,
  { fetchText }: ProviderExamination,
): Promise<Finding> {
  const step = 'keys'
  try {
    const { status, text } = await fetchText(keysUrl)
    if (status !== 200) throw new Error(`status ${status}`)
    const { keys } = JSON.parse(text) as { keys?: unknown } // anything else fails below
    const list: ReadonlyArray<Readonly<Record<string, unknown>>> = Array.isArray(keys) ? keys : []
    const signing = list.filter((key) => key.use === undefined || key.use === 'sig')
    const kinds = signing.map((key) => `${key.kty} ${key.alg ?? ''}`.trim()).join(', ')
    if (signing.length === 0) throw new Error('it publishes no key for signatures')
    const rsaOrCurve = signing.some(({ kty }) => kty === 'RSA' || kty === 'EC')
    return {
      step,
      outcome: rsaOrCurve ? 'ok' : 'warning',
      text: `${signing.length} at ${keysUrl.href}: ${kinds}`,
      fix: rsaOrCurve ? undefined : 'STS verifies RSA and elliptic-curve signatures only',
    }
  } catch (error) {
    const fix = 'check that this machine reaches the keys; without them no token can be verified'
    return { step, outcome: 'problem', text: `${keysUrl.href}: ${causeChain(error)}`, fix }
  }
}

async function examineClock(
  { url }: IssuerMetadata,
  { fetchDate, now }: ProviderExamination,
): Promise<Finding> {
  const step = 'clock'
  const theirs = await fetchDate(url).catch(() => undefined)
  if (theirs === undefined) return { step, outcome: 'unknown', text: 'the issuer sends no Date' }
  // The header has whole seconds, so that a clock that agrees may seem one second late.
  const difference = Math.round((theirs - now()) / 1000)
  if (Math.abs(theirs - now()) <= CLOCK_WARNING_MS) {
    const text = `the issuer's clock and this machine's agree within ${CLOCK_WARNING_MS / 1000} s`
    return { step, outcome: 'ok', text }
  }
  const text = `the issuer's clock differs by ${difference} s`
  const fix = 'set this machine by NTP, or raise GATEWAY_CLOCK_TOLERANCE_SECONDS'
  return { step, outcome: 'warning', text, fix }
}

function examineAudienceOption(
  { preset, audience, clientIds }: Provider,
  resources: readonly string[],
): Finding {
  const step = 'audience'
  if (audience.length > 0) {
    return { step, outcome: 'ok', text: `tokens must name ${audience.join(' or ')}` }
  }
  if (preset === 'google') {
    return { step, outcome: 'ok', text: `ID tokens must name ${clientIds.join(' or ')}` }
  }
  const unbound =
    preset === 'cognito' && clientIds.length > 0
      ? `; without an audience, the client must be ${clientIds.join(' or ')}`
      : ''
  const text = `tokens must name the protected resource: ${resources.join(' or ')}${unbound}`
  return { step, outcome: 'ok', text }
}

/** What an MCP client finds when it wants to sign in at this issuer. */
function examineLogin({ preset }: Provider, { document }: IssuerMetadata): readonly Finding[] {
  const step = 'sign-in'
  const methods = document.code_challenge_methods_supported
  const pkce = Array.isArray(methods) && methods.includes('S256')
  const findings: Finding[] = [
    pkce
      ? { step, outcome: 'ok', text: 'PKCE with S256 is advertised' }
      : {
          step,
          outcome: 'warning',
          text: 'PKCE with S256 is not advertised: strict MCP clients, Claude and Cursor among them, refuse to sign in',
          fix: 'have them sign in at the gateway (LOGIN_MODE=facade), or use clients that do not check',
        },
  ]
  if (document.client_id_metadata_document_supported === true) {
    findings.push({
      step,
      outcome: 'ok',
      text: 'clients may bring a metadata document as their id',
    })
  } else if (typeof document.registration_endpoint !== 'string') {
    findings.push({
      step,
      outcome: 'warning',
      text: 'clients cannot register themselves',
      fix: 'have them sign in at the gateway (LOGIN_MODE=facade), or register a client and give its id to your MCP clients',
    })
  } else if (preset === 'okta') {
    findings.push({
      step,
      outcome: 'warning',
      text: 'registration is advertised, but Okta wants an administrator’s token for it',
      fix: 'have them sign in at the gateway (LOGIN_MODE=facade), or register a client in Okta and give its id to your MCP clients',
    })
  } else {
    findings.push({ step, outcome: 'ok', text: 'clients register themselves (RFC 7591)' })
  }
  return findings
}

/** What the gateway finds when it signs people in there itself (`LOGIN_MODE=facade`). */
function examineOwnClient(
  { issuer, ownClientId }: Provider,
  { document, url }: IssuerMetadata,
  { resources: [resource = ''] }: ProviderExamination,
): Finding {
  const step = 'sign-in'
  try {
    readLoginMetadata(document, issuer)
  } catch (error) {
    const fix = 'people cannot sign in at this issuer; have its metadata mended'
    return { step, outcome: 'problem', text: `${url.href}: ${causeChain(error)}`, fix }
  }
  const callback = URL.canParse(resource) ? `${new URL(resource).origin}/oauth/callback` : ''
  const text = `people sign in at the gateway, which is the client ${ownClientId} of this issuer, registered there with the redirect URI ${callback}`
  return { step, outcome: 'ok', text }
}

function examineIntrospection(
  { introspection }: Provider,
  { document }: IssuerMetadata,
): readonly Finding[] {
  if (introspection === undefined) return []
  const step = 'introspection'
  const { introspection_endpoint: endpoint } = document
  if (typeof endpoint === 'string') return [{ step, outcome: 'ok', text: endpoint }]
  const fix = 'unset OIDC_INTROSPECTION_CLIENT_ID, and have the issuer issue JWTs'
  return [{ step, outcome: 'problem', text: 'the issuer advertises no endpoint for it', fix }]
}

/** What AssumeRoleWithWebIdentity accepts of each provider's tokens. */
const STS: Readonly<Record<Provider['preset'], Omit<Finding, 'step'>>> = {
  okta: {
    outcome: 'ok',
    text: 'STS compares the audience of the authorization server (api://default)',
  },
  auth0: {
    outcome: 'warning',
    text: 'STS compares azp, the client, and never the API’s identifier; in the RFC 9068 dialect, which has no azp, the one audience',
    fix: 'add the id of every client to the IAM OIDC provider (100 at most), or choose the RFC 9068 dialect for the API and leave out openid',
  },
  cognito: {
    outcome: 'warning',
    text: 'STS refuses access tokens that are not bound to a resource, for they have no aud; machine tokens never are',
    fix: 'sign in with the parameter resource, and give machines a rule with the mode assume-role',
  },
  entra: {
    outcome: 'warning',
    text: 'STS compares azp, the id of the calling application, and not the API’s',
    fix: 'add the id of every client to the IAM OIDC provider (100 at most)',
  },
  keycloak: {
    outcome: 'warning',
    text: 'STS compares azp, the client, and not the audience',
    fix: 'add every client to the IAM OIDC provider (100 at most)',
  },
  google: { outcome: 'ok', text: 'STS knows accounts.google.com without an IAM OIDC provider' },
  'aws-iam': { outcome: 'ok', text: 'STS itself says who signed' },
  generic: { outcome: 'ok', text: 'STS compares azp if the token has it, else its one audience' },
}

function examineSts(
  provider: Provider,
  { document, keysUrl }: IssuerMetadata,
  { tokensGoToSts, realSts }: ProviderExamination,
): readonly Finding[] {
  const step = 'STS'
  if (!tokensGoToSts) {
    return [{ step, outcome: 'ok', text: 'no rule sends the token to STS (mode assume-role)' }]
  }
  return [
    { step, ...stsOpinion(provider) },
    ...(realSts ? unreachableForSts(provider.issuer, keysUrl) : []),
    ...signedForSts(document.id_token_signing_alg_values_supported),
  ]
}

function stsOpinion({
  preset,
  issuer,
  introspection,
  ownClientId,
}: Provider): Omit<Finding, 'step'> {
  if (introspection !== undefined) {
    return {
      outcome: 'warning',
      text: 'STS takes JWTs only: an opaque token that is introspected here cannot go there',
      fix: 'have the issuer issue JWTs, or use the mode assume-role in the rules for it',
    }
  }
  // Version 1 tokens have `appid` in the place of `azp`.
  if (preset === 'entra' && !issuer.replace(/\/$/, '').endsWith('/v2.0')) {
    return { outcome: 'ok', text: 'STS compares the audience, for version 1 tokens have no azp' }
  }
  if (ownClientId !== undefined && ID_TOKEN_FOR_STS.has(preset)) {
    const text = `STS gets the ID token of a sign-in and compares its aud, the client ${ownClientId}`
    return { outcome: 'ok', text }
  }
  if (ownClientId !== undefined && (preset === 'entra' || preset === 'keycloak')) {
    const text = `STS compares azp, which is the client ${ownClientId} in every sign-in`
    return { outcome: 'ok', text }
  }
  return STS[preset]
}

/** STS fetches metadata and keys itself, over https and on port 443. */
function unreachableForSts(issuer: string, keysUrl: URL): readonly Finding[] {
  const closed = [new URL(issuer), keysUrl].find(
    ({ protocol, port, hostname }) => protocol !== 'https:' || port !== '' || isLoopback(hostname),
  )
  if (closed === undefined) return []
  return [
    {
      step: 'STS',
      outcome: 'problem',
      text: `STS cannot fetch ${closed.href}: it needs https on port 443, open to the internet`,
      fix: 'publish metadata and keys there, or use the mode assume-role in the rules',
    },
  ]
}

/** Only a hint: metadata lists the algorithms of ID tokens, and access tokens mostly have the same. */
function signedForSts(algorithms: unknown): readonly Finding[] {
  if (!Array.isArray(algorithms) || algorithms.some((one) => /^(RS|ES)\d/.test(String(one)))) {
    return []
  }
  const text = `STS verifies RS* and ES* signatures; the issuer advertises ${algorithms.join(', ')}`
  return [{ step: 'STS', outcome: 'warning', text, fix: 'choose RS256 or ES256 at the issuer' }]
}
