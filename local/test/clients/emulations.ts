/** A request of a client that has no token yet. */
export type FirstRequest = Readonly<{
  method: 'GET' | 'POST'
  body?: Readonly<Record<string, unknown>>
  headers?: Readonly<Record<string, string>>
}>

/** What becomes of `{mcp}` and `{origin}` in the texts below: the MCP endpoint, and the gateway's origin. */
type Template = string

/** What one client does on its way from the first refusal to a tool call, as far as servers have stumbled over it. */
export type Emulation = Readonly<{
  client: string
  first: FirstRequest
  /** Paths that it fetches to find out where to sign in, in its order. */
  probes: readonly string[]
  /** How the gateway gets to know it. */
  known:
    | Readonly<{ by: 'registration'; request: Readonly<Record<string, unknown>> }>
    | Readonly<{
        by: 'document'
        /** Path of the document; the test's own host stands in for the client's. */
        path: string
        document: Readonly<Record<string, unknown>>
      }>
  /** How it authenticates at the token endpoint. */
  proof: 'none' | 'secret in the form' | 'secret in the header' | 'assertion'
  redirectUri: string
  /** `challenge`: what the 401 names; `all`: what the metadata lists; undefined: no parameter. */
  scope: 'challenge' | 'all' | 'challenge and offline_access' | undefined
  state: string | undefined
  /** `resource` at the three places; undefined where it is left out. */
  resource: Readonly<{
    authorize: Template | undefined
    token: Template | undefined
    refresh: Template | undefined
  }>
  /** Where it looks for the endpoints, where that is not what the metadata says. */
  endpoints?: Readonly<{ register: string; authorize: string; token: string }>
  /** More parameters of the authorization request. */
  more?: Readonly<Record<string, string>>
  /** `MCP-Protocol-Version` of its calls. */
  revision: string
}>

const initialize = (name: string, protocolVersion: string): FirstRequest => ({
  method: 'POST',
  body: {
    jsonrpc: '2.0',
    id: 0,
    method: 'initialize',
    params: { protocolVersion, capabilities: {}, clientInfo: { name, version: '1.0.0' } },
  },
})

/** A client of the newest revision asks what the server is before anything else. */
const DISCOVER: FirstRequest = {
  method: 'POST',
  headers: { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'server/discover' },
  body: {
    jsonrpc: '2.0',
    id: 0,
    method: 'server/discover',
    params: {
      _meta: {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientCapabilities': {},
      },
    },
  },
}

const PUBLIC = {
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
}

const PRM = '/.well-known/oauth-protected-resource'
const AS = '/.well-known/oauth-authorization-server'
const OIDC = '/.well-known/openid-configuration'

const MCP = '{mcp}'
const EVERYWHERE = { authorize: MCP, token: MCP, refresh: MCP }

const CURSOR_URIS = [
  'cursor://anysphere.cursor-mcp/oauth/callback',
  'https://www.cursor.com/agents/mcp/oauth/callback',
  'http://localhost:8787/callback',
]

const CLAUDE = {
  client_name: 'Claude',
  client_uri: 'https://claude.ai',
  redirect_uris: [
    'https://claude.ai/api/mcp/auth_callback',
    'https://claude.com/api/mcp/auth_callback',
  ],
  ...PUBLIC,
}

