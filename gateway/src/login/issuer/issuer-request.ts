import type { Preset } from '../../token/provider.ts'

/** The issuers that people sign in at: every dress but AWS's own identities. */
export type LoginPreset = Exclude<Preset, 'aws-iam'>

/** What decides how the gateway asks one issuer for tokens. */
export type IssuerHabits = Readonly<{
  preset: LoginPreset
  /** The scopes that a token must carry, as the issuer wants to be asked for them. */
  scopes: readonly string[]
  /** Audiences that the operator has configured; empty where tokens name the protected resource itself. */
  audience: readonly string[]
  /** `scopes_supported` of the issuer's metadata. */
  scopesSupported: readonly string[]
}>

/** What a person knows each kind of issuer as; undefined: by its host alone. */
const LABELS: Readonly<Record<LoginPreset, string | undefined>> = {
  okta: 'Okta',
  auth0: 'Auth0',
  cognito: 'Amazon Cognito',
  entra: 'Microsoft Entra ID',
  keycloak: 'Keycloak',
  google: 'Google',
  generic: undefined,
}

/** The name of an issuer on a page: "Okta (example.okta.com)". */
export function issuerName(preset: LoginPreset, issuer: string): string {
  const { host } = new URL(issuer)
  const label = LABELS[preset]
  return label === undefined ? host : `${label} (${host})`
}

/**
 * The scopes to ask for. A refresh token is had by `offline_access` at Okta, Auth0 and Entra ID; Cognito gives one without
 * and refuses the scope; Keycloak gives one for the length of its session; Google has a parameter for it.
 */
export function scopesToAsk({ preset, scopes, scopesSupported }: IssuerHabits): readonly string[] {
  const list = (): readonly string[] => {
    switch (preset) {
      case 'okta':
      case 'auth0':
        return ['openid', ...scopes, 'offline_access']
      case 'cognito':
        return ['openid', ...scopes.filter((scope) => scope !== 'offline_access')]
      case 'entra':
        return ['openid', 'profile', 'offline_access', ...scopes]
      case 'keycloak':
        return ['openid', ...scopes]
      case 'google':
        return ['openid', 'email', 'profile']
      case 'generic': {
        const known = (scope: string) => (scopesSupported.includes(scope) ? [scope] : [])
        return [...known('openid'), ...scopes, ...known('offline_access')]
      }
    }
  }
  return [...new Set(list())]
}

/** The parameters of an authorization request that differ from issuer to issuer, `scope` among them. */
export function authorizationParameters(
  habits: IssuerHabits,
  resource: string,
): Readonly<Record<string, string>> {
  const asked = scopesToAsk(habits)
  const parameters = {
    ...(asked.length > 0 && { scope: asked.join(' ') }),
    ...tokenParameters(habits, resource),
  }
  switch (habits.preset) {
    case 'auth0':
      // Without it the access token is encrypted for Auth0 itself. Auth0 prefers it over `resource`.
      return { ...parameters, audience: habits.audience[0] ?? resource }
    case 'google':
      // Google shows its own consent page, and gives a refresh token with it only.
      return { ...parameters, access_type: 'offline', prompt: 'consent' }
    case 'generic':
      // OpenID Connect Core §11: `offline_access` is ignored without it.
      return asked.includes('openid') && asked.includes('offline_access')
        ? { ...parameters, prompt: 'consent' }
        : parameters
    default:
      return parameters
  }
}

/**
 * The same for a token request: `resource` (RFC 8707 §2.2) for issuers that bind tokens by it. Okta and Google ignore it,
 * Auth0 has `audience`, Entra ID goes by the scopes and refuses a `resource` that differs from them, Cognito binds to
 * resource servers that the pool must know.
 */
export function tokenParameters(
  { preset, audience }: Pick<IssuerHabits, 'preset' | 'audience'>,
  resource: string,
): Readonly<Record<string, string>> {
  switch (preset) {
    case 'generic':
      return { resource }
    case 'keycloak':
      // A configured audience comes from a mapper; a realm with resource indicators refuses what it does not know.
      return audience.length === 0 || audience.includes(resource) ? { resource } : {}
    default:
      return {}
  }
}

/** How the gateway presents its secret. Some issuers take one way only, whatever their metadata lists. */
export function secretMethod(
  preset: LoginPreset,
  methodsSupported: readonly string[] | undefined,
): 'client_secret_basic' | 'client_secret_post' {
  switch (preset) {
    case 'auth0':
    case 'entra':
    case 'google':
      return 'client_secret_post'
    case 'okta':
    case 'cognito':
    case 'keycloak':
      return 'client_secret_basic'
    case 'generic':
      // Basic is what an issuer takes that lists nothing (RFC 8414 §2), and what each must take (RFC 6749 §2.3.1).
      return methodsSupported === undefined || methodsSupported.includes('client_secret_basic')
        ? 'client_secret_basic'
        : 'client_secret_post'
  }
}
