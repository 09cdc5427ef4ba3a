import type { Match } from './match.ts'
import type { ExchangeMode } from './role-binding.ts'

/** What a rule asks of a principal; every condition that is given must hold. */
export type Conditions = Readonly<{
  issuer?: string | Match | undefined
  subject?: string | Match | undefined
  clientId?: string | Match | undefined
  groups?: Omit<Match, 'is'> | undefined
  scopes?: Omit<Match, 'is'> | undefined
  /** Any claim, by its exact name or as a JSON pointer. */
  claims?: Readonly<Record<string, string | number | boolean | Match>> | undefined
  /** `true` for machines only, `false` for people only. */
  machine?: boolean | undefined
}>

/** One line of the rules: who gets which role where. */
export type Rule = Readonly<{
  name: string
  when: Conditions
  targets: readonly string[]
  role: string
  mode?: ExchangeMode | undefined
  sessionSeconds: number
  /** A built-in session policy by name, or one's own as JSON text. */
  policy: 'cloudwatch-read' | 'none' | Readonly<{ document: string }>
  policyArns?: readonly string[] | undefined
  tools: readonly string[]
  /** Only with `assume-role`. */
  externalId?: string | undefined
  /** Only with `assume-role`: whether the session carries the principal's source identity; true unless set. */
  sourceIdentity?: boolean | undefined
  /** Only with `assume-role`: tag values by key, as text or as `$.issuer`, `$.subject`, `$.claims['name']`. */
  tags?: Readonly<Record<string, string>> | undefined
  transitiveTags?: readonly string[] | undefined
}>
