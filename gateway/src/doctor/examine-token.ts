import {
  decodeJwt,
  decodeProtectedHeader,
  type JWTHeaderParameters,
  type JWTPayload,
  jwtVerify,
} from 'jose'
import { predictSts } from '../credentials/sts-prediction.ts'
import { GatewayError } from '../errors.ts'
import { HINTS, type Hint } from '../hints.ts'
import { causeChain } from '../log.ts'
import type { Principal } from '../principal/principal.ts'
import { requireScopes } from '../principal/require-scopes.ts'
import { toPrincipal } from '../principal/to-principal.ts'
import type { RoleBinding } from '../role/role-binding.ts'
import {
  acceptedAudiences,
  audienceHint,
  audiencesOf,
  clientIdOf,
  isForThisResource,
} from '../token/audience.ts'
import { issuerHint } from '../token/issuer-hint.ts'
import { wrongKind } from '../token/token-kind.ts'
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

/**
 * Walks one token through every step that the gateway takes with it, and on after a step that fails, so that all that is
 * wrong shows at once. The findings name claims and what they must be, never the token itself.
 */
export async function examineToken(
  token: string,
  rooms: TokenExamination,
): Promise<readonly Finding[]> {
  const shape = examineShape(token, rooms)
  if (shape.decoded === undefined) {
    return [...shape.findings, ...(await examineOpaque(token, rooms))]
  }
  const { header, claims } = shape.decoded
  const entry = rooms.providers.find(({ provider }) => provider.issuer === claims.iss)
  const findings = [...shape.findings, examineIssuer(claims, rooms)]
  if (entry === undefined) {
    return [...findings, ...examineTimes(claims, rooms), examineSts(header, claims)]
  }
  return [
    ...findings,
    await examineSignature(token, header, entry),
    ...examineTimes(claims, rooms),
    examineKind(header, claims, entry),
    ...rooms.targets.map((target) => examineAudience(claims, entry, rooms, target)),
    ...examinePrincipal(claims, entry, rooms),
    examineSts(header, claims),
  ]
}

function examineShape(
  token: string,
  { providers }: TokenExamination,
): { findings: Finding[]; decoded?: { header: JWTHeaderParameters; claims: JWTPayload } } {
  const step = 'shape'
  const segments = token.split('.').length
  if (segments !== 3) {
    const introspected = providers.some(({ introspect }) => introspect !== undefined)
    return {
      findings: [
        {
          step,
          outcome: introspected && segments !== 5 ? 'ok' : 'problem',
          text: `${segments} segments: ${segments === 5 ? 'an encrypted token' : 'an opaque token'}`,
          fix: hint(segments === 5 ? 'token_encrypted' : 'token_opaque'),
        },
      ],
    }
  }
  try {
    // The protected header of a JWS has an algorithm; whether it is a good one is checked with the signature.
    const header = decodeProtectedHeader(token) as JWTHeaderParameters
    const claims = decodeJwt(token)
    const described = `alg ${header.alg}, kid ${header.kid ?? '-'}, typ ${header.typ ?? '-'}`
    return {
      findings: [{ step, outcome: 'ok', text: `a signed JWT: ${described}` }],
      decoded: { header, claims },
    }
  } catch {
    return {
      findings: [
        {
          step,
          outcome: 'problem',
          text: 'three segments that are not a JWT',
          fix: 'check that the file holds the access token alone, whole and unquoted',
        },
      ],
    }
  }
}

async function examineOpaque(
  token: string,
  { providers }: TokenExamination,
): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const { provider, introspect } of providers) {
    if (introspect === undefined) continue
    const step = 'introspection'
    try {
      const answer = await introspect(token)
      const active = answer !== undefined
      findings.push({
        step,
        outcome: active ? 'ok' : 'problem',
        text: `${provider.issuer} says that it is ${active ? 'active' : 'not active'}`,
      })
    } catch (error) {
      findings.push({ step, outcome: 'problem', text: causeChain(error) })
    }
  }
  return findings
}

