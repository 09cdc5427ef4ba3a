/**
 * What the owner of a refused token can do about it. Each is true of a whole class of tokens and says nothing of this
 * one's content, so it may be told to whoever presents such a token.
 */
export const HINTS = {
  token_encrypted:
    'it is encrypted, which Auth0 does when no API was asked for: ask for a token with this resource as resource or audience',
  token_opaque:
    'it is opaque: ask the issuer for a token with this resource as its audience; a Google access token cannot be used, its ID token can',
  issuer_slash: 'its issuer differs from the configured one only by the slash at the end',
  issuer_letter_case: 'its issuer differs from the configured one only by upper and lower case',
  issuer_okta_org:
    'it is from the org authorization server of Okta, whose tokens only Okta may read: ask a custom authorization server (/oauth2/default)',
  issuer_cognito_host:
    'it is from the other issuer host of the same Cognito user pool: cognito-idp and issuer-cognito-idp are two issuers',
  issuer_entra_v1:
    'it is a version 1 token of Entra ID: set requestedAccessTokenVersion to 2 in the manifest of the API’s app registration',
  issuer_entra_v2:
    'it is a version 2 token of Entra ID, and version 1 is configured: set requestedAccessTokenVersion to 1, or configure the v2.0 issuer',
  issuer_other_tenant: 'it is from another tenant or authorization server of the configured host',
  algorithm_shared_secret:
    'it is signed with a shared secret (HS256): choose RS256 as the signing algorithm of the API',
  key_unknown: 'it is signed with a key that the issuer does not publish',
  clock: 'it is from the future: the clocks of the issuer and the gateway differ',
  id_token: 'it is an ID token: send the access token',
  refresh_token: 'it is a refresh token: send the access token',
  graph_token:
    'it is for Microsoft Graph: request a scope of this API by its full name (api://…/scope)',
  userinfo_only:
    'it is for the userinfo endpoint only: no API was asked for as audience or resource',
  audience_default_account:
    'its audience is "account": add an audience mapper for this resource to a client scope in Keycloak',
  cognito_unbound:
    'it has no audience and its client is not among the configured ones (OIDC_CLIENT_ID)',
  client_not_listed: 'its client is not among the configured ones (OIDC_CLIENT_ID)',
  groups_omitted:
    'its groups were too many for the token, so it names none: assign app roles and set the groups claim to roles',
} as const satisfies Record<string, string>

export type Hint = keyof typeof HINTS
