import {
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTHeaderParameters,
  type JWTPayload,
  jwtVerify,
} from 'jose'
import { predictSts } from '../credentials/sts-prediction.ts'
import { GatewayError } from '../errors.ts'
import { HINTS, type Hint } from '../hints.ts'
import { causeChain } from '../log.ts'
import { type Purpose, purposeOf } from '../login/sealed/sealed-value.ts'
import type { Principal } from '../principal/principal.ts'
import { requireScopes } from '../principal/require-scopes.ts'
import { toPrincipal } from '../principal/to-principal.ts'
import type { RoleBinding } from '../role/role-binding.ts'
import {
  acceptedAudiences,
  audienceHint,
  audiencesOf,
  clientIdOf,
  isForMicrosoftGraph,
  isForThisResource,
} from '../token/audience.ts'
import { AWS_IAM_PREFIX } from '../token/aws-iam.ts'
import { extractBearer } from '../token/bearer.ts'
import { issuerHint } from '../token/issuer-hint.ts'
import { wrongKind, wrongKindOfOpaque } from '../token/token-kind.ts'
import { ALGORITHMS, type TrustedProvider } from '../token/verify.ts'
import type { Finding } from './finding.ts'

/** What the examination needs of the gateway: its rooms as they are, and nothing that changes anything. */
export type TokenExamination = Readonly<{
  providers: readonly TrustedProvider[]
  targets: readonly string[]
  resourceOf: (target: string) => string
  bindRole: (principal: Principal, target: string) => RoleBinding
  clockToleranceSeconds: number
  /** Milliseconds since the epoch. */
  now: () => number
}>

/** A token as it reads before anything is verified. */
type Decoded = Readonly<{ header: JWTHeaderParameters; claims: JWTPayload }>

/**
 * Walks one token through every step that the gateway takes with it, and on after a step that fails, so that all that is
 * wrong shows at once; but not beyond an unknown issuer or a wrong kind of token, where another token is needed anyway.
 * The findings name claims and what they must be, never the token itself.
 */
export async function examineToken(
  token: string,
  rooms: TokenExamination,
): Promise<readonly Finding[]> {
  const unreadable = examineForm(token)
  if (unreadable !== undefined) return [unreadable]
  const purpose = purposeOf(token)
  if (purpose !== undefined) return [describeSealed(purpose)]
  if (token.startsWith(AWS_IAM_PREFIX)) return examineAwsIdentity(token, rooms)
  if (token.split('.').length !== 3) return examineOpaque(token, rooms)
  const decoded = decode(token)
  if (decoded === undefined) return [NOT_A_JWT]
  const { header, claims } = decoded
  const entry = issuersOf(rooms).find(({ provider }) => provider.issuer === claims.iss)
  const findings = [describeJwt(header), examineIssuer(claims, rooms)]
  if (entry === undefined) return [...findings, ...examineTimes(claims, rooms)]
  const kind = examineKind(header, claims, entry)
  findings.push(await examineSignature(token, decoded, entry), ...examineTimes(claims, rooms), kind)
  if (kind.outcome === 'problem') return findings
  return [
    ...findings,
    ...examineIdentity(claims, entry, rooms, (modes) => examineSts(header, claims, modes)),
  ]
}

/** What the gateway would not even read as a token (RFC 6750 §2.1); most often a file that holds more than one. */
function examineForm(token: string): Finding | undefined {
  try {
    extractBearer([`Bearer ${token}`])
    return undefined
  } catch {
    return {
      step: 'shape',
      outcome: 'problem',
      text: `no token: ${token.length} characters, with some that no token has, or too many of them`,
      fix: 'put the access token alone into the file: no JSON, no quotes, no second token, no line breaks within',
    }
  }
}

function decode(token: string): Decoded | undefined {
  try {
    // The protected header of a JWS has an algorithm; whether it is a good one is checked with the signature.
    const header = decodeProtectedHeader(token) as JWTHeaderParameters
    return { header, claims: decodeJwt(token) }
  } catch {
    return undefined
  }
}

const NOT_A_JWT: Finding = {
  step: 'shape',
  outcome: 'problem',
  text: 'three segments that are not a JWT',
  fix: 'copy the access token again: whole, from its first character to its last',
}

function describeJwt({ alg, kid, typ }: JWTHeaderParameters): Finding {
  const text = `a signed JWT: alg ${alg}, kid ${kid ?? '-'}, typ ${typ ?? '-'}`
  return { step: 'shape', outcome: 'ok', text }
}

