import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { boundedBytes } from '../../token/bounded-bytes.ts'
import { DocumentError } from './document-error.ts'
import { createFetchSlots } from './fetch-slots.ts'
import {
  createPublicResolver,
  type ResolvedAddress,
  type ResolveHost,
  resolveLocalHost,
} from './resolve-host.ts'
import { isSpecialAddress } from './special-addresses.ts'

/** What one address of a client holds, as text that is UTF-8. */
export type FetchedDocument = Readonly<{
  text: string
  /** How long it may be kept by its `Cache-Control`; undefined where that does not say. Seconds. */
  maxAgeSeconds: number | undefined
}>

/** Fetches a document that a stranger names. Rejects with a `DocumentError`. */
export type FetchDocument = (url: URL, maxBytes: number) => Promise<FetchedDocument>

/** Headers of a document's answer: more is none of them. Bytes. */
const MAX_HEADER_BYTES = 16 * 1024

export type FetchDocumentOptions = Readonly<{
  /** `dangerouslyAllowPrivateClientMetadata`: addresses of one's own network, literal ones, and any port. */
  allowPrivate: boolean
  /** From the first question to the DNS to the last byte. Default: 3 s. */
  timeoutMs?: number
  /** How many are under way at once; more are refused as `unreachable`. Default: 256. */
  maxConcurrent?: number
  /** How many of them from one domain, so that slow hosts of one stranger cannot fill all places. Default: 32. */
  maxPerDomain?: number
  resolveHost?: ResolveHost
  /** Certificates to trust instead of the well-known ones. */
  ca?: string
}>

/**
 * A `FetchDocument` that cannot be turned against the gateway's own network (Client ID Metadata Document draft, "SSRF";
 * MCP security best practices, "SSRF"). `https` alone; the name is resolved once, the document is not fetched if any of its
 * addresses is special, and the connection goes to the addresses that were checked; redirects are not followed; the
 * proxy of the environment is not used; time and size are limited in all. The answer must be 200 and JSON by its type.
 */
export function createFetchDocument(options: FetchDocumentOptions): FetchDocument {
  const { allowPrivate, timeoutMs = 3000, maxConcurrent = 256, maxPerDomain = 32, ca } = options
  const resolveHost =
    options.resolveHost ?? (allowPrivate ? resolveLocalHost : createPublicResolver())
  const takeSlot = createFetchSlots({ total: maxConcurrent, perDomain: maxPerDomain })

  return async (url, maxBytes) => {
    const problem = urlProblem(url, allowPrivate)
    if (problem !== undefined) throw new DocumentError('unusable', problem)
    const giveBack = takeSlot(url.hostname)
    if (giveBack === undefined) {
      throw new DocumentError('unreachable', 'too many documents are being fetched right now')
    }
    const signal = AbortSignal.timeout(timeoutMs)
    try {
      const addresses = await orAborted(
        checkedAddresses(url, resolveHost, allowPrivate, signal),
        signal,
      )
      const response = await responseOf(url, addresses, { signal, ca })
      try {
        requireJson(response)
        return {
          text: await textOf(response, maxBytes),
          maxAgeSeconds: maxAgeSecondsIn(response.headers['cache-control']),
        }
      } finally {
        response.destroy()
      }
    } catch (error) {
      throw toDocumentError(error, signal.aborted)
    } finally {
      giveBack()
    }
  }
}

/** What is wrong with the address of a document, in words, before anything is resolved. */
function urlProblem(url: URL, allowPrivate: boolean): string | undefined {
  if (url.protocol !== 'https:') return 'its address is not https'
  if (url.username !== '' || url.password !== '') return 'its address has a user name'
  if (allowPrivate) return undefined
  if (url.port !== '') return 'its address has a port'
  if (isIP(bareHost(url)) !== 0) return 'its address has no host name'
  return undefined
}

function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '')
}

async function checkedAddresses(
  url: URL,
  resolveHost: ResolveHost,
  allowPrivate: boolean,
  signal: AbortSignal,
): Promise<readonly ResolvedAddress[]> {
  const host = bareHost(url)
  const version = isIP(host)
  if (version !== 0) return [{ address: host, family: version === 6 ? 6 : 4 }]
  const addresses = await resolveHost(host, signal)
  // The same words whether there is no such name or it is one of this network: nobody gets to know which.
  if (addresses.length === 0) throw noPublicAddress()
  if (!allowPrivate && addresses.some(({ address }) => isSpecialAddress(address))) {
    throw noPublicAddress()
  }
  return addresses
}

