/** What a rule gives a principal at a target: role ARN, session name and what bounds the session. */
export type RoleBinding = Readonly<{
  /** Name of the rule that matched. */
  rule: string
  roleArn: string
  sessionName: string
  sessionSeconds: number
  /** The session policy as JSON text, or undefined for the role's own rights. */
  policy: string | undefined
  /** Globs of the tools that this principal may see and call. */
  tools: readonly string[]
  target: string
  region: string
}>
