import type { ClientMetadata } from 'oidc-provider'

import { CLIENT_ID, LOGIN_CLIENT, loginCallbackAt, RESOURCE_SERVER_CLIENT } from '../world.ts'
import type { Dress } from './dress.ts'

/** A machine that every issuer with tokens for machines knows. Its secret is public knowledge: it opens nothing but the local stack. */
export const MACHINE = { id: 'ci-local', secret: 'ci-local-secret' } as const

/** Loopback callbacks are good on every port (RFC 8252 §7.3); the paths are the ones MCP clients use. */
const CALLBACK_PATHS = ['', '/', '/callback', '/oauth/callback', '/oauth/callback/debug']

const LOOPBACK_ORIGINS = ['http://localhost', 'http://127.0.0.1', 'http://[::1]']

/**
 * The clients that an issuer with this dress knows without registration. `gatewayOrigin` is where the gateway takes
 * people back.
 */
export function knownClients(
  { machines, paths }: Pick<Dress, 'machines' | 'paths'>,
  gatewayOrigin: string,
) {
  return [
    INTERACTIVE,
    loginClient(gatewayOrigin),
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
    ...LOOPBACK_ORIGINS.flatMap((origin) => CALLBACK_PATHS.map((path) => origin + path)),
    'https://vscode.dev/redirect',
    'cursor://anysphere.cursor-mcp/oauth/callback',
  ],
}

/** The gateway as the one client of all who sign in through it: confidential, and back at the gateway. */
function loginClient(gatewayOrigin: string): ClientMetadata {
  const { protocol, hostname } = new URL(gatewayOrigin)
  const isLoopback = LOOPBACK_ORIGINS.includes(`http://${hostname}`)
  // A gateway on loopback may be on any port, as tests have it. The library takes no other address without TLS, and none
  // on loopback with it.
  const ownOrigins = (protocol === 'https:') !== isLoopback ? [gatewayOrigin] : []
  return {
    client_id: LOGIN_CLIENT.id,
    client_name: 'CloudWatch gateway',
    client_secret: LOGIN_CLIENT.secret,
    application_type: 'native',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    redirect_uris: [...new Set([...ownOrigins, ...LOOPBACK_ORIGINS])].map(loginCallbackAt),
  }
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
