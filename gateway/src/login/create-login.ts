import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Guard } from '../http/guard.ts'
import type { LoginRoute } from '../http/route.ts'
import type { ClientAddress } from '../limits/client-address.ts'
import { createRateLimit } from '../limits/rate-limit.ts'
import { createRecentEntries } from '../limits/recent-entries.ts'
import type { Log } from '../log.ts'
import { authorizationServer, openidConfiguration } from '../metadata/authorization-server.ts'
import { resourceOf } from '../metadata/protected-resource.ts'
import type { Preset } from '../token/provider.ts'
import { createAuthorize } from './browser/authorize.ts'
import { createCallback } from './browser/callback.ts'
import { createConsent } from './browser/consent.ts'
import { createRequestedTarget } from './browser/requested-target.ts'
import { createAuthenticateClient } from './clients/authenticate-client.ts'
import { createClientSecretOf } from './clients/client-secret.ts'
import { createFetchDocument, type FetchDocument } from './clients/fetch-client-document.ts'
import { createFindClient } from './clients/find-client.ts'
import { createRedirectUriRules } from './clients/redirect-uri.ts'
import { createRegistration } from './clients/registration.ts'
import { createIssuerLogin } from './issuer/create-issuer-login.ts'
import type { IssuerLogin } from './issuer/issuer-login.ts'
import type { LoginRecord } from './login-audit.ts'
import { createLoginDoor } from './login-door.ts'
import { OAuthError } from './oauth-error.ts'
import { createSealedContents, type SealedContents } from './sealed/sealed-contents.ts'
import { createRevocation } from './tokens/revocation.ts'
import { createRevokedFamilies, type RevokedFamilies } from './tokens/revoked-families.ts'
import { createTokenEndpoint } from './tokens/token-endpoint.ts'

/** An issuer that people sign in at, and the gateway's own client there. */
export type LoginProvider = Readonly<{
  preset: Preset
  issuer: string
  clientId: string
  /** Undefined: a public client. */
  clientSecret: string | undefined
  scopes: readonly string[]
  audience: readonly string[]
}>

export type LoginOptions = Readonly<{
  /** The gateway's origin, without a slash at the end; also its name as an issuer. */
  publicUrl: string
  targets: ReadonlyArray<Readonly<{ name: string; region: string }>>
  providers: readonly LoginProvider[]
  /** Every role that a rule may give at a target. */
  rolesAt: (target: string) => ReadonlyArray<Readonly<{ rule: string; roleArn: string }>>
  /** Keys of 32 bytes, newest first. */
  sealKeys: readonly Uint8Array[]
  /** Milliseconds since the epoch. */
  revokeBefore: number | undefined
  accessTokenSeconds: number
  refreshTokenSeconds: number
  refreshGraceSeconds: number
  requireResource: boolean
  customRedirectUris: readonly string[]
  redirectHosts: readonly string[]
  clientMetadataDocuments: boolean
  clientMetadataHosts: readonly string[]
  allowPrivateClientMetadata: boolean
  requestsPerMinutePerAddress: number
  /** Bound of each memory of this process. */
  maxEntries: number
  issuerTimeoutMs: number
  guard: Guard
  clientAddress: ClientAddress
  log: Log
  audit: (record: LoginRecord) => void
  newRequestId: () => string
  /** Milliseconds since the epoch. */
  now: () => number
  /** Instead of those that are made of `providers`. */
  issuerLogins?: readonly IssuerLogin[]
  /** Instead of the one that goes to the network. */
  fetchDocument?: FetchDocument
}>

/** The login facade: the gateway as the authorization server of MCP clients. */
export type Login = Readonly<{
  /** Answers a request. Never rejects. */
  handle: (route: LoginRoute, req: IncomingMessage, res: ServerResponse) => Promise<void>
  /** For the token room, which opens the access tokens. */
  contents: SealedContents
  families: RevokedFamilies
  /** What a person knows the issuers as. */
  issuerNames: readonly string[]
}>

/** How many documents of clients are kept. Each is a few kilobytes, and anyone may name one. */
const CACHED_CLIENT_DOCUMENTS = 1000

/** How many answers to consent pages are kept for a double click; each is a page. */
const KEPT_ANSWERS = 1000

