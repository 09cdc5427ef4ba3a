import { randomBytes } from 'node:crypto'
import type { EventEmitter } from 'node:events'

import type { AdapterFactory, Configuration } from 'oidc-provider'

import type { Person } from '../world.ts'
import { accessTokenCustomizer } from './access-tokens.ts'
import { accountOf, claimNames, personOf } from './accounts.ts'
import { knownClients } from './clients.ts'
import { type Dress, mountOf } from './dress.ts'
import { useEnvelope } from './envelope.ts'
import { errorPage } from './error-page.ts'
import { createInteraction } from './interaction.ts'
import { type KeyRing, publishedKeys } from './key-ring.ts'
import { errors, Provider } from './oidc-provider.ts'
import { rotates, tellsRefreshToken } from './refresh-answer.ts'
import { clientIdFor, clientSecretFor } from './registered-clients.ts'
import { resourceIndicators } from './resources.ts'
import { createStore } from './store.ts'
import { createStructuredTokens, mayIntrospect, type RevokedTokens } from './structured-tokens.ts'

const SIGN_IN_SECONDS = 60 * 60
const REFRESH_TOKEN_SECONDS = 14 * 24 * 60 * 60

/** What an issuer keeps when another instance takes its place: grants, tokens, open sign-ins. */
export type IssuerMemory = Readonly<{
  store: AdapterFactory
  cookieKey: string
  revoked: RevokedTokens
}>

/** An empty memory of one issuer, with a cookie key of its own. */
export function createMemory({ refreshGives }: Pick<Dress, 'refreshGives'>): IssuerMemory {
  return {
    store: createStore({ usedRefreshTokensStayGood: refreshGives === 'another' }),
    cookieKey: randomBytes(32).toString('base64url'),
    revoked: new Set(),
  }
}

export type IssuerOptions = Readonly<{
  dress: Dress
  /** Who can sign in. */
  people: readonly Person[]
  keys: KeyRing
  memory: IssuerMemory
  accessTokenSeconds: number
  /** The public origin of the gateway, which is a client of the issuer. */
  gatewayOrigin: string
  onError: (error: unknown) => void
}>

/** One issuer: a request handler that expects URLs below the issuer's path, with the whole path in `originalUrl`. */
export function createIssuer(options: IssuerOptions) {
  const { dress, people, keys, memory, onError } = options
  const provider = new Provider(dress.issuer, configurationOf(options))
  // Links follow `x-forwarded-*`, which the dispatcher sets to the public origin, whatever name a client dialled.
  provider.proxy = true
  provider.on('server_error', (_ctx, error) => onError(error))
  const app: EventEmitter = provider
  app.on('error', onError)

  if (dress.envelope !== undefined) useEnvelope(provider, dress.envelope)

  const interaction = createInteraction(provider, dress, people)
  const answerStructured = createStructuredTokens(dress, publishedKeys(keys), memory.revoked)
  provider.use(async (ctx, next) => {
    if (ctx.path.startsWith('/interaction/')) return interaction(ctx)
    await next()
    if (ctx.oidc?.route === 'discovery') ctx.body = dress.metadataDocument(ctx.body)
    if (ctx.oidc?.route === 'jwks' && dress.publishedKey !== undefined) {
      ctx.body = { keys: ctx.body.keys.map(dress.publishedKey) }
    }
    if (ctx.oidc?.route === 'token' && !tellsRefreshToken(dress, ctx.oidc)) {
      const { refresh_token: _old, ...rest } = ctx.body
      ctx.body = rest
    }
    if (ctx.oidc !== undefined) await answerStructured(ctx.oidc, ctx)
    if (ctx.status === 404 && ctx.body === undefined) {
      ctx.body = { error: 'not_found' }
      ctx.status = 404
    }
  })
  return provider.callback()
}

function configurationOf(options: IssuerOptions): Configuration {
  const { dress, people, keys, memory, accessTokenSeconds } = options
  const accessTokenKid = keys.current.at(-1)?.kid

  return {
    adapter: memory.store,
    clients: knownClients(dress, options.gatewayOrigin),
    clientDefaults: { application_type: 'native' },
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post'],
    clientBasedCORS: () => true,
    cookies: { keys: [memory.cookieKey] },
    jwks: { keys: [...publishedKeys(keys)] },
    responseTypes: ['code'],
    scopes: [...dress.scopes],
    claims: claimNames(dress, people),
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    rotateRefreshToken: ({ oidc }) => rotates(dress, oidc.client),
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
    findAccount: (ctx, accountId) => {
      const person = personOf(people, dress, accountId)
      return person && accountOf(dress, person, ctx.oidc.client?.clientId ?? '')
    },
    extraTokenClaims: (_ctx, token) => {
      const accountId = 'accountId' in token ? token.accountId : undefined
      return dress.introspected?.(personOf(people, dress, accountId), String(token.clientId))
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
    formats: { customizers: { jwt: accessTokenCustomizer(dress, people) } },
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      clientCredentials: { enabled: dress.machines },
      introspection: {
        enabled: dress.paths.introspection !== undefined,
        allowedPolicy: (_ctx, client) => mayIntrospect(client),
      },
      revocation: {
        enabled: dress.paths.revocation !== undefined,
        allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
      },
      registration: {
        enabled: dress.paths.registration !== undefined,
        issueRegistrationAccessToken: false,
        idFactory: (ctx) => clientIdFor({ ...ctx.oidc.body }),
        secretFactory: (ctx) => clientSecretFor(clientIdFor({ ...ctx.oidc.body })),
      },
      resourceIndicators: resourceIndicators(dress, accessTokenKid),
    },
  }
}
