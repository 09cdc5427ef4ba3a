import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js'
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type {
  OAuthClientInformationMixed,
  OAuthTokens,
} from '@modelcontextprotocol/sdk/shared/auth.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { type ClientTask, type McpClientUnderTest, SPOILED, TOOL, textOf } from './mcp-clients.ts'

const REDIRECT_URL = 'http://127.0.0.1:33418/callback'

/** The client of `@modelcontextprotocol/sdk`: what it does by itself is left to it. */
export function sdkV1Client(clientName = 'SDK v1'): McpClientUnderTest {
  return {
    name: 'SDK v1',
    clientName,
    run: async ({ url, browse }) => {
      const provider = createProvider(clientName, browse)
      const client = await connectSignedIn(new URL(url), provider)
      try {
        const { tools } = await client.listTools()
        const called = textOf(await client.callTool({ name: TOOL, arguments: {} }))
        provider.spoil()
        const calledAgain = textOf(await client.callTool({ name: TOOL, arguments: {} }))
        return { tools: tools.length, called, calledAgain }
      } finally {
        await client.close()
      }
    },
  }
}

async function connectSignedIn(url: URL, provider: ReturnType<typeof createProvider>) {
  for (const isLast of [false, true]) {
    const client = new Client({ name: 'clients-check', version: '1.0.0' })
    const transport = new StreamableHTTPClientTransport(url, { authProvider: provider })
    try {
      // The SDK's own transport misses `exactOptionalPropertyTypes` by an optional session id.
      await client.connect(transport as Transport)
      return client
    } catch (error) {
      const isUnauthorized = error instanceof UnauthorizedError && !isLast
      if (isUnauthorized) await transport.finishAuth(provider.code())
      await client.close()
      if (!isUnauthorized) throw error
    }
  }
  throw new Error('it is not reached: the second attempt returns or throws')
}

/** Keeps everything in memory. */
function createProvider(clientName: string, browse: ClientTask['browse']) {
  let client: OAuthClientInformationMixed | undefined
  let tokens: OAuthTokens | undefined
  let verifier = ''
  let code = ''
  const provider: OAuthClientProvider = {
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
      code = (await browse(authorizeUrl.href)).searchParams.get('code') ?? ''
    },
  }
  return {
    ...provider,
    code: () => code,
    spoil: () => {
      if (tokens !== undefined) tokens = { ...tokens, access_token: SPOILED }
    },
  }
}
