import { createHash } from 'node:crypto'

import type { AdapterPayload, ClientMetadata } from 'oidc-provider'

const PREFIX = 'local.'
const KEPT = [
  'application_type',
  'client_name',
  'client_uri',
  'grant_types',
  'redirect_uris',
  'response_types',
  'token_endpoint_auth_method',
] as const

/**
 * A client id that is the client's metadata itself. Nothing is stored, so a client that registered yesterday still
 * works after the local stack was restarted. Anyone may register here, so a forged id gives nobody more than that.
 */
export function clientIdFor(metadata: Readonly<Record<string, unknown>>): string {
  const kept = Object.fromEntries(
    KEPT.filter((name) => metadata[name] !== undefined).map((name) => [name, metadata[name]]),
  )
  return PREFIX + Buffer.from(JSON.stringify(kept)).toString('base64url')
}

/** The secret of a registered client that wants one. A laptop's stand-in: whoever knows the id can compute it. */
export function clientSecretFor(clientId: string): string {
  return createHash('sha256').update(`secret of ${clientId}`).digest('base64url')
}

/** The metadata that a client id carries, or undefined when the id is not one of ours. The library checks the values. */
export function metadataOf(clientId: string): AdapterPayload | undefined {
  if (!clientId.startsWith(PREFIX)) return undefined
  const json = Buffer.from(clientId.slice(PREFIX.length), 'base64url').toString()
  const metadata = parseObject(json)
  if (metadata === undefined || clientIdFor(metadata) !== clientId) return undefined
  const method = metadata.token_endpoint_auth_method
  const secret = method === 'none' ? {} : { client_secret: clientSecretFor(clientId) }
  const client: Partial<ClientMetadata> = { ...metadata, ...secret, client_id: clientId }
  return client
}

function parseObject(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    return Object.fromEntries(Object.entries(value))
  } catch {
    return undefined
  }
}