/** The numbers are those of the issues that show the behaviour. */
export const EMULATIONS: readonly Emulation[] = [
  {
    // google_workspace_mcp#382: every form under /mcp, then every form at the root; claude-code#86233: `localhost`.
    client: 'Claude Code, registered',
    first: initialize('claude-code', '2025-11-25'),
    probes: [`${PRM}/mcp`, PRM, `${AS}/mcp`, `${OIDC}/mcp`, `/mcp${OIDC}`, AS, OIDC],
    known: {
      by: 'registration',
      request: {
        ...PUBLIC,
        client_name: 'Claude Code (cloudwatch)',
        redirect_uris: ['http://localhost:3118/callback'],
        scope: 'cloudwatch/read',
      },
    },
    proof: 'none',
    redirectUri: 'http://localhost:54545/callback',
    // toolhive#5224: registered for less than it asks for.
    scope: 'challenge and offline_access',
    state: 'kq3vJb0Yc5T-5pZxkqfA1sG2dYg3mQm1nJ7pZ0xYk9E',
    resource: EVERYWHERE,
    revision: '2025-11-25',
  },
  {
    // claude-code#37747: no ports in the document; #90497: no `resource` at all.
    client: 'Claude Code, by its document, without resource',
    first: initialize('claude-code', '2025-11-25'),
    probes: [`${PRM}/mcp`, AS],
    known: {
      by: 'document',
      path: '/oauth/claude-code-client-metadata',
      document: {
        ...PUBLIC,
        client_name: 'Claude Code',
        client_uri: 'https://claude.ai',
        redirect_uris: ['http://localhost/callback', 'http://127.0.0.1/callback'],
      },
    },
    proof: 'none',
    redirectUri: 'http://127.0.0.1:52163/callback',
    scope: 'challenge',
    state: 'c0ffee',
    resource: { authorize: undefined, token: undefined, refresh: undefined },
    revision: '2025-11-25',
  },
  {
    // claude-code#52871: a slash more in one request than in the other.
    client: 'Claude Code, with a slash that comes and goes',
    first: initialize('claude-code', '2025-06-18'),
    probes: [`${PRM}/mcp`, AS],
    known: {
      by: 'registration',
      request: {
        ...PUBLIC,
        client_name: 'Claude Code (cloudwatch)',
        redirect_uris: ['http://localhost:3118/callback'],
      },
    },
    proof: 'none',
    redirectUri: 'http://localhost:3118/callback',
    scope: 'challenge',
    state: 'c0ffee',
    resource: { authorize: `${MCP}/`, token: MCP, refresh: `${MCP}/` },
    revision: '2025-06-18',
  },
  {
    // claude-ai-mcp#96, #518: by its document where the metadata says so and lists `none`; all scopes and a refresh token.
    client: 'claude.ai, by its document',
    first: initialize('claude-ai', '2025-06-18'),
    probes: [`${PRM}/mcp`, AS],
    known: { by: 'document', path: '/oauth/mcp-oauth-client-metadata', document: CLAUDE },
    proof: 'none',
    redirectUri: 'https://claude.ai/api/mcp/auth_callback',
    scope: 'all',
    state: 'eyJ0IjoiMSJ9.c2ln',
    resource: EVERYWHERE,
    revision: '2025-06-18',
  },
  {
    // The same backend; the resource is the address as it was typed.
    client: 'Claude Desktop, by its document',
    first: initialize('claude-ai', '2025-11-25'),
    probes: [`${PRM}/mcp`, AS],
    known: { by: 'document', path: '/oauth/mcp-oauth-client-metadata', document: CLAUDE },
    proof: 'none',
    redirectUri: 'https://claude.com/api/mcp/auth_callback',
    scope: 'challenge and offline_access',
    state: 'eyJ0IjoiMSJ9.c2ln',
    resource: { authorize: `${MCP}/`, token: `${MCP}/`, refresh: `${MCP}/` },
    revision: '2025-11-25',
  },
  {
    // claude-ai-mcp#1043: it wants a secret, in the form.
    client: 'claude.ai, registered',
    first: initialize('claude-ai', '2025-06-18'),
    probes: [`${PRM}/mcp`, AS],
    known: {
      by: 'registration',
      request: {
        client_name: 'Claude',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        redirect_uris: ['https://claude.ai/api/mcp/auth_callback'],
        token_endpoint_auth_method: 'client_secret_post',
        scope: 'cloudwatch/read offline_access',
      },
    },
    proof: 'secret in the form',
    redirectUri: 'https://claude.ai/api/mcp/auth_callback',
    scope: 'all',
    state: 'eyJ0IjoiMSJ9.c2ln',
    resource: EVERYWHERE,
    revision: '2025-06-18',
  },
  {
    // better-auth#10946: `web` with the scheme of an app; some versions send no state.
    client: 'Cursor, back in the app, without state',
    first: initialize('cursor-vscode', '2025-06-18'),
    probes: [`${PRM}/mcp`, PRM, AS],
    known: {
      by: 'registration',
      request: {
        ...PUBLIC,
        client_name: 'Cursor',
        redirect_uris: CURSOR_URIS,
        application_type: 'web',
      },
    },
    proof: 'none',
    redirectUri: 'cursor://anysphere.cursor-mcp/oauth/callback',
    scope: undefined,
    state: undefined,
    resource: EVERYWHERE,
    revision: '2025-06-18',
  },
  {
    // bytebase#20510: its agents and its command line come back by a page of its own.
    client: 'Cursor, back by its page',
    first: initialize('cursor-vscode', '2025-11-25'),
    probes: [`${PRM}/mcp`, PRM, AS],
    known: {
      by: 'registration',
      request: { ...PUBLIC, client_name: 'Cursor', redirect_uris: CURSOR_URIS },
    },
    proof: 'none',
    redirectUri: 'https://www.cursor.com/agents/mcp/oauth/callback',
    scope: 'challenge',
    state: '{"serverId":"cloudwatch"}',
    resource: EVERYWHERE,
    revision: '2025-11-25',
  },
  {
    // vscode#256236: the inserted form alone; vscode#278512: another port than was registered. Its state is plain base64.
    client: 'VS Code, registered',
    first: initialize('Visual Studio Code', '2025-11-25'),
    probes: [`${PRM}/mcp`, AS],
    known: {
      by: 'registration',
      request: {
        client_name: 'Visual Studio Code',
        client_uri: 'https://code.visualstudio.com',
        grant_types: [
          'authorization_code',
          'refresh_token',
          'urn:ietf:params:oauth:grant-type:device_code',
        ],
        response_types: ['code'],
        redirect_uris: [
          'https://insiders.vscode.dev/redirect',
          'https://vscode.dev/redirect',
          'http://127.0.0.1/',
          'http://127.0.0.1:33418/',
        ],
        token_endpoint_auth_method: 'none',
        application_type: 'native',
      },
    },
    proof: 'none',
    redirectUri: 'http://127.0.0.1:59656/',
    scope: 'challenge',
    state: '+b/Zk2v0m9Q8rW7yT6xU5g==',
    resource: EVERYWHERE,
    revision: '2025-11-25',
  },
  {
    // vscode#282472: the address without its slash.
    client: 'VS Code, by its document',
    first: initialize('Visual Studio Code', '2025-11-25'),
    probes: [`${PRM}/mcp`, AS],
    known: {
      by: 'document',
      path: '/oauth/client-metadata.json',
      document: {
        ...PUBLIC,
        client_name: 'Visual Studio Code',
        client_uri: 'https://code.visualstudio.com',
        redirect_uris: ['http://127.0.0.1:33418/', 'https://vscode.dev/redirect'],
        application_type: 'native',
      },
    },
    proof: 'none',
    redirectUri: 'http://127.0.0.1:33418',
    scope: 'challenge',
    state: '+b/Zk2v0m9Q8rW7yT6xU5g==',
    resource: EVERYWHERE,
    revision: '2025-11-25',
  },
  {
    // copilot-cli#4793: one port in the document, another in every request; it asks by the newest revision first.
    client: 'Copilot CLI, by its document',
    first: DISCOVER,
    probes: [`${PRM}/mcp`, AS],
    known: {
      by: 'document',
      path: '/copilot/cli/client-metadata.json',
      document: {
        client_name: 'GitHub Copilot CLI',
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        redirect_uris: ['http://127.0.0.1:33418/'],
      },
    },
    proof: 'none',
    redirectUri: 'http://127.0.0.1:60005/',
    scope: 'challenge',
    state: 'a1b2c3',
    resource: EVERYWHERE,
    revision: '2025-11-25',
  },
  {
    // codex#30460: a part of the path is its own; #35716: a slash more; #42427: it goes by the well-known paths alone.
    client: 'Codex, registered',
    first: initialize('codex-mcp-client', '2025-06-18'),
    probes: [`${AS}/mcp`, `${OIDC}/mcp`, AS],
    known: {
      by: 'registration',
      request: {
        ...PUBLIC,
        client_name: 'Codex',
        redirect_uris: ['http://127.0.0.1:37819/callback/6MFBM1In3Ey-'],
        application_type: 'native',
      },
    },
    proof: 'none',
    redirectUri: 'http://127.0.0.1:63546/callback/6MFBM1In3Ey-',
    scope: undefined,
    state: 'a1b2c3',
    resource: { authorize: `${MCP}/`, token: undefined, refresh: undefined },
    revision: '2025-06-18',
  },
  {
    // codex#40928: registered for the form, sent in the header.
    client: 'Codex, with a secret',
    first: initialize('codex-mcp-client', '2025-06-18'),
    probes: [`${PRM}/mcp`, AS],
    known: {
      by: 'registration',
      request: {
        client_name: 'Codex',
        redirect_uris: ['http://127.0.0.1:37819/callback'],
        token_endpoint_auth_method: 'client_secret_post',
      },
    },
    proof: 'secret in the header',
    redirectUri: 'http://127.0.0.1:37819/callback',
    scope: 'challenge',
    state: 'a1b2c3',
    resource: EVERYWHERE,
    revision: '2025-06-18',
  },
  {
    // altinity-mcp#118: a document and an address for each connector; it signs, and takes `none` where it must.
    client: 'ChatGPT, by its document',
    first: initialize('openai-mcp', '2025-11-25'),
    probes: [`${PRM}/mcp`, AS],
    known: {
      by: 'document',
      path: '/oauth/kDmjx77UnKOM/client.json',
      document: {
        client_name: 'ChatGPT',
        client_uri: 'https://chatgpt.com/',
        redirect_uris: ['https://chatgpt.com/connector/oauth/kDmjx77UnKOM'],
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_methods_supported: ['none', 'private_key_jwt'],
        token_endpoint_auth_signing_alg: 'RS256',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
      },
    },
    proof: 'assertion',
    redirectUri: 'https://chatgpt.com/connector/oauth/kDmjx77UnKOM',
    scope: 'all',
    state: 'oauth_s_6917f1c0e0dc81918d4f',
    resource: EVERYWHERE,
    revision: '2025-11-25',
  },
  {
    // android-remote-control-mcp#166 names the address.
    client: 'ChatGPT, registered',
    first: initialize('openai-mcp', '2025-06-18'),
    probes: [`${PRM}/mcp`, OIDC],
    known: {
      by: 'registration',
      request: {
        client_name: 'ChatGPT',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        redirect_uris: ['https://chatgpt.com/connector_platform_oauth_redirect'],
        token_endpoint_auth_method: 'client_secret_basic',
      },
    },
    proof: 'secret in the header',
    redirectUri: 'https://chatgpt.com/connector_platform_oauth_redirect',
    scope: 'all',
    state: 'oauth_s_6917f1c0e0dc81918d4f',
    resource: { authorize: '{origin}', token: '{origin}', refresh: undefined },
    revision: '2025-06-18',
  },
  {
    // mcp-remote 0.15.1: a GET before anything else, and its consent wish.
    client: 'mcp-remote',
    first: { method: 'GET', headers: { accept: 'text/event-stream' } },
    probes: [`${PRM}/mcp`, AS],
    known: {
      by: 'registration',
      request: {
        ...PUBLIC,
        client_name: 'MCP CLI Proxy',
        client_uri: 'https://github.com/modelcontextprotocol/mcp-cli',
        software_id: '2e6dc280-f3c3-4e01-99a7-8181dbd1d23d',
        software_version: '0.15.1',
        redirect_uris: ['http://localhost:15736/oauth/callback'],
      },
    },
    proof: 'none',
    redirectUri: 'http://localhost:15736/oauth/callback',
    scope: 'challenge and offline_access',
    state: '4a2db784-b13a-48fb-bcf2-168ca4546660',
    resource: EVERYWHERE,
    more: { prompt: 'consent' },
    revision: '2025-11-25',
  },
  {
    // claude-ai-mcp#341, #900, #984: the endpoints of the 2025-03-26 revision, whatever the metadata says.
    client: 'claude.ai, at the addresses that it makes up',
    first: initialize('claude-ai', '2025-03-26'),
    probes: [AS],
    known: { by: 'registration', request: CLAUDE },
    proof: 'none',
    redirectUri: 'https://claude.ai/api/mcp/auth_callback',
    scope: undefined,
    state: 'eyJ0IjoiMSJ9.c2ln',
    resource: { authorize: undefined, token: undefined, refresh: undefined },
    endpoints: { register: '/register', authorize: '/authorize', token: '/token' },
    revision: '2025-03-26',
  },
]
