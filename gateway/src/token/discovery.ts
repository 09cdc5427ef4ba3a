import { GatewayError } from '../errors.ts'
import { causeChain } from '../log.ts'
import { boundedBytes } from './bounded-bytes.ts'

/** A discovery document is a few kilobytes; more than this is not one. Bytes. */
const MAX_DOCUMENT_BYTES = 256 * 1024

/** Fetches one URL and gives its status and text; rejects where the host does not answer. */
export type FetchText = (url: URL) => Promise<Readonly<{ status: number; text: string }>>

/**
 * A `FetchText` on the global fetch: no redirects (an issuer's key address must not be moved by a third host), a total
 * time limit, a size limit.
 */
export function createFetchText(options: { timeoutMs: number }): FetchText {
  return async (url) => {
    const response = await fetch(url, {
      redirect: 'error',
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(options.timeoutMs),
    })
    const tooLarge = () => new Error('the document is too large')
    const bytes = await boundedBytes(response.body ?? [], MAX_DOCUMENT_BYTES, tooLarge)
    return { status: response.status, text: new TextDecoder().decode(bytes) }
  }
}

/** Where an issuer's metadata may be, in the order of the MCP specification, "AS Metadata Discovery". */
export function metadataUrls(issuer: string): readonly URL[] {
  const base = new URL(issuer)
  const path = base.pathname.replace(/\/$/, '')
  const at = (pathname: string) => new URL(pathname, base.origin)
  return [
    // OpenID Connect Discovery 1.0 §4.1 appends; every provider named by a preset serves this one.
    at(`${path}/.well-known/openid-configuration`),
    // RFC 8414 §3.1 inserts between host and path.
    at(`/.well-known/oauth-authorization-server${path}`),
  ]
}

/** What an issuer says of itself. */
export type IssuerMetadata = Readonly<{
  /** Where the document was found. */
  url: URL
  document: Readonly<Record<string, unknown>>
  keysUrl: URL
}>

/**
 * Finds an issuer's metadata by discovery. The document must name the very issuer (RFC 8414 §3.3) and its `jwks_uri`
 * must be `https`, or on the issuer's own origin.
 * Throws `issuer_unavailable` with what was tried as its cause.
 */
export async function discoverMetadata(
  issuer: string,
  fetchText: FetchText,
): Promise<IssuerMetadata> {
  const failures: string[] = []
  for (const url of metadataUrls(issuer)) {
    try {
      const document = documentIn(await fetchText(url))
      return { url, document, keysUrl: keysUrlIn(document, issuer) }
    } catch (error) {
      failures.push(`${url.href}: ${causeChain(error)}`)
    }
  }
  throw new GatewayError('issuer_unavailable', { cause: new Error(failures.join('; ')) })
}

function documentIn(answer: { status: number; text: string }): Readonly<Record<string, unknown>> {
  if (answer.status !== 200) throw new Error(`status ${answer.status}`)
  const document: unknown = JSON.parse(answer.text)
  if (typeof document !== 'object' || document === null) throw new Error('not a JSON object')
  return document as Record<string, unknown> // any object is one
}

function keysUrlIn(document: Readonly<Record<string, unknown>>, issuer: string): URL {
  const { issuer: named, jwks_uri: keys } = document
  if (typeof named === 'string' && named.includes('{tenantid}')) {
    throw new Error('it is for every tenant and names none: configure the issuer of one tenant')
  }
  if (named !== issuer) {
    throw new Error(`it names the issuer ${JSON.stringify(named)}, not ${JSON.stringify(issuer)}`)
  }
  if (typeof keys !== 'string') throw new Error('it has no jwks_uri')
  const url = new URL(keys)
  if (url.protocol !== 'https:' && url.origin !== new URL(issuer).origin) {
    throw new Error('its jwks_uri is neither https nor on the origin of the issuer')
  }
  return url
}
