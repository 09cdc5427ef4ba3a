import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  calculatePKCECodeChallenge,
  customFetch,
  None,
  refreshTokenGrant,
  type ServerMetadata,
  tokenRevocation,
} from 'openid-client'
import { causeChain } from '../../log.ts'
import { createFetchText, discoverMetadata } from '../../token/discovery.ts'
import type { Preset } from '../../token/provider.ts'
import { createCachedLoad } from './cached-load.ts'
import { formEncoded, issuerFailure, issuerUnavailable, RETRY_SECONDS } from './issuer-failure.ts'
import type { IssuerLogin } from './issuer-login.ts'
import { type LoginMetadata, readLoginMetadata } from './issuer-metadata.ts'
import {
  authorizationParameters,
  type IssuerHabits,
  issuerName,
  scopesToAsk,
  secretMethod,
  tokenParameters,
} from './issuer-request.ts'
import { chooseTokens } from './issuer-tokens.ts'
import { limitedFetch } from './limited-fetch.ts'

/** Metadata older than this is fetched again, behind the back of those who wait. Milliseconds. */
const METADATA_FRESH_MS = 60 * 60 * 1000

const CODE_ENDED = 'the code has been used or has expired: sign in again'
const SIGN_IN_ENDED = 'the sign-in has ended at the identity provider: sign in again'

export type IssuerLoginOptions = Readonly<{
  preset: Preset
  issuer: string
  /** The gateway's own client at the issuer. */
  clientId: string
  /** Without one it is a public client. */
  clientSecret?: string | undefined
  /** The provider's configured scopes, as the issuer wants to be asked for them. */
  scopes: readonly string[]
  /** The provider's configured audiences. */
  audience: readonly string[]
  /** The redirect URI that is registered there. */
  callbackUrl: string
  timeoutMs: number
  now: () => number
}>

/**
 * The gateway as a client of one issuer: authorization code with PKCE S256, whatever the issuer advertises (RFC 9700
 * §2.1.1), nonce where an ID token is asked for, `iss` compared (RFC 9207). The metadata is discovered with the first
 * request. ID tokens are checked but for their signature, which comes over TLS from the token endpoint (OpenID Connect
 * Core §3.1.3.7, item 6); the token room and STS verify it with every use. An issuer without TLS is used where its URL
 * says http: whether one may be configured is decided before this. Throws at once for a preset that nobody signs in at.
 */
export function createIssuerLogin(options: IssuerLoginOptions): IssuerLogin {
  const { preset, issuer, clientId, clientSecret = '', callbackUrl, now } = options
  if (preset === 'aws-iam') throw new Error('nobody signs in at aws-iam')
  const { scopes, audience } = options
  const ownSecrets = clientSecret === '' ? [] : [clientSecret, basicOf(clientId, clientSecret)]
  const fetchText = createFetchText({ timeoutMs: options.timeoutMs })

  const discovered = createCachedLoad(
    async () => {
      try {
        const { document } = await discoverMetadata(issuer, fetchText)
        const metadata = readLoginMetadata(document, issuer)
        return { configuration: configurationFor(document, metadata), metadata }
      } catch (error) {
        throw issuerUnavailable(new Error(`${issuer}: ${causeChain(error)}`))
      }
    },
    { cooldownMs: RETRY_SECONDS * 1000, freshMs: METADATA_FRESH_MS, now },
  )

  const configurationFor = (
    document: Readonly<Record<string, unknown>>,
    metadata: LoginMetadata,
  ): Configuration => {
    // What the library needs of it has been read above; the rest is for the library to check.
    const server = { ...document, issuer } as ServerMetadata
    const configuration = new Configuration(
      server,
      clientId,
      undefined,
      authenticationOf(secretMethod(preset, metadata.secretMethodsSupported), clientSecret),
    )
    configuration.timeout = options.timeoutMs / 1000
    configuration[customFetch] = limitedFetch
    if (new URL(issuer).protocol === 'http:') allowInsecureRequests(configuration)
    return configuration
  }

  const habitsIn = ({ scopesSupported }: LoginMetadata): IssuerHabits => {
    return { preset, scopes, audience, scopesSupported }
  }

  const asksForIdToken = (metadata: LoginMetadata): boolean =>
    scopesToAsk(habitsIn(metadata)).includes('openid')

  return {
    issuer,
    preset,
    name: issuerName(preset, issuer),
    authorizationUrl: async ({ state, nonce, verifier, resource }) => {
      const { configuration, metadata } = await discovered()
      return buildAuthorizationUrl(configuration, {
        redirect_uri: callbackUrl,
        ...authorizationParameters(habitsIn(metadata), resource),
        state,
        ...(asksForIdToken(metadata) && { nonce }),
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      })
    },
    acceptsIss: async (iss) => {
      const { metadata } = await discovered()
      return iss === undefined ? !metadata.sendsIss : iss === issuer
    },
    redeem: async ({ code, iss, state, verifier, nonce, resource }) => {
      const { configuration, metadata } = await discovered()
      const callback = new URL(callbackUrl)
      callback.search = String(
        new URLSearchParams({ code, state, ...(iss !== undefined && { iss }) }),
      )
      try {
        const answer = await authorizationCodeGrant(
          configuration,
          callback,
          {
            pkceCodeVerifier: verifier,
            expectedState: state,
            ...(asksForIdToken(metadata) && { expectedNonce: nonce }),
          },
          tokenParameters({ preset, audience }, resource),
        )
        return chooseTokens(preset, answer, { previous: undefined, now: now() })
      } catch (error) {
        throw issuerFailure(error, { ended: CODE_ENDED, secrets: [code, verifier, ...ownSecrets] })
      }
    },
    refresh: async (refreshToken, resource, previous) => {
      const { configuration } = await discovered()
      try {
        const answer = await refreshTokenGrant(
          configuration,
          refreshToken,
          tokenParameters({ preset, audience }, resource),
        )
        const before = previous ?? { idToken: undefined, subject: undefined }
        return chooseTokens(preset, answer, { previous: before, now: now() })
      } catch (error) {
        throw issuerFailure(error, { ended: SIGN_IN_ENDED, secrets: [refreshToken, ...ownSecrets] })
      }
    },
    revoke: async (refreshToken) => {
      const { configuration, metadata } = await discovered()
      if (!metadata.hasRevocation) return
      try {
        await tokenRevocation(configuration, refreshToken, { token_type_hint: 'refresh_token' })
      } catch (error) {
        throw issuerFailure(error, { ended: SIGN_IN_ENDED, secrets: [refreshToken, ...ownSecrets] })
      }
    },
  }
}

/** What the library writes behind `Basic`. */
function basicOf(clientId: string, secret: string): string {
  return Buffer.from(`${formEncoded(clientId)}:${formEncoded(secret)}`).toString('base64')
}

function authenticationOf(
  method: 'client_secret_basic' | 'client_secret_post',
  secret: string,
): ClientAuth {
  if (secret === '') return None()
  return method === 'client_secret_post' ? ClientSecretPost(secret) : ClientSecretBasic(secret)
}
