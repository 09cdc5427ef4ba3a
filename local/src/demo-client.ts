import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js'
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type {
  OAuthClientInformationMixed,
  OAuthTokens,
} from '@modelcontextprotocol/sdk/shared/auth.js'
import type { FetchLike, Transport } from '@modelcontextprotocol/sdk/shared/transport.js'

/** Takes a person through the sign-in page; gives the address the browser is sent back to, code included. */
export type SignIn = (authorizeUrl: URL) => Promise<URL>

const REDIRECT_URL = 'http://127.0.0.1:33418/callback'

/**
 * Connects a stock MCP client to a server that needs a sign-in, the way every client does it: try, be refused, discover,
 * register, sign in with PKCE, try again. `fetch` sees every request of it. Rejects with what the server refused.
 */
export async function connectSignedIn(
  url: URL,
  options: { signIn: SignIn; fetch?: FetchLike },
): Promise<Client> {
  return connectAs(url, createOAuthProvider(options.signIn, 'CloudWatch demo'), options)
}

/** The same for whoever wants to look at what the client keeps. */
export async function connectAs(
  url: URL,
  provider: MemoryProvider,
  options: { fetch?: FetchLike } = {},
): Promise<Client> {
  const connect = async () => {
    const client = new Client({ name: 'cloudwatch-demo', version: '1.0.0' })
    const transport = new StreamableHTTPClientTransport(url, {
      authProvider: provider,
      ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
    })
    try {
      // The SDK's own transport misses `exactOptionalPropertyTypes` by an optional session id.
      await client.connect(transport as Transport)
    } catch (error) {
      if (error instanceof UnauthorizedError) await transport.finishAuth(provider.code())
      await client.close()
      throw error
    }
    return client
  }
  try {
    return await connect()
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) throw error
    return connect()
  }
}

/** What the SDK's client keeps, in memory; `code` is that of the last sign-in. */
export type MemoryProvider = OAuthClientProvider & { code(): string }

/** A provider for a client that calls itself `clientName` and has a person sign in by `signIn`. */
export function createOAuthProvider(signIn: SignIn, clientName: string): MemoryProvider {
  let client: OAuthClientInformationMixed | undefined
  let tokens: OAuthTokens | undefined
  let verifier = ''
  let code = ''
  return {
    redirectUrl: REDIRECT_URL,
    clientMetadata: {
      client_name: clientName,
      redirect_uris: [REDIRECT_URL],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
    clientInformation: () => client,
    saveClientInformation: (information) => {
      client = information
    },
    tokens: () => tokens,
    saveTokens: (received) => {
      tokens = received
    },
    saveCodeVerifier: (received) => {
      verifier = received
    },
    codeVerifier: () => verifier,
    redirectToAuthorization: async (authorizeUrl) => {
      code = (await signIn(authorizeUrl)).searchParams.get('code') ?? ''
    },
    code: () => code,
  }
}