/** Wires the login facade together. Nothing is fetched before the first sign-in. Throws for options that cannot be. */
export function createLogin(options: LoginOptions): Login {
  const { publicUrl, maxEntries, now } = options
  const callbackUrl = `${publicUrl}/oauth/callback`
  const tokenUrl = `${publicUrl}/oauth/token`
  const seal = { keys: options.sealKeys, audience: publicUrl }
  const contents = createSealedContents({ ...seal, revokeBefore: options.revokeBefore, now })
  const families = createRevokedFamilies({ maxEntries, now })
  const newest = createRecentEntries<string>(maxEntries)
  const clientSecretOf = createClientSecretOf(seal)
  const targets = options.targets.map(({ name }) => name)

  const issuerLogins =
    options.issuerLogins ??
    options.providers.map((provider) =>
      createIssuerLogin({ ...provider, callbackUrl, timeoutMs: options.issuerTimeoutMs, now }),
    )
  const issuers = new Map(issuerLogins.map((login) => [login.issuer, login]))
  const redirectUris = createRedirectUriRules({
    customUris: options.customRedirectUris,
    hosts: options.redirectHosts,
    ownOrigin: new URL(publicUrl).origin,
  })
  const requestedTarget = createRequestedTarget({ ...options, targets })
  const findClient = createFindClient({
    contents,
    clientSecretOf,
    documentsAllowed: options.clientMetadataDocuments,
    fetchDocument:
      options.fetchDocument ??
      createFetchDocument({ allowPrivate: options.allowPrivateClientMetadata }),
    metadataHosts: options.clientMetadataHosts,
    allowPrivate: options.allowPrivateClientMetadata,
    cacheEntries: CACHED_CLIENT_DOCUMENTS,
    redirectUris,
    now,
  })
  const authenticate = createAuthenticateClient({
    findClient,
    issuer: publicUrl,
    tokenUrl,
    maxEntries,
    now,
  })
  const newSecret = () => randomBytes(32).toString('base64url')
  const metadata = {
    publicUrl,
    resources: targets.map((target) => resourceOf(publicUrl, target)),
    scopes: options.providers.flatMap(({ scopes }) => scopes),
    clientMetadataDocuments: options.clientMetadataDocuments,
  }
  const regions = new Map(options.targets.map(({ name, region }) => [name, region]))

  const handle = createLoginDoor({
    ...options,
    rateLimit: createRateLimit({
      perMinute: options.requestsPerMinutePerAddress,
      burst: options.requestsPerMinutePerAddress,
      maxKeys: maxEntries,
      now,
    }),
    documents: {
      'server-metadata': authorizationServer(metadata),
      'openid-metadata': openidConfiguration(metadata),
      keys: { keys: [] },
    },
    register: createRegistration({
      contents,
      clientSecretOf,
      redirectUris,
      now,
    }),
    authorize: createAuthorize({
      publicUrl,
      contents,
      issuers,
      findClient,
      redirectUris,
      requestedTarget,
      regionOf: (target) => regions.get(target) ?? '',
      rolesAt: options.rolesAt,
      newSecret,
    }),
    consent: createConsent({ publicUrl, contents, issuers, newSecret, maxEntries: KEPT_ANSWERS }),
    callback: createCallback({ publicUrl, contents, issuers, maxEntries }),
    token: createTokenEndpoint({
      contents,
      issuers,
      authenticate,
      targetFor: (resource, bound) => {
        if (resource === undefined || requestedTarget(resource) === bound) return
        throw new OAuthError('invalid_target', 'resource is not the one that was signed in to')
      },
      scopesOf: (issuer) =>
        options.providers.find((provider) => provider.issuer === issuer)?.scopes ?? [],
      resourceOf: (target) => resourceOf(publicUrl, target),
      accessTokenSeconds: options.accessTokenSeconds,
      refreshTokenSeconds: options.refreshTokenSeconds,
      refreshGraceSeconds: options.refreshGraceSeconds,
      maxEntries,
      families,
      newest,
      newId: newSecret,
      now,
    }),
    revoke: createRevocation({ contents, issuers, authenticate, families, newest }),
  })
  return { handle, contents, families, issuerNames: issuerLogins.map(({ name }) => name) }
}
