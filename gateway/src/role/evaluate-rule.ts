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
      on(claimAt(principal.claims, name), match),
    ),
  )
}

function on(value: unknown, match: string | number | boolean | Match | undefined): Verdict {
  if (match === undefined) return 'yes'
  return verdictOn(value, typeof match === 'object' ? match : { is: match })
}
