/** The dresses that access tokens come in. */
export const PRESETS = [
  'okta',
  'auth0',
  'cognito',
  'entra',
  'keycloak',
  'google',
  'aws-iam',
  'generic',
] as const

export type Preset = (typeof PRESETS)[number]

/** The issuer of identities that are AWS's own: who signed a presigned GetCallerIdentity. */
export const AWS_IAM_ISSUER = 'https://sts.amazonaws.com'

/** One trusted issuer and what its tokens must be. */
export type Provider = Readonly<{
  preset: Preset
  /** Compared with `iss` character by character. */
  issuer: string
  /** Accepted audiences; empty means the protected resource that was asked for (RFC 8707). */
  audience: readonly string[]
  /** Accepted clients; empty means any, except for a Cognito token without `aud`, which then is refused. */
  clientIds: readonly string[]
  /** Scopes that every token must carry. */
  scopes: readonly string[]
  /** Name, or JSON pointer (RFC 6901), of the claim that lists groups, where it is not the preset's. */
  groupsClaim: string | undefined
  /** How opaque tokens are looked up (RFC 7662), where they are. */
  introspection?: Introspection | undefined
  /** The gateway's own client at the issuer, where people sign in through the gateway (`LOGIN_MODE=facade`). */
  ownClientId?: string | undefined
}>

/**
 * Presets whose access tokens STS does not take, or not for what they are: after a sign-in through the gateway their ID
 * token goes there, whose audience is the gateway's own client.
 */
export const ID_TOKEN_FOR_STS: ReadonlySet<Preset> = new Set(['auth0', 'cognito'])

/** The gateway as a client of the issuer's introspection endpoint. */
export type Introspection = Readonly<{ clientId: string; clientSecret: string }>
