/** The claims of a verified token, as the issuer wrote them. */
export type Claims = Readonly<Record<string, unknown>>

/** Who is asking: a person or a machine. Carries no token and no credentials. */
export type Principal = Readonly<{
  /** The exact `iss` of the token. */
  issuer: string
  /** The stable id of the person or machine at that issuer. */
  subject: string
  /** A name for people to read; may change over time, so nothing is decided by it. */
  username: string | undefined
  /** The OAuth client that got the token. */
  clientId: string | undefined
  groups: readonly string[]
  /** The issuer left the groups out because they are too many; `groups` is then not the whole truth. */
  groupsOmitted: boolean
  /** Lists that the token has in a form that cannot be read as one: what is in them is not known. */
  unreadable: ReadonlyArray<'groups' | 'scopes'>
  scopes: readonly string[]
  machine: boolean
  claims: Claims
}>