/** What the login facade gave out: the tokens in it are for the gateway alone. */
function describeSealed(purpose: Purpose): Finding {
  if (purpose === 'access') {
    const text =
      "an access token of the gateway's own (LOGIN_MODE=facade), which holds the issuer's"
    const fix = 'show it to the gateway: GET /whoami says what becomes of it'
    return { step: 'shape', outcome: 'unknown', text, fix }
  }
  const text = "a sealed value of the gateway's own (LOGIN_MODE=facade), but no access token"
  return { step: 'shape', outcome: 'problem', text, fix: 'send the access_token of its answer' }
}

/** A token that only its issuer can read: the steps go on with what the issuer says of it (RFC 7662). */
async function examineOpaque(token: string, rooms: TokenExamination): Promise<readonly Finding[]> {
  const encrypted = token.split('.').length === 5
  const form = encrypted ? 'five segments: an encrypted token' : 'an opaque token'
  const asked = rooms.providers.filter(({ introspect }) => introspect !== undefined)
  const fix = HINTS[encrypted ? 'token_encrypted' : 'token_opaque']
  if (asked.length === 0) return [{ step: 'shape', outcome: 'problem', text: form, fix }]

  const findings: Finding[] = [
    { step: 'shape', outcome: 'ok', text: `${form}: its issuer is asked` },
  ]
  for (const entry of asked) {
    const { answer, finding } = await introspected(token, entry)
    findings.push(finding)
    if (answer === undefined) continue
    findings.push(...examineTimes(answer, rooms))
    const kind = wrongKindOfOpaque(answer)
    if (kind !== undefined) return [...findings, wrongKindFinding(kind)]
    return [
      ...findings,
      ...examineIdentity(answer, entry, rooms, (modes) => stsFinding(OPAQUE_AT_STS, modes)),
    ]
  }
  const unknown = 'none of the issuers that can be asked knows this token'
  return [...findings, { step: 'introspection', outcome: 'problem', text: unknown, fix }]
}

const OPAQUE_AT_STS: Finding = {
  step: 'STS',
  outcome: 'problem',
  text: 'STS takes JWTs only, and this token is opaque',
  fix: 'have the issuer issue JWTs, or use the mode assume-role in the rule',
}

async function introspected(
  token: string,
  { provider, introspect }: TrustedProvider,
): Promise<Readonly<{ answer?: JWTPayload; finding: Finding }>> {
  const step = 'introspection'
  try {
    const answer = await introspect?.(token)
    if (answer === undefined) {
      const text = `${provider.issuer} says that it is not active: expired, revoked, or another's`
      return { finding: { step, outcome: 'unknown', text } }
    }
    const text = `${provider.issuer} says that it is active`
    return { answer, finding: { step, outcome: 'ok', text } }
  } catch (error) {
    const fix = `check that this machine reaches ${provider.issuer}, and OIDC_INTROSPECTION_CLIENT_ID and _SECRET`
    return { finding: { step, outcome: 'problem', text: causeChain(error), fix } }
  }
}

/** A presigned GetCallerIdentity: STS says at every target whose signature it is. */
async function examineAwsIdentity(
  token: string,
  rooms: TokenExamination,
): Promise<readonly Finding[]> {
  const entry = rooms.providers.find(({ identify }) => identify !== undefined)
  const text = 'a presigned GetCallerIdentity of AWS'
  if (entry?.identify === undefined) {
    const fix = 'add the provider aws-iam, if callers may sign with AWS credentials'
    return [{ step: 'shape', outcome: 'problem', text: `${text}, which no provider is for`, fix }]
  }
  const findings: Finding[] = [{ step: 'shape', outcome: 'ok', text }]
  for (const target of rooms.targets) {
    const step = `identity (${target})`
    try {
      const { identity } = await entry.identify(token, rooms.resourceOf(target))
      const claims = { iss: entry.provider.issuer, sub: identity.arn, account: identity.account }
      const principal = toPrincipal({ provider: entry.provider, claims })
      findings.push(
        { step, outcome: 'ok', text: `signed by ${identity.arn}` },
        examineRole(principal, rooms, target).finding,
      )
    } catch (error) {
      const cause = causeChain(error instanceof GatewayError ? (error.cause ?? error) : error)
      findings.push({
        step,
        outcome: 'problem',
        text: cause,
        fix: 'sign a new one for this target',
      })
    }
  }
  return findings
}

/** The providers whose tokens name an issuer. */
function issuersOf({ providers }: TokenExamination): readonly TrustedProvider[] {
  return providers.filter(({ identify }) => identify === undefined)
}

