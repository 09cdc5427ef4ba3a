/** A session tag (STS: key up to 128, value up to 256 characters). */
export type SessionTag = Readonly<{ key: string; value: string }>

/** How an identity becomes credentials. */
export type ExchangeMode = 'web-identity' | 'assume-role'

/** What a rule gives a principal at a target: role ARN, session name and what bounds the session. */
export type RoleBinding = Readonly<{
  /** Name of the rule that matched. */
  rule: string
  roleArn: string
  sessionName: string
  sessionSeconds: number
  mode: ExchangeMode
  /** Only for `assume-role`: on `web-identity` these come from the token or not at all. */
  externalId: string | undefined
  sourceIdentity: string | undefined
  tags: readonly SessionTag[]
  transitiveTagKeys: readonly string[]
  /** The session policy as JSON text, or undefined for the role's own rights. */
  policy: string | undefined
  /** Managed policies that narrow the session besides. */
  policyArns: readonly string[]
  /** Globs of the tools that this principal may see and call. */
  tools: readonly string[]
  target: string
  /** The region of a request that names none. */
  region: string
  /** Every region that a request may name. */
  regions: readonly string[]
}>
