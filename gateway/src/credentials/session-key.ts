import { createHash } from 'node:crypto'
import type { AwsCredentials } from './aws-credentials.ts'
import type { ExchangeRequest } from './exchange.ts'

/**
 * Claims that a trust policy may ask for (IAM, "Available keys for AWS web identity federation"), so that a token with
 * `amr` "mfa" does not get its session for a later one without.
 */
const STS_CLAIMS: ReadonlySet<string> = new Set(['aud', 'azp', 'amr', 'email', 'sub'])
/** Session tags, source identity and pinned roles. */
const AWS_CLAIM = 'https://aws.amazon.com/'

/** A hash over everything that changes what STS answers or to whom the answer may be given. */
export function sessionKey({ role, ...request }: ExchangeRequest): string {
  return hash([
    role.mode,
    request.issuer,
    request.subject,
    request.clientId ?? null,
    [...request.groups].sort(),
    [...request.scopes].sort(),
    // STS sees the token in one mode only; in the other, what claims decide is in the binding.
    role.mode === 'web-identity' ? claimsForSts(request.claims) : null,
    role.roleArn,
    role.sessionName,
    role.sessionSeconds,
    role.externalId ?? null,
    role.sourceIdentity ?? null,
    role.tags.map(({ key, value }) => [key, value]).sort(byKey),
    [...role.transitiveTagKeys].sort(),
    role.policy ?? null,
    [...role.policyArns].sort(),
    role.target,
    role.region,
  ])
}

/** A hash over what a session narrowed for one token depends on: the session and the token. */
export function scopedKey(session: AwsCredentials, token: string): string {
  return hash([session.accessKeyId, token])
}

function claimsForSts(claims: ExchangeRequest['claims']) {
  return Object.entries(claims)
    .filter(([name]) => STS_CLAIMS.has(name) || name.startsWith(AWS_CLAIM))
    .sort(byKey)
}

function byKey([left]: readonly unknown[], [right]: readonly unknown[]): number {
  return String(left) < String(right) ? -1 : 1
}

function hash(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