function examineIssuer(claims: JWTPayload, rooms: TokenExamination): Finding {
  const step = 'issuer'
  const configured = issuersOf(rooms).map(({ provider }) => provider)
  const known = configured.find(({ issuer }) => issuer === claims.iss)
  if (known !== undefined) {
    return { step, outcome: 'ok', text: `${claims.iss} is configured (${known.preset})` }
  }
  const named = String(claims.iss)
  const name = isForMicrosoftGraph(claims) ? 'graph_token' : issuerHint(named, configured)
  return {
    step,
    outcome: 'problem',
    text: `${named} is not configured; configured: ${configured.map(({ issuer }) => issuer).join(', ')}`,
    fix: hint(name) ?? 'add it to the providers, if it is to be trusted',
  }
}

async function examineSignature(
  token: string,
  { header: { alg, kid }, claims }: Decoded,
  { provider, keys }: TrustedProvider,
): Promise<Finding> {
  const step = 'signature'
  if (alg === undefined || !ALGORITHMS.includes(alg)) {
    const shared = alg?.startsWith('HS') === true ? 'algorithm_shared_secret' : undefined
    return {
      step,
      outcome: 'problem',
      text: `the algorithm ${alg} is not accepted; these are: ${ALGORITHMS.join(', ')}`,
      fix: hint(shared),
    }
  }
  try {
    // The signature alone: times, issuer and audience are steps of their own.
    await jwtVerify(token, await keys.keyFor(), {
      algorithms: ALGORITHMS,
      currentDate: new Date(0),
    }).catch((error: unknown) => {
      if (!isAboutClaims(error)) throw error
    })
    return { step, outcome: 'ok', text: `good, by the key ${kid ?? 'of the issuer'}` }
  } catch (error) {
    const fix = isForMicrosoftGraph(claims)
      ? HINTS.graph_token
      : signatureFix(error, provider.issuer)
    return { step, outcome: 'problem', text: causeChain(error), fix }
  }
}

function isAboutClaims(error: unknown): boolean {
  return error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired
}

function signatureFix(error: unknown, issuer: string): string {
  if (error instanceof GatewayError) return `check that this machine reaches ${issuer}`
  if (error instanceof errors.JWKSNoMatchingKey) {
    return `${HINTS.key_unknown}: sign in again; where new tokens fail too, they are of another issuer or tenant`
  }
  return 'the token was changed, was cut, or is not of this issuer: copy it again, whole'
}

function examineTimes(
  claims: JWTPayload,
  { clockToleranceSeconds, now }: TokenExamination,
): readonly Finding[] {
  const seconds = Math.floor(now() / 1000)
  const { exp, iat, nbf } = claims
  const findings: Finding[] = []
  const step = 'times'
  if (typeof exp !== 'number') {
    findings.push({ step, outcome: 'problem', text: 'exp is missing' })
  } else if (exp + clockToleranceSeconds <= seconds) {
    const text = `expired ${seconds - exp} s ago`
    findings.push({ step, outcome: 'problem', text, fix: 'sign in again' })
  } else {
    findings.push({ step, outcome: 'ok', text: `valid for another ${exp - seconds} s` })
  }
  for (const [name, value] of [
    ['iat', iat],
    ['nbf', nbf],
  ] as const) {
    if (typeof value !== 'number' || value <= seconds + clockToleranceSeconds) continue
    const text = `${name} is ${value - seconds} s in the future`
    findings.push({ step, outcome: 'problem', text, fix: hint('clock') })
  }
  return findings
}

function examineKind(
  header: JWTHeaderParameters,
  claims: JWTPayload,
  { provider }: TrustedProvider,
): Finding {
  const kind = wrongKind(provider.preset, header, claims)
  if (kind !== undefined) return wrongKindFinding(kind, header.typ)
  const text =
    provider.preset === 'google'
      ? 'an ID token, as Google needs'
      : 'nothing marks it as another kind than an access token'
  return { step: 'kind', outcome: 'ok', text }
}

function wrongKindFinding(kind: Hint | 'other', typ?: string): Finding {
  const named =
    kind === 'id_token'
      ? 'an ID token'
      : kind === 'refresh_token'
        ? 'a refresh token'
        : `typ ${typ ?? '-'} is not that of an access token`
  const fix = 'send the access token of the same sign-in'
  return { step: 'kind', outcome: 'problem', text: named, fix }
}

