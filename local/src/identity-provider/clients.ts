import type { ClientMetadata } from 'oidc-provider'

import { CLIENT_ID, RESOURCE_SERVER_CLIENT } from '../world.ts'
import type { Dress } from './dress.ts'

/** A machine that every issuer with tokens for machines knows. Its secret is public knowledge: it opens nothing but the local stack. */
export const MACHINE = { id: 'ci-local', secret: 'ci-local-secret' } as const

/** Loopback callbacks are good on every port (RFC 8252 §7.3); the paths are the ones MCP clients use. */
const CALLBACK_PATHS = ['', '/', '/callback', '/oauth/callback', '/oauth/callback/debug']

/** The clients that an issuer with this dress knows without registration. */
export function knownClients({ machines, paths }: Pick<Dress, 'machines' | 'paths'>) {
  return [
    INTERACTIVE,
    ...(machines ? [CI_JOB] : []),
    ...(paths.introspection === undefined ? [] : [RESOURCE_SERVER]),
  ]
}

const INTERACTIVE: ClientMetadata = {
  client_id: CLIENT_ID,
  client_name: 'MCP client (pre-registered)',
  application_type: 'native',
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  redirect_uris: [
    ...['http://localhost', 'http://127.0.0.1', 'http://[::1]'].flatMap((host) =>
      CALLBACK_PATHS.map((path) => host + path),
    ),
    'https://vscode.dev/redirect',
    'cursor://anysphere.cursor-mcp/oauth/callback',
  ],
}

const CI_JOB: ClientMetadata = {
  client_id: MACHINE.id,
  client_name: 'CI job',
  client_secret: MACHINE.secret,
  grant_types: ['client_credentials'],
  response_types: [],
  redirect_uris: [],
}

/** Asks what a token is worth and gets none itself. */
const RESOURCE_SERVER: ClientMetadata = {
  client_id: RESOURCE_SERVER_CLIENT.id,
  client_name: 'gateway',
  client_secret: RESOURCE_SERVER_CLIENT.secret,
  grant_types: [],
  response_types: [],
  redirect_uris: [],
}
