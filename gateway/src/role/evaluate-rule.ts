import type { Principal } from '../principal/principal.ts'
import { claimAt } from '../principal/to-principal.ts'
import { allOf, type Match, type Verdict, verdictOn } from './match.ts'
import type { Conditions } from './rule.ts'

/** Whether a principal meets the conditions of a rule, or cannot be told to. */
export function evaluateRule(principal: Principal, when: Conditions): Verdict {
  return allOf(
    on(principal.issuer, when.issuer),
    on(principal.subject, when.subject),
    on(principal.clientId, when.clientId),
    when.machine === undefined || when.machine === principal.machine ? 'yes' : 'no',
    when.scopes !== undefined && principal.unreadable.includes('scopes')
      ? 'undecidable'
      : on(principal.scopes, when.scopes),
    // A list that the issuer left out because it is too long says nothing about who is in it.
    when.groups !== undefined &&
      (principal.groupsOmitted || principal.unreadable.includes('groups'))
      ? 'undecidable'
      : on(principal.groups, when.groups),
    ...Object.entries(when.claims ?? {}).map(([name, match]) =>
      isEmail(name) && isDoubtful(principal.claims)
        ? 'undecidable'
        : on(claimAt(principal.claims, name), match),
    ),
  )
}

/** The claim of OpenID Connect Core §5.1, by its name or as a JSON pointer. */
function isEmail(name: string): boolean {
  return name === 'email' || name === '/email'
}

/** One local part and one domain (RFC 5321 §4.1.2, without quoted local parts), and no character that is not seen. */
const ADDRESS = /^[^@\s\p{C}"<>(),;:\\]+@[^@\s\p{C}"<>(),;:\\]+$/u

/**
 * Whether an e-mail address is not certainly the person's: the issuer says that nobody has verified it, or it is not one
 * address (`me@evil.example@shop.example`), so that a pattern for its domain is met by somebody of another domain.
 */
function isDoubtful({ email, email_verified: verified }: Principal['claims']): boolean {
  if (email === undefined || email === null) return false
  // Some issuers write it as text.
  const isVerified = verified === undefined || verified === true || verified === 'true'
  return !isVerified || typeof email !== 'string' || !ADDRESS.test(email)
}

function on(value: unknown, match: string | number | boolean | Match | undefined): Verdict {
  if (match === undefined) return 'yes'
  return verdictOn(value, typeof match === 'object' ? match : { is: match })
}
