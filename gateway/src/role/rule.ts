/** What a rule asks of a principal; every condition that is given must hold. */
export type Conditions = Readonly<{
  issuer?: string | undefined
  subject?: string | undefined
  /** The principal is in all of these groups. */
  groups?: Readonly<{ has: readonly string[] }> | undefined
  /** The token carries all of these scopes. */
  scopes?: Readonly<{ has: readonly string[] }> | undefined
  /** `true` for machines only, `false` for people only. */
  machine?: boolean | undefined
}>

/** One line of the rules: who gets which role where. */
export type Rule = Readonly<{
  name: string
  when: Conditions
  targets: readonly string[]
  role: string
  sessionSeconds: number
  policy: 'cloudwatch-read' | 'none'
  tools: readonly string[]
}>