function noPublicAddress(options?: ErrorOptions): DocumentError {
  return new DocumentError('unusable', 'its host has no public address', options)
}

function responseOf(
  url: URL,
  addresses: readonly ResolvedAddress[],
  { signal, ca }: { signal: AbortSignal; ca: string | undefined },
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    // An agent of its own: no connection is shared, and no proxy of the environment comes in.
    const agent = new Agent({ keepAlive: false, maxCachedSessions: 0 })
    const outgoing = request(
      url,
      {
        agent,
        signal,
        lookup: lookupOf(addresses),
        maxHeaderSize: MAX_HEADER_BYTES,
        headers: { accept: 'application/json', 'user-agent': 'cloudwatch-mcp-gateway' },
        ...(ca !== undefined && { ca }),
      },
      resolve,
    )
    outgoing.on('error', reject)
    outgoing.on('upgrade', (_response, socket) => {
      socket.destroy()
      reject(new DocumentError('unusable', 'it answers with status 101'))
    })
    outgoing.end()
  })
}

/** A lookup that knows the checked addresses and asks nobody: what was checked is what is connected to. */
function lookupOf(addresses: readonly ResolvedAddress[]): LookupFunction {
  return (_host, options, callback) => {
    const [first] = addresses
    if (options.all === true) callback(null, [...addresses])
    else callback(null, first?.address ?? '', first?.family)
  }
}

/**
 * 404 and redirects are what the owner of the document has said. 403 is what a bot check in front of it says to some networks
 * (claude-ai-mcp#650), which must not make a client forget its tokens.
 */
function statusProblem(status: number): DocumentError {
  return status === 401 || status === 403 || status === 429 || status >= 500
    ? new DocumentError('unreachable', `its host answers with status ${status}`)
    : new DocumentError('unusable', `it answers with status ${status}, not 200`)
}

function requireJson(response: IncomingMessage): void {
  const status = response.statusCode ?? 0
  if (status !== 200) throw statusProblem(status)
  const [type = '', ...attributes] = (response.headers['content-type'] ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim())
  // RFC 6839 §3.1: +json.
  if (!/^application\/(?:json|[a-z0-9!#$&^_.-]+\+json)$/.test(type)) {
    throw new DocumentError('unusable', 'its content type is not application/json')
  }
  if (
    attributes.some((part) => part.startsWith('charset=') && !/^charset="?utf-?8"?$/.test(part))
  ) {
    throw new DocumentError('unusable', 'it is not UTF-8')
  }
  const encoding = response.headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new DocumentError('unusable', 'it is compressed without having been asked to be')
  }
}

async function textOf(response: IncomingMessage, maxBytes: number): Promise<string> {
  // A response without an encoding set gives its body as buffers.
  const body = response as AsyncIterable<Buffer>
  const bytes = await boundedBytes(
    body,
    maxBytes,
    () => new DocumentError('unusable', `it is larger than ${maxBytes} bytes`),
  )
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new DocumentError('unusable', 'it is not UTF-8', { cause })
  }
}

/** RFC 9111 §5.2.2: a document that says that it must not be kept has the age 0. */
function maxAgeSecondsIn(cacheControl: string | undefined): number | undefined {
  const directives = (cacheControl ?? '').split(',').map((part) => part.trim().toLowerCase())
  if (directives.some((part) => /^no-(?:store|cache)\b/.test(part))) return 0
  for (const directive of directives) {
    const seconds = /^max-age="?(\d{1,10})"?$/.exec(directive)?.[1]
    if (seconds !== undefined) return Number(seconds)
  }
  return undefined
}

function toDocumentError(error: unknown, isLate: boolean): DocumentError {
  if (error instanceof DocumentError) return error
  if (isLate) {
    return new DocumentError('unreachable', 'its host does not answer in time', { cause: error })
  }
  const code = codeOf(error)
  if (code === 'ENOTFOUND' || code === 'ENODATA') return noPublicAddress({ cause: error })
  if (/CERT|SIGNATURE|ISSUER/.test(code)) {
    return new DocumentError('unusable', 'the certificate of its host is not trusted', {
      cause: error,
    })
  }
  return new DocumentError('unreachable', 'its host cannot be reached', { cause: error })
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : ''
}

/** Rejects with the signal's reason where that comes first: not everything that is waited for can be stopped. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
