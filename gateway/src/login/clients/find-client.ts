import { OAuthError } from '../oauth-error.ts'
import type { SealedContents } from '../sealed/sealed-contents.ts'
import type { Client, FindClient } from './client.ts'
import { clientIn, documentUrlIn, isDocumentUrl, MAX_DOCUMENT_BYTES } from './client-document.ts'
import { createKeysAt } from './client-keys.ts'
import type { ClientSecretOf } from './client-secret.ts'
import { createDocumentCache } from './document-cache.ts'
import { DocumentError, documentRefusal } from './document-error.ts'
import type { FetchDocument } from './fetch-client-document.ts'
import { isJsonObject, jsonIn } from './json-object.ts'
import type { RedirectUriRules } from './redirect-uri.ts'
import { MAX_CLIENT_ID_CHARACTERS } from './registration.ts'

/**
 * Finds clients by their id: a sealed registration, or the address of a metadata document. The redirect URIs of both are judged
 * by the rules of now, so a rule that is tightened holds for clients that are known already.
 */
export function createFindClient(options: {
  contents: Pick<SealedContents, 'client'>
  clientSecretOf: ClientSecretOf
  /** Whether a client may be known by the address of its metadata document. */
  documentsAllowed: boolean
  fetchDocument: FetchDocument
  /** Host names of documents, or patterns of them (`*.example.com`); none: any. */
  metadataHosts: readonly string[]
  /** `dangerouslyAllowPrivateClientMetadata`. */
  allowPrivate: boolean
  cacheEntries: number
  redirectUris: Pick<RedirectUriRules, 'problemOf'>
  /** Milliseconds since the epoch. */
  now: () => number
}): FindClient {
  const { fetchDocument, redirectUris: rules, cacheEntries, now } = options
  const keysAt = createKeysAt({ fetchDocument, maxEntries: cacheEntries, now })
  const documents = createDocumentCache<Client>({
    load: async (address) => {
      const url = new URL(address)
      const { text, maxAgeSeconds } = await fetchDocument(url, MAX_DOCUMENT_BYTES)
      const document = jsonIn(text)
      if (!isJsonObject(document)) throw new DocumentError('unusable', 'it is not a JSON object')
      return { value: clientIn(document, url, { redirectUris: rules, keysAt }), maxAgeSeconds }
    },
    maxEntries: cacheEntries,
    now,
  })

  const documented = async (clientId: string): Promise<Client> => {
    try {
      return await documents.get(documentUrlIn(clientId, options).href)
    } catch (error) {
      throw documentRefusal('the client metadata document', error)
    }
  }

  const registered = async (clientId: string): Promise<Client> => {
    const { value } = await options.contents.client.open(clientId).catch((cause: unknown) => {
      throw unknownClient(cause)
    })
    const redirectUris = value.redirectUris.filter((uri) => rules.problemOf(uri) === undefined)
    if (redirectUris.length === 0) throw unknownClient()
    const base = { id: clientId, name: value.name, host: undefined, redirectUris }
    if (value.method === 'none') return { ...base, authentication: { method: 'none' } }
    const secret = options.clientSecretOf(clientId)
    if (secret === undefined) throw unknownClient()
    return { ...base, authentication: { method: value.method, secret } }
  }

  return async (clientId) => {
    if (clientId.length > MAX_CLIENT_ID_CHARACTERS) throw unknownClient()
    return options.documentsAllowed && isDocumentUrl(clientId)
      ? documented(clientId)
      : registered(clientId)
  }
}

/** `invalid_client` is what makes clients forget a registration and make another. */
function unknownClient(cause?: unknown): OAuthError {
  return new OAuthError('invalid_client', 'the client_id is not known here: register again', {
    cause,
  })
}
