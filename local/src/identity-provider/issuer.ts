import { randomBytes } from 'node:crypto'
import type { EventEmitter } from 'node:events'

import type { Configuration } from 'oidc-provider'

import { accessTokenCustomizer } from './access-tokens.ts'
import { accountOf, claimNames, personOf } from './accounts.ts'
import { KNOWN_CLIENTS } from './clients.ts'
import { type Dress, mountOf } from './dress.ts'
import { errorPage } from './error-page.ts'
import { createInteraction } from './interaction.ts'
import { errors, Provider } from './oidc-provider.ts'
import { clientIdFor, clientSecretFor } from './registered-clients.ts'
import { resourceIndicators } from './resources.ts'
import type { SigningKey } from './signing-keys.ts'
import { createStore } from './store.ts'

const SIGN_IN_SECONDS = 60 * 60
const REFRESH_TOKEN_SECONDS = 14 * 24 * 60 * 60

export type IssuerOptions = Readonly<{
  dress: Dress
  /** One key, or two: the first signs ID tokens, the last signs access tokens. */
  keys: readonly SigningKey[]
  accessTokenSeconds: number
  onError: (error: unknown) => void
}>

/** One issuer: a request handler that expects URLs below the issuer's path, with the whole path in `originalUrl`. */
export function createIssuer(options: IssuerOptions) {
  const { dress, onError } = options
  const provider = new Provider(dress.issuer, configurationOf(options))
  // Links follow `x-forwarded-*`, which the dispatcher sets to the public origin, whatever name a client dialled.
  provider.proxy = true
  provider.on('server_error', (_ctx, error) => onError(error))
  const app: EventEmitter = provider
  app.on('error', onError)

  const interaction = createInteraction(provider, dress)
  provider.use(async (ctx, next) => {
    if (ctx.path.startsWith('/interaction/')) return interaction(ctx)
    await next()
    if (ctx.oidc?.route === 'discovery') ctx.body = dress.metadataDocument(ctx.body)
    if (ctx.status === 404 && ctx.body === undefined) {
      ctx.body = { error: 'not_found' }
      ctx.status = 404
    }
  })
  return provider.callback()
}

function configurationOf(options: IssuerOptions): Configuration {
  const { dress, keys, accessTokenSeconds } = options

  return {
    adapter: createStore(),
    clients: [...KNOWN_CLIENTS],
    clientDefaults: { application_type: 'native' },
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post'],
    clientBasedCORS: () => true,
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    jwks: { keys: [...keys] },
    responseTypes: ['code'],
    scopes: [...dress.scopes],
    claims: claimNames(dress),
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    rotateRefreshToken: true,
    expiresWithSession: () => false,
    issueRefreshToken: (_ctx, client, source) =>
      client.grantTypeAllowed('refresh_token') &&
      (!dress.refreshNeedsOfflineAccess || source.scopes.has('offline_access')),
    interactions: { url: (_ctx, { uid }) => `${mountOf(dress)}/interaction/${uid}` },
    renderError: (ctx, out, error) => {
      const html = ctx.accepts('json', 'html') === 'html'
      ctx.set('cache-control', 'no-store')
      if (html) errorPage(dress, out, error instanceof errors.SessionNotFound).write(ctx)
      else ctx.body = out
    },
    findAccount: (_ctx, accountId) => {
      const person = personOf(dress, accountId)
      return person && accountOf(dress, person)
    },
    routes: dress.paths,
    ttl: {
      AccessToken: accessTokenSeconds,
      AuthorizationCode: 60,
      ClientCredentials: accessTokenSeconds,
      IdToken: accessTokenSeconds,
      Interaction: SIGN_IN_SECONDS,
      Session: SIGN_IN_SECONDS,
      Grant: REFRESH_TOKEN_SECONDS,
      RefreshToken: REFRESH_TOKEN_SECONDS,
    },
    formats: { customizers: { jwt: accessTokenCustomizer(dress) } },
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      clientCredentials: { enabled: true },
      revocation: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
      },
      registration: {
        enabled: dress.paths.registration !== undefined,
        issueRegistrationAccessToken: false,
        idFactory: (ctx) => clientIdFor({ ...ctx.oidc.body }),
        secretFactory: (ctx) => clientSecretFor(clientIdFor({ ...ctx.oidc.body })),
      },
      resourceIndicators: resourceIndicators(dress, keys.at(-1)?.kid),
    },
  }
}