function examineIssuer(claims: JWTPayload, { providers }: TokenExamination): Finding {
  const step = 'issuer'
  const configured = providers.map(({ provider }) => provider)
  if (configured.some(({ issuer }) => issuer === claims.iss)) {
    return { step, outcome: 'ok', text: `${claims.iss} is configured` }
  }
  const named = String(claims.iss)
  return {
    step,
    outcome: 'problem',
    text: `${named} is not configured; there are ${configured.map(({ issuer }) => issuer).join(', ')}`,
    fix: hint(issuerHint(named, configured)) ?? 'add it to the providers, if it is to be trusted',
  }
}

async function examineSignature(
  token: string,
  { alg, kid }: JWTHeaderParameters,
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
    return {
      step,
      outcome: 'problem',
      text: causeChain(error),
      fix:
        error instanceof GatewayError
          ? `check that this machine reaches ${provider.issuer}`
          : hint('key_unknown'),
    }
  }
}

function isAboutClaims(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'ERR_JWT_CLAIM_VALIDATION_FAILED' || error.code === 'ERR_JWT_EXPIRED')
  )
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
  const step = 'kind'
  const kind = wrongKind(provider.preset, header, claims)
  if (kind === undefined) {
    const named = provider.preset === 'google' ? 'an ID token, as Google needs' : 'an access token'
    return { step, outcome: 'ok', text: named }
  }
  return {
    step,
    outcome: 'problem',
    text: kind === 'other' ? `not an access token (typ ${header.typ ?? '-'})` : HINTS[kind],
    fix: 'send the access token of this issuer',
  }
}

function examineAudience(
  claims: JWTPayload,
  { provider }: TrustedProvider,
  { resourceOf }: TokenExamination,
  target: string,
): Finding {
  const step = `audience (${target})`
  const resource = resourceOf(target)
  const named = audiencesOf(claims).join(', ') || 'none'
  const client = clientIdOf(claims) ?? 'none'
  if (isForThisResource(provider, claims, resource)) {
    return { step, outcome: 'ok', text: `${named}, client ${client}` }
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
}

function examinePrincipal(
  claims: JWTPayload,
  { provider }: TrustedProvider,
  rooms: TokenExamination,
): readonly Finding[] {
  const { sub } = claims
  if (typeof sub !== 'string' || sub === '') {
    return [{ step: 'principal', outcome: 'problem', text: 'sub is missing or no text' }]
  }
  const principal = toPrincipal({ provider, claims: { ...claims, iss: provider.issuer, sub } })
  const groups = principal.groups.join(', ') || 'none'
  return [
    {
      step: 'principal',
      outcome: principal.groupsOmitted ? 'warning' : 'ok',
      text: `${principal.machine ? 'machine' : 'person'} ${principal.username ?? principal.subject}, groups ${groups}`,
      fix: principal.groupsOmitted ? HINTS.groups_omitted : undefined,
    },
    examineScopes(principal, provider),
    ...rooms.targets.map((target) => examineRole(principal, rooms, target)),
  ]
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
): Finding {
  const step = `role (${target})`
  try {
    const role = bindRole(principal, target)
    return {
      step,
      outcome: 'ok',
      text: `rule ${role.rule}: ${role.roleArn} as ${role.sessionName} in ${role.region}`,
    }
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    const elsewhere = error.reason === 'target_not_granted'
    return {
      step,
      outcome: elsewhere ? 'warning' : 'problem',
      text: error.message,
      fix: elsewhere
        ? 'add the target to the rule, if that is meant'
        : 'add a rule whose conditions this principal meets',
    }
  }
}

function examineSts(header: JWTHeaderParameters, claims: JWTPayload): Finding {
  const step = 'STS'
  const { accepted, because, clientId } = predictSts(header.alg, claims)
  if (!accepted) return { step, outcome: 'problem', text: because }
  return {
    step,
    outcome: 'ok',
    text: `${because}; the IAM OIDC provider of ${claims.iss} needs the client id ${clientId}`,
  }
}

function hint(name: Hint | undefined): string | undefined {
  return name === undefined ? undefined : HINTS[name]
}
