import {
  Client,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  type StoredOAuthClientInformation,
  type StoredOAuthTokens,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from '@modelcontextprotocol/client'
import { type ClientTask, type McpClientUnderTest, SPOILED, TOOL, textOf } from './mcp-clients.ts'

const REDIRECT_URL = 'http://localhost:33419/callback'

/** What each mode has to come to with a server that speaks every revision. */
const ERAS = { legacy: 'legacy', auto: 'modern' } as const

/**
 * The client of `@modelcontextprotocol/client`, which compares `iss` and issuers to the letter. `auto` finds out by itself
 * that the server speaks the newest revision.
 */
export function sdkV2Client(mode: 'legacy' | 'auto'): McpClientUnderTest {
  const name = `SDK v2 ${mode}`
  return {
    name,
    clientName: name,
    run: async ({ url, browse }) => {
      const provider = createProvider(name, browse)
      const client = await connectSignedIn(new URL(url), mode, provider)
      try {
        const era = client.getProtocolEra()
        if (era !== ERAS[mode]) throw new Error(`it speaks the ${era} revisions`)
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

async function connectSignedIn(
  url: URL,
  mode: 'legacy' | 'auto',
  provider: ReturnType<typeof createProvider>,
) {
  for (const isLast of [false, true]) {
    const client = new Client(
      { name: 'clients-check', version: '1.0.0' },
      { versionNegotiation: { mode } },
    )
    const transport = new StreamableHTTPClientTransport(url, { authProvider: provider })
    try {
      await client.connect(transport)
      return client
    } catch (error) {
      const isUnauthorized = error instanceof UnauthorizedError && !isLast
      if (isUnauthorized) await transport.finishAuth(provider.answer())
      await client.close()
      if (!isUnauthorized) throw error
    }
  }
  throw new Error('it is not reached: the second attempt returns or throws')
}

/** Keeps everything in memory, and compares `state`, which the library leaves to its user. */
function createProvider(clientName: string, browse: ClientTask['browse']) {
  let client: StoredOAuthClientInformation | undefined
  let tokens: StoredOAuthTokens | undefined
  let discovered: OAuthDiscoveryState | undefined
  let verifier = ''
  let answer = new URLSearchParams()
  const state = crypto.randomUUID()
  const provider: OAuthClientProvider = {
    redirectUrl: REDIRECT_URL,
    clientMetadata: {
      client_name: clientName,
      redirect_uris: [REDIRECT_URL],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
    state: () => state,
    clientInformation: () => client,
    saveClientInformation: (information) => {
      client = information
    },
    tokens: () => tokens,
    saveTokens: (received) => {
      tokens = received
    },
    discoveryState: () => discovered,
    saveDiscoveryState: (found) => {
      discovered = found
    },
    saveCodeVerifier: (received) => {
      verifier = received
    },
    codeVerifier: () => verifier,
    redirectToAuthorization: async (authorizeUrl) => {
      answer = (await browse(authorizeUrl.href)).searchParams
      if (answer.get('state') !== state) throw new Error('the state came back as another')
    },
  }
  return {
    ...provider,
    answer: () => answer,
    spoil: () => {
      if (tokens !== undefined) tokens = { ...tokens, access_token: SPOILED }
    },
  }
}
