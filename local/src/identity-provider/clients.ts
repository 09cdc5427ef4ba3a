import type { ClientMetadata } from 'oidc-provider'

import { CLIENT_ID } from '../world.ts'

/** A machine that every issuer knows. Its secret is public knowledge: it opens nothing but the local stack. */
export const MACHINE = { id: 'ci-local', secret: 'ci-local-secret' } as const

/** Loopback callbacks are good on every port (RFC 8252 §7.3); the paths are the ones MCP clients use. */
const CALLBACK_PATHS = ['', '/', '/callback', '/oauth/callback', '/oauth/callback/debug']

/** The clients that every issuer knows without registration. */
export const KNOWN_CLIENTS: readonly ClientMetadata[] = [
  {
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
  },
  {
    client_id: MACHINE.id,
    client_name: 'CI job',
    client_secret: MACHINE.secret,
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
  },
]
