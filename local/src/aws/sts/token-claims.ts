import { AwsError } from '../aws-error.ts'
import { isStructure } from '../input.ts'
import { areSessionTags } from './session-tags.ts'
import { invalidIdentityToken } from './sts-errors.ts'

const TOLERANCE_SECONDS = 300
const TAGS = 'https://aws.amazon.com/tags'
const SOURCE_IDENTITY = 'https://aws.amazon.com/source_identity'
const ROLES = 'https://aws.amazon.com/roles'

/** What STS takes from a web identity token. */
export type WebIdentity = Readonly<{
  issuer: string
  subject: string
  /** The audience that decides: `azp` when the token has one, its single `aud` otherwise. */
  audience: string
  /** `aud` as the token has it. */
  originalAudience: readonly string[]
  amr: readonly string[] | undefined
  email: string | undefined
  tags: Readonly<Record<string, string>>
  transitiveTagKeys: readonly string[]
  sourceIdentity: string | undefined
  /** Role ARNs that the issuer pins this token to; undefined when the claim is absent. */
  roles: readonly string[] | undefined
}>

type Claims = Readonly<Record<string, unknown>>

/** Reads and judges the claims of a token whose signature is verified, by the rules of STS. */
export function readClaims(claims: Claims, now: Date): WebIdentity {
  for (const name of ['iss', 'sub', 'aud', 'iat', 'exp']) {
    if (!Object.hasOwn(claims, name)) {
      throw invalidIdentityToken(`Missing a required claim: ${name}`)
    }
  }
  checkTimes(claims, now)
  const originalAudience = strings(claims.aud, 'aud')
  const { email } = claims
  return {
    issuer: oneString(claims.iss, 'iss'),
    subject: subjectOf(claims.sub),
    audience: audienceOf(claims, originalAudience),
    originalAudience,
    amr: claims.amr === undefined ? undefined : strings(claims.amr, 'amr'),
    email: typeof email === 'string' ? email : undefined,
    ...tagsOf(claims),
    sourceIdentity: sourceIdentityOf(claims[SOURCE_IDENTITY]),
    roles: rolesOf(claims[ROLES]),
  }
}

function checkTimes(claims: Claims, now: Date): void {
  const seconds = Math.floor(now.getTime() / 1000)
  const expires = timestamp(claims.exp)
  if (timestamp(claims.iat) > seconds + TOLERANCE_SECONDS) {
    throw invalidIdentityToken('The provided token was issued in the future')
  }
  if (claims.nbf !== undefined && timestamp(claims.nbf) > seconds + TOLERANCE_SECONDS) {
    throw invalidIdentityToken('The provided token is not valid yet')
  }
  if (expires + TOLERANCE_SECONDS <= seconds) {
    const text = `Token expired: current date/time ${seconds} must be before the expiration date/time ${expires}`
    throw new AwsError('ExpiredTokenException', text)
  }
}

/** Timestamps are whole seconds, as numbers or as strings of digits; fractions are refused. */
function timestamp(value: unknown): number {
  if (Number.isSafeInteger(value)) return Number(value)
  if (typeof value === 'string' && /^\d{1,15}$/.test(value)) return Number(value)
  throw invalidIdentityToken('Timestamps in the token must be formatted as integers')
}

function subjectOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return String(value)
  if (value === null) {
    // Strange, but so does STS.
    const text = 'Unknown error validating third-party token'
    throw new AwsError('InternalFailure', text, { status: 500 })
  }
  throw invalidIdentityToken('The claim sub is not valid')
}

function audienceOf(claims: Claims, audiences: readonly string[]): string {
  if (Object.hasOwn(claims, 'azp')) return oneString(claims.azp, 'azp')
  const [audience] = audiences
  if (audience !== undefined && audiences.length === 1) return audience
  throw invalidIdentityToken(
    'Token audience contains more than one audience while authorized party is not present',
  )
}

function tagsOf(claims: Claims): Pick<WebIdentity, 'tags' | 'transitiveTagKeys'> {
  const nested = claims[TAGS]
  const tags: Record<string, string> = {}
  let transitiveTagKeys: readonly string[] = []
  if (nested !== undefined) {
    if (!isStructure(nested)) throw badTags()
    const principal = nested.principal_tags ?? {}
    if (!isStructure(principal)) throw badTags()
    for (const [key, value] of Object.entries(principal)) {
      // Nested values are lists of exactly one string; a plain string is refused.
      if (!Array.isArray(value) || value.length !== 1) throw badTags()
      tags[key] = oneString(value[0], `${TAGS} ${key}`)
    }
    transitiveTagKeys = strings(nested.transitive_tag_keys ?? [], 'transitive_tag_keys')
  }
  const flat = `${TAGS}/principal_tags/`
  for (const [name, value] of Object.entries(claims)) {
    if (name.startsWith(flat)) tags[name.slice(flat.length)] = oneString(value, name)
  }
  const flatKeys = claims[`${TAGS}/transitive_tag_keys`]
  if (flatKeys !== undefined) transitiveTagKeys = strings(flatKeys, 'transitive_tag_keys')
  if (!areSessionTags(Object.entries(tags), transitiveTagKeys)) throw badTags()
  return { tags, transitiveTagKeys }
}

function badTags() {
  return invalidIdentityToken('principal_tags passed in claim is not in correct format.')
}

function sourceIdentityOf(value: unknown): string | undefined {
  if (value === undefined) return undefined
  const text = oneString(value, SOURCE_IDENTITY)
  if (/^[\w+=,.@-]{2,64}$/.test(text)) return text
  throw invalidIdentityToken('The source identity claim is not valid')
}

function rolesOf(value: unknown): readonly string[] | undefined {
  if (value === undefined) return undefined
  return typeof value === 'string' ? value.split(';') : strings(value, ROLES)
}

function strings(value: unknown, name: string): readonly string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value
  throw invalidIdentityToken(`The claim ${name} is not valid`)
}

function oneString(value: unknown, name: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw invalidIdentityToken(`The claim ${name} is not valid`)
}
