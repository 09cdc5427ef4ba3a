import { type JWTPayload, SignJWT } from 'jose'
import {
  type AuthenticateClient,
  createAuthenticateClient,
} from '../../src/login/clients/authenticate-client.ts'
import type { FindClient } from '../../src/login/clients/client.ts'
import { type ClientSecretOf, createClientSecretOf } from '../../src/login/clients/client-secret.ts'
import { DocumentError } from '../../src/login/clients/document-error.ts'
import type { FetchDocument } from '../../src/login/clients/fetch-client-document.ts'
import { createFindClient } from '../../src/login/clients/find-client.ts'
import {
  createRedirectUriRules,
  type RedirectUriRules,
} from '../../src/login/clients/redirect-uri.ts'
import {
  createRegistration,
  type RegistrationAnswer,
} from '../../src/login/clients/registration.ts'
import { parametersIn } from '../../src/login/parameters.ts'
import {
  createSealedContents,
  type SealedContents,
} from '../../src/login/sealed/sealed-contents.ts'
import { type SigningKey, signingKey } from './signing-key.ts'

export const ISSUER = 'https://gateway.example.com'
export const TOKEN_URL = `${ISSUER}/oauth/token`
export const CURSOR_URI = 'cursor://anysphere.cursor-mcp/oauth/callback'

/** The part of the login facade that knows clients. */
export type KnownClients = Readonly<{
  contents: SealedContents
  clientSecretOf: ClientSecretOf
  rules: RedirectUriRules
  register: (document: unknown) => Promise<RegistrationAnswer>
  find: FindClient
  authenticate: AuthenticateClient
  /** Authenticates a request of the token endpoint. */
  present: (
    form: Readonly<Record<string, string>>,
    authorization?: string,
  ) => ReturnType<AuthenticateClient>
  /** Addresses that were fetched, in order. */
  fetched: readonly string[]
}>

/** `documents`: what is published at an address, as text or as JSON; read anew at every fetch. */
export function createKnownClients(
  options: {
    documents?: Record<string, unknown>
    fetchDocument?: FetchDocument
    maxAgeSeconds?: number
    keys?: readonly Uint8Array[]
    audience?: string
    hosts?: readonly string[]
    customUris?: readonly string[]
    documentsAllowed?: boolean
    metadataHosts?: readonly string[]
    allowPrivate?: boolean
    maxEntries?: number
    now?: () => number
  } = {},
): KnownClients {
  const now = options.now ?? (() => Date.now())
  const keys = options.keys ?? [new Uint8Array(32).fill(7)]
  const audience = options.audience ?? ISSUER
  const fetched: string[] = []
  const fromDocuments: FetchDocument = async (url) => {
    fetched.push(url.href)
    const document = options.documents?.[url.href]
    if (document === undefined) {
      throw new DocumentError('unusable', 'it answers with status 404, not 200')
    }
    const text = typeof document === 'string' ? document : JSON.stringify(document)
    return { text, maxAgeSeconds: options.maxAgeSeconds }
  }
  const contents = createSealedContents({ keys, audience, revokeBefore: undefined, now })
  const clientSecretOf = createClientSecretOf({ keys, audience })
  const redirectUris = createRedirectUriRules({
    customUris: options.customUris ?? [CURSOR_URI],
    hosts: options.hosts ?? [],
  })
  const find = createFindClient({
    documentsAllowed: options.documentsAllowed ?? true,
    contents,
    clientSecretOf,
    fetchDocument: options.fetchDocument ?? fromDocuments,
    metadataHosts: options.metadataHosts ?? [],
    allowPrivate: options.allowPrivate ?? false,
    cacheEntries: 100,
    redirectUris,
    now,
  })
  const authenticate = createAuthenticateClient({
    findClient: find,
    issuer: ISSUER,
    tokenUrl: TOKEN_URL,
    now,
    maxEntries: options.maxEntries ?? 100,
  })
  return {
    contents,
    clientSecretOf,
    rules: redirectUris,
    register: createRegistration({ contents, clientSecretOf, redirectUris, now }),
    find,
    authenticate,
    present: async (form, authorization) =>
      authenticate({ form: parametersIn(new URLSearchParams(form).toString()), authorization }),
    fetched,
  }
}

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** A client's assertion (RFC 7523 §3) as it ought to be; what is given replaces or, where undefined, removes a claim. */
export async function assertionOf(
  clientId: string,
  {
    key,
    header = {},
    claims = {},
    nowMs = Date.now(),
  }: {
    key?: SigningKey
    header?: Readonly<Record<string, unknown>>
    claims?: Readonly<Record<string, unknown>>
    nowMs?: number
  } = {},
): Promise<string> {
  const { privateKey, alg, kid } = key ?? (await signingKey('client'))
  const seconds = Math.floor(nowMs / 1000)
  const payload: JWTPayload = {
    iss: clientId,
    sub: clientId,
    aud: TOKEN_URL,
    iat: seconds,
    exp: seconds + 60,
    jti: crypto.randomUUID(),
    ...claims,
  }
  return new SignJWT(payload).setProtectedHeader({ alg, kid, ...header }).sign(privateKey)
}

/** HTTP Basic as the SDK's client writes it. */
export function basic(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
}

/** What a promise rejects with; fails where it does not. */
export async function rejectionOf(attempt: Promise<unknown>): Promise<unknown> {
  try {
    await attempt
  } catch (error) {
    return error
  }
  throw new Error('it was not refused')
}

/** What each of several promises rejects with. */
export function rejectionsOf(attempts: ReadonlyArray<Promise<unknown>>): Promise<unknown[]> {
  return Promise.all(attempts.map((attempt) => rejectionOf(attempt)))
}