/** Audience, principal, scopes and role at every target, and what STS makes of it in the modes of those roles. */
function examineIdentity(
  claims: JWTPayload,
  entry: TrustedProvider,
  rooms: TokenExamination,
  sts: (modes: readonly RoleBinding['mode'][]) => Finding,
): readonly Finding[] {
  const { issuer } = entry.provider
  const { sub } = claims
  const audiences = examineAudiences(claims, entry, rooms)
  if (typeof sub !== 'string' || sub === '') {
    const text = 'sub is missing or no text'
    return [...audiences, { step: 'principal', outcome: 'problem', text }, sts([])]
  }
  const principal = toPrincipal({
    provider: entry.provider,
    claims: { ...claims, iss: issuer, sub },
  })
  const roles = rooms.targets.map((target) => examineRole(principal, rooms, target))
  return [
    ...audiences,
    describePrincipal(principal),
    examineScopes(principal, entry.provider),
    ...roles.map(({ finding }) => finding),
    sts(roles.flatMap(({ mode }) => mode ?? [])),
  ]
}

/** A token is for one target, so that another one is not its problem where it is good for any. */
function examineAudiences(
  claims: JWTPayload,
  { provider }: TrustedProvider,
  { targets, resourceOf }: TokenExamination,
): readonly Finding[] {
  const named = audiencesOf(claims).join(', ') || 'no audience'
  const client = clientIdOf(claims) ?? 'none'
  const good = (target: string) => isForThisResource(provider, claims, resourceOf(target))
  const anyGood = targets.some(good)
  return targets.map((target): Finding => {
    const step = `audience (${target})`
    const resource = resourceOf(target)
    if (good(target)) return { step, outcome: 'ok', text: `${named}, client ${client}` }
    if (anyGood) {
      const text = `the token is for another target of this gateway (${named})`
      const fix = `for this target, ask for a token with the resource ${resource}`
      return { step, outcome: 'warning', text, fix }
    }
    const accepted = acceptedAudiences(provider, resource).join(' or ')
    return {
      step,
      outcome: 'problem',
      text: `the token names ${named} (client ${client}); accepted is ${accepted}`,
      fix:
        hint(audienceHint(provider, claims, resource)) ??
        'ask for a token with that audience, or set OIDC_AUDIENCE to what your issuer writes',
    }
  })
}

function describePrincipal(principal: Principal): Finding {
  const { username, subject, machine, groupsOmitted } = principal
  const groups = principal.groups.join(', ') || 'none'
  return {
    step: 'principal',
    outcome: groupsOmitted ? 'warning' : 'ok',
    text: `${machine ? 'machine' : 'person'} ${username ?? subject} (${subject}), groups ${groups}`,
    fix: groupsOmitted ? HINTS.groups_omitted : undefined,
  }
}

function examineScopes(principal: Principal, provider: TrustedProvider['provider']): Finding {
  const step = 'scopes'
  const has = principal.scopes.join(' ') || 'none'
  try {
    requireScopes(principal, provider)
    return { step, outcome: 'ok', text: `has ${has}` }
  } catch {
    const needed = provider.scopes.join(' ')
    const fix = `ask for the scope ${needed} when signing in, and allow it at the issuer`
    return { step, outcome: 'problem', text: `has ${has}; needed are ${needed}`, fix }
  }
}

function examineRole(
  principal: Principal,
  { bindRole }: TokenExamination,
  target: string,
): Readonly<{ finding: Finding; mode?: RoleBinding['mode'] }> {
  const step = `role (${target})`
  try {
    const role = bindRole(principal, target)
    const text = `rule ${role.rule}: ${role.roleArn} as ${role.sessionName} in ${role.region}`
    return { finding: { step, outcome: 'ok', text }, mode: role.mode }
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    const elsewhere = error.reason === 'target_not_granted'
    const fix = elsewhere
      ? 'add the target to the rule, if that is meant'
      : (hint(error.hint) ?? 'add a rule whose conditions this principal meets')
    const outcome = elsewhere ? 'warning' : 'problem'
    return { finding: { step, outcome, text: error.message, fix } }
  }
}

function examineSts(
  header: JWTHeaderParameters,
  claims: JWTPayload,
  modes: readonly RoleBinding['mode'][],
): Finding {
  const step = 'STS'
  const { accepted, because, clientId } = predictSts(header.alg, claims)
  if (!accepted) return stsFinding({ step, outcome: 'problem', text: because }, modes)
  const text = `${because}; the IAM OIDC provider of ${claims.iss} needs the client id ${clientId}`
  return stsFinding({ step, outcome: 'ok', text }, modes)
}

/** What STS makes of the token, unless every role that it gives is one that the gateway assumes by itself. */
function stsFinding(finding: Finding, modes: readonly RoleBinding['mode'][]): Finding {
  const own = modes.length > 0 && modes.every((mode) => mode === 'assume-role')
  if (!own) return finding
  const text = 'the token does not go to STS: the gateway assumes the role with its own identity'
  return { step: 'STS', outcome: 'ok', text }
}

function hint(name: Hint | undefined): string | undefined {
  return name === undefined ? undefined : HINTS[name]
}
