import { GatewayError } from '../errors.ts'
import type { Principal } from '../principal/principal.ts'
import { claimAt } from '../principal/to-principal.ts'
import type { SessionTag } from './role-binding.ts'

/** STS's character set and length for a tag value (AssumeRole, Tag). */
const VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u

/** What a tag value may be taken from. */
const CLAIM = /^\$\.claims\['([^']+)'\]$/
const FIELDS = ['issuer', 'subject', 'username', 'clientId'] as const

/** Whether a tag value of the configuration is text or one of the expressions that are understood. */
export function isTagTemplate(template: string): boolean {
  if (!template.startsWith('$')) return VALUE.test(template)
  return CLAIM.test(template) || FIELDS.some((field) => template === `$.${field}`)
}

/**
 * The session tags of a principal. Throws `rule_undecidable` where a value is missing, is no single text, or cannot be a
 * tag: a session without one of its tags could be given more than it should.
 */
export function sessionTags(
  principal: Principal,
  templates: Readonly<Record<string, string>>,
): readonly SessionTag[] {
  return Object.entries(templates).map(([key, template]) => {
    const value = tagValue(principal, template)
    if (value === undefined || !VALUE.test(value)) {
      const cause = new Error(`the session tag ${key} has no value, or one that STS does not take`)
      throw new GatewayError('rule_undecidable', { cause })
    }
    return { key, value }
  })
}

function tagValue(principal: Principal, template: string): string | undefined {
  if (!template.startsWith('$')) return template
  const field = FIELDS.find((name) => template === `$.${name}`)
  if (field !== undefined) return principal[field]
  const name = CLAIM.exec(template)?.[1]
  const value = name === undefined ? undefined : claimAt(principal.claims, name)
  const single: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value
  return typeof single === 'string' || typeof single === 'number' ? String(single) : undefined
}
