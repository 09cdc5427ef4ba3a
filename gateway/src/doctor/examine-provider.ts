import { GatewayError } from '../errors.ts'
import { causeChain } from '../log.ts'
import { discoverMetadata, type FetchText, type IssuerMetadata } from '../token/discovery.ts'
import type { Provider } from '../token/provider.ts'
import type { Finding } from './finding.ts'

/** What the examination of a provider needs: reading the network, and the clock in milliseconds. */
export type ProviderExamination = Readonly<{
  fetchText: FetchText
  /** The `Date` header of a URL's answer, in milliseconds since the epoch. */
  fetchDate: (url: URL) => Promise<number | undefined>
  now: () => number
  credentialMode: string
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
    const fix = 'check OIDC_ISSUER letter by letter, and that this machine reaches it'
    return [{ step: 'metadata', outcome: 'problem', text, fix }]
  }
  return [
    { step: 'metadata', outcome: 'ok', text: `${metadata.url.href} names ${issuer}` },
    await examineKeys(metadata, examination),
    await examineClock(metadata, examination),
    examineAudienceOption(provider),
    ...examineLogin(provider, metadata),
    ...examineIntrospection(provider, metadata),
    examineSts(provider, examination.credentialMode),
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
    return { step, outcome: 'problem', text: `${keysUrl.href}: ${causeChain(error)}` }
  }
}

async function examineClock(
  { url }: IssuerMetadata,
  { fetchDate, now }: ProviderExamination,
): Promise<Finding> {
  const step = 'clock'
  const theirs = await fetchDate(url).catch(() => undefined)
  if (theirs === undefined) return { step, outcome: 'unknown', text: 'the issuer sends no Date' }
  const difference = Math.round((theirs - now()) / 1000)
  const close = Math.abs(theirs - now()) <= CLOCK_WARNING_MS
  return {
    step,
    outcome: close ? 'ok' : 'warning',
    text: `the issuer's clock differs by ${difference} s`,
    fix: close ? undefined : 'set this machine by NTP, or raise GATEWAY_CLOCK_TOLERANCE_SECONDS',
  }
}

function examineAudienceOption({ preset, audience, clientIds }: Provider): Finding {
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
  return { step, outcome: 'ok', text: `tokens must name the protected resource itself${unbound}` }
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
          fix: 'use clients that do not check, or tokens obtained elsewhere',
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
      fix: 'register a client at the issuer and give its id to your MCP clients',
    })
  } else if (preset === 'okta') {
    findings.push({
      step,
      outcome: 'warning',
      text: 'registration is advertised, but Okta wants an administrator’s token for it',
      fix: 'register a client in Okta and give its id to your MCP clients',
    })
  } else {
    findings.push({ step, outcome: 'ok', text: 'clients register themselves (RFC 7591)' })
  }
  return findings
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
const STS: Readonly<Record<Provider['preset'], readonly [Finding['outcome'], string]>> = {
  okta: ['ok', 'STS compares the audience of the authorization server (api://default)'],
  auth0: [
    'warning',
    'STS compares azp, the client: every client id must be among the 100 of the IAM OIDC provider; with the RFC 9068 profile and without openid it compares the audience',
  ],
  cognito: [
    'warning',
    'STS refuses access tokens that are not bound to a resource, machine tokens among them, for they have no aud',
  ],
  entra: ['warning', 'STS compares azp, the client id of the calling application (version 2)'],
  keycloak: [
    'warning',
    'STS compares azp, the client, and must reach the realm’s keys from the internet over port 443',
  ],
  google: ['ok', 'STS knows accounts.google.com without an IAM OIDC provider'],
  'aws-iam': ['ok', 'STS itself says who signed'],
  generic: ['ok', 'STS compares azp if the token has it, else its single audience'],
}

function examineSts({ preset }: Provider, credentialMode: string): Finding {
  const step = 'STS'
  if (credentialMode !== 'web-identity') {
    return { step, outcome: 'ok', text: 'the token does not go to STS' }
  }
  const [outcome, text] = STS[preset]
  return { step, outcome, text }
}
