import { selectClientAuthMethod } from '@modelcontextprotocol/sdk/client/auth.js'
import {
  OAuthClientInformationFullSchema,
  OAuthMetadataSchema,
} from '@modelcontextprotocol/sdk/shared/auth.js'
import { expect } from 'chai'
import { MAX_CLIENT_ID_CHARACTERS } from '../../../src/login/clients/registration.ts'
import { authorizationServer } from '../../../src/metadata/authorization-server.ts'
import {
  ASSERTION_TYPE,
  assertionOf,
  basic,
  CURSOR_URI,
  createKnownClients,
  ISSUER,
  rejectionOf,
} from '../../support/known-clients.ts'
import { signingKey } from '../../support/signing-key.ts'

/** What a client sends to the registration endpoint, and what it needs to get back. */
type RegistrationCase = Readonly<{
  client: string
  request: Readonly<Record<string, unknown>>
  method: 'none' | 'client_secret_basic' | 'client_secret_post'
  /** Redirect URIs that it sends to the authorization endpoint afterwards. */
  asks: readonly string[]
  /** Redirect URIs that are not its own. */
  refused: readonly string[]
  /** The most characters that its id may have. */
  maxId: number
}>

const PUBLIC = {
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
}

/** Sources: the clients' code and issue trackers, by the numbers that stand beside them. */
const REGISTRATIONS: readonly RegistrationCase[] = [
  {
    client: 'Claude Code',
    request: {
      ...PUBLIC,
      client_name: 'Claude Code (cloudwatch)',
      redirect_uris: ['http://localhost:3118/callback'],
      application_type: 'native',
    },
    method: 'none',
    asks: ['http://localhost:3118/callback', 'http://localhost:51234/callback'],
    refused: ['http://127.0.0.1:3118/callback', 'http://localhost:3118/callback/'],
    maxId: 320,
  },
  {
    // claude-ai-mcp#1043: it wants a secret, in the form.
    client: 'claude.ai',
    request: {
      client_name: 'Claude',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      redirect_uris: ['https://claude.ai/api/mcp/auth_callback'],
      token_endpoint_auth_method: 'client_secret_post',
      scope: 'openid offline_access',
    },
    method: 'client_secret_post',
    asks: ['https://claude.ai/api/mcp/auth_callback'],
    refused: [
      'https://claude.ai/api/mcp/auth_callback/',
      'https://claude.com/api/mcp/auth_callback',
    ],
    maxId: 320,
  },
  {
    // better-auth#10946, #10956: three kinds of addresses at once; `web`, or no type at all in later versions.
    client: 'Cursor',
    request: {
      ...PUBLIC,
      client_name: 'Cursor',
      redirect_uris: [
        CURSOR_URI,
        'https://www.cursor.com/agents/mcp/oauth/callback',
        'http://localhost:8787/callback',
      ],
      application_type: 'web',
    },
    method: 'none',
    asks: [
      CURSOR_URI,
      'https://www.cursor.com/agents/mcp/oauth/callback',
      'http://localhost:8787/callback',
    ],
    refused: ['cursor://anysphere.cursor-mcp/oauth/callback/', 'cursor://evil/oauth/callback'],
    maxId: 350,
  },
  {
    // microsoft/vscode src/vs/base/common/oauth.ts: it also asks for the device grant where the metadata lists none.
    client: 'VS Code',
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
    method: 'none',
    // vscode#278512: another port where 33418 is taken; vscode#282472 names it without the slash.
    asks: ['http://127.0.0.1:33418/', 'http://127.0.0.1:59656/', 'http://127.0.0.1:33418'],
    refused: ['http://localhost:33418/', 'https://vscode.dev/redirect/x'],
    maxId: 350,
  },
  {
    // codex#30460: the last part of the path is derived from the server's address.
    client: 'Codex',
    request: {
      ...PUBLIC,
      client_name: 'Codex',
      redirect_uris: ['http://127.0.0.1:37819/callback/6MFBM1In3Ey-'],
      application_type: 'native',
    },
    method: 'none',
    asks: ['http://127.0.0.1:63546/callback/6MFBM1In3Ey-'],
    refused: ['http://127.0.0.1:63546/callback', 'http://127.0.0.1:63546/callback/other'],
    maxId: 320,
  },
  {
    // android-remote-control-mcp#166 names the address; the method is the default of RFC 7591.
    client: 'ChatGPT, before it had documents',
    request: {
      client_name: 'ChatGPT',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      redirect_uris: ['https://chatgpt.com/connector_platform_oauth_redirect'],
      token_endpoint_auth_method: 'client_secret_basic',
    },
    method: 'client_secret_basic',
    asks: ['https://chatgpt.com/connector_platform_oauth_redirect'],
    refused: ['https://chatgpt.com/connector/oauth/abc'],
    maxId: 330,
  },
  {
    // mcp-remote 0.15.1: the port comes from the server's address.
    client: 'mcp-remote',
    request: {
      ...PUBLIC,
      client_name: 'MCP CLI Proxy',
      client_uri: 'https://github.com/modelcontextprotocol/mcp-cli',
      software_id: '2e6dc280-f3c3-4e01-99a7-8181dbd1d23d',
      software_version: '0.15.1',
      redirect_uris: ['http://localhost:15736/oauth/callback'],
      application_type: 'native',
    },
    method: 'none',
    asks: ['http://localhost:15736/oauth/callback'],
    refused: ['http://localhost:15736/callback'],
    maxId: 320,
  },
  {
    client: 'MCP Inspector',
    request: {
      ...PUBLIC,
      client_name: 'MCP Inspector',
      client_uri: 'https://github.com/modelcontextprotocol/inspector',
      redirect_uris: ['http://127.0.0.1:6276/oauth/callback'],
    },
    method: 'none',
    asks: ['http://127.0.0.1:6276/oauth/callback'],
    refused: ['http://127.0.0.1:6276/oauth/callback/debug'],
    maxId: 320,
  },
  {
    // elmo#684: neither a type nor anything but loopback addresses.
    client: 'opencode',
    request: {
      ...PUBLIC,
      client_name: 'OpenCode',
      client_uri: 'https://opencode.ai',
      redirect_uris: ['http://127.0.0.1:19876/mcp/oauth/callback'],
    },
    method: 'none',
    asks: ['http://127.0.0.1:19876/mcp/oauth/callback'],
    refused: ['http://127.0.0.1:19876/'],
    maxId: 320,
  },
  {
    // LibreChat#12052: the first method in our metadata that has a secret.
    client: 'LibreChat',
    request: {
      client_name: 'LibreChat MCP Client',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      redirect_uris: ['https://chat.example.com/api/mcp/cloudwatch/oauth/callback'],
      token_endpoint_auth_method: 'client_secret_basic',
      logo_uri: undefined,
    },
    method: 'client_secret_basic',
    asks: ['https://chat.example.com/api/mcp/cloudwatch/oauth/callback'],
    refused: ['https://chat.example.com/api/mcp/other/oauth/callback'],
    maxId: 350,
  },
  {
    client: 'an SDK client that names no method',
    request: {
      client_name: 'Simple OAuth MCP Client',
      redirect_uris: ['http://localhost:8090/callback'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
    },
    method: 'none',
    asks: ['http://localhost:8090/callback'],
    refused: ['https://localhost:8090/callback'],
    maxId: 320,
  },
  {
    client: 'a client that asks for everything it can do',
    request: {
      client_name: 'Everything',
      redirect_uris: ['https://client.example.com/callback'],
      grant_types: ['authorization_code', 'client_credentials', 'implicit', 'refresh_token'],
      response_types: ['code', 'code id_token', 'token'],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: 'https://client.example.com/jwks.json',
      contacts: ['ops@client.example.com'],
      software_statement: 'eyJhbGciOiJub25lIn0.e30.',
    },
    method: 'none',
    asks: ['https://client.example.com/callback'],
    refused: ['https://client.example.com:8443/callback'],
    maxId: 320,
  },
]

/** What a client publishes at the address that is its id, and what it then sends. */
type DocumentCase = Readonly<{
  client: string
  document: Readonly<Record<string, unknown>> & Readonly<{ client_id: string }>
  asks: readonly string[]
  refused: readonly string[]
}>

const DOCUMENTS: readonly DocumentCase[] = [
  {
    // claude-code#41011, #37747, #86233: no ports in the document, an ephemeral one in the request.
    client: 'Claude Code',
    document: {
      client_id: 'https://claude.ai/oauth/claude-code-client-metadata',
      client_name: 'Claude Code',
      client_uri: 'https://claude.ai',
      redirect_uris: ['http://localhost/callback', 'http://127.0.0.1/callback'],
      ...PUBLIC,
    },
    asks: ['http://localhost:55611/callback', 'http://127.0.0.1:52163/callback'],
    refused: ['http://[::1]:52163/callback', 'http://localhost.evil.test:55611/callback'],
  },
  {
    // claude-ai-mcp#96, #518.
    client: 'claude.ai',
    document: {
      client_id: 'https://claude.ai/oauth/mcp-oauth-client-metadata',
      client_name: 'Claude',
      client_uri: 'https://claude.ai',
      redirect_uris: [
        'https://claude.ai/api/mcp/auth_callback',
        'https://claude.com/api/mcp/auth_callback',
      ],
      ...PUBLIC,
    },
    asks: ['https://claude.ai/api/mcp/auth_callback', 'https://claude.com/api/mcp/auth_callback'],
    refused: ['https://claude.ai:8443/api/mcp/auth_callback'],
  },
  {
    // vscode#282472 quotes the two addresses; the rest is as in its registrations.
    client: 'VS Code',
    document: {
      client_id: 'https://vscode.dev/oauth/client-metadata.json',
      client_name: 'Visual Studio Code',
      client_uri: 'https://code.visualstudio.com',
      redirect_uris: ['http://127.0.0.1:33418/', 'https://vscode.dev/redirect'],
      ...PUBLIC,
      application_type: 'native',
    },
    asks: ['http://127.0.0.1:33418/', 'http://127.0.0.1:59656/', 'https://vscode.dev/redirect'],
    refused: ['https://insiders.vscode.dev/redirect'],
  },
  {
    // copilot-cli#4793, #4901: one port in the document, another in every request; no grant types.
    client: 'Copilot CLI',
    document: {
      client_id: 'https://github.com/copilot/cli/client-metadata.json',
      client_name: 'GitHub Copilot CLI',
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      redirect_uris: ['http://127.0.0.1:33418/'],
    },
    asks: ['http://127.0.0.1:60005/', 'http://127.0.0.1:61876/'],
    refused: ['http://127.0.0.1:60005/callback'],
  },
  {
    // opencode#47737. It sends another path than it publishes (opencode#50510), which is refused: only the port is free.
    client: 'opencode',
    document: {
      client_id: 'https://opencode.ai/oauth/opencode/client.json',
      client_name: 'opencode',
      client_uri: 'https://opencode.ai',
      logo_uri: 'https://opencode.ai/web-app-manifest-512x512.png',
      application_type: 'native',
      redirect_uris: ['http://127.0.0.1/callback', 'http://localhost/callback'],
      ...PUBLIC,
      token_endpoint_auth_methods_supported: ['none'],
    },
    asks: ['http://127.0.0.1:40001/callback'],
    refused: ['http://127.0.0.1:19876/mcp/oauth/callback'],
  },
  {
    // Named in opencode#47737, quoted nowhere: the fields are those of its registrations.
    client: 'Codex',
    document: {
      client_id: 'https://chatgpt.com/oauth/codex/client.json',
      client_name: 'Codex',
      application_type: 'native',
      redirect_uris: ['http://127.0.0.1/callback', 'http://localhost/callback'],
      ...PUBLIC,
    },
    asks: ['http://127.0.0.1:37819/callback'],
    refused: ['http://127.0.0.1:37819/callback/6MFBM1In3Ey-'],
  },
]

/** django-oauth-toolkit#1845, altinity-mcp#118: one document for all connectors, and one per connector. */
function chatGptDocument(path: string, redirectUri: string) {
  return {
    client_id: `https://chatgpt.com/oauth/${path}`,
    client_uri: 'https://chatgpt.com/',
    redirect_uris: [redirectUri],
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_methods_supported: ['none', 'private_key_jwt'],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    client_name: 'ChatGPT',
    logo_uri: 'https://persistent.oaistatic.com/sonic/misc/openai-logo.png',
    token_endpoint_auth_signing_alg: 'RS256',
    jwks_uri: 'https://chatgpt.com/oauth/jwks.json',
  }
}

describe('what real clients register', () => {
  for (const { client, request, method, asks, refused, maxId } of REGISTRATIONS) {
    it(`${client} gets what it can use, and is found again by its id`, async () => {
      const clients = createKnownClients()
      const answer = await clients.register(JSON.parse(JSON.stringify(request)))

      expect(answer).to.include({
        token_endpoint_auth_method: method,
        client_name: request.client_name,
      })
      expect(answer.redirect_uris).to.deep.equal(request.redirect_uris)
      expect(answer.grant_types).to.deep.equal(['authorization_code', 'refresh_token'])
      expect(answer.response_types).to.deep.equal(['code'])
      expect('client_secret' in answer).to.equal(method !== 'none')
      expect(answer).to.not.have.any.keys('logo_uri', 'jwks_uri', 'software_statement')

      const found = await clients.find(answer.client_id)
      expect(found.name).to.equal(request.client_name)
      expect(found.host).to.equal(undefined)
      for (const uri of asks) {
        expect(clients.rules.matches(found.redirectUris, uri), uri).to.equal(true)
      }
      for (const uri of refused) {
        expect(clients.rules.matches(found.redirectUris, uri), uri).to.equal(false)
      }
      expect(answer.client_id.length).to.be.at.most(maxId)
    })

    it(`${client} authenticates as the SDK's client reads the answer`, async () => {
      const clients = createKnownClients()
      const answer = await clients.register(JSON.parse(JSON.stringify(request)))
      const information = OAuthClientInformationFullSchema.parse(JSON.parse(JSON.stringify(answer)))
      const { token_endpoint_auth_methods_supported: supported } = authorizationServer({
        clientMetadataDocuments: true,
        publicUrl: ISSUER,
        resources: [],
        scopes: [],
      })
      const secret = information.client_secret ?? ''

      const chosen = selectClientAuthMethod(information, [...supported])
      expect(chosen).to.equal(method)
      const authenticated =
        chosen === 'client_secret_basic'
          ? await clients.present({}, basic(information.client_id, secret))
          : await clients.present({
              client_id: information.client_id,
              ...(chosen === 'client_secret_post' && { client_secret: secret }),
            })
      expect(authenticated.id).to.equal(answer.client_id)
    })
  }

  it('Codex sends a secret in the header that was registered for the form, and is let in', async () => {
    // codex#40928.
    const clients = createKnownClients()
    const answer = await clients.register({
      client_name: 'Codex',
      redirect_uris: ['http://127.0.0.1:37819/callback'],
      token_endpoint_auth_method: 'client_secret_post',
    })
    const authorization = basic(answer.client_id, answer.client_secret ?? '')
    expect(await clients.present({}, authorization)).to.have.property('id', answer.client_id)
  })

  it('Cursor is refused whole, by the entry, where its scheme is not allowed', async () => {
    const clients = createKnownClients({ customUris: [] })
    const attempt = clients.register({
      redirect_uris: ['http://localhost:8787/callback', CURSOR_URI],
    })
    const refusal = await rejectionOf(attempt)
    expect(refusal).to.include({ code: 'invalid_redirect_uri', status: 400 })
    expect(refusal).to.have.property('message').that.includes('redirect_uris[1]')
  })

  it('the metadata is what the SDK takes, with the method of every client in this table', () => {
    const server = authorizationServer({
      publicUrl: ISSUER,
      resources: [],
      scopes: ['openid'],
      clientMetadataDocuments: true,
    })
    const metadata = OAuthMetadataSchema.parse(JSON.parse(JSON.stringify(server)))
    expect(metadata.token_endpoint_auth_methods_supported).to.include.members([
      ...new Set(REGISTRATIONS.map(({ method }) => method)),
      'private_key_jwt',
    ])
  })

  it('an id stays within what a query and a header bear, whatever is registered', async () => {
    const clients = createKnownClients()
    const uri = (index: number) => `https://client-${index}.example.com/oauth/callback/${index}`
    const { client_id: id } = await clients.register({
      client_name: 'x'.repeat(300),
      redirect_uris: Array.from({ length: 16 }, (_, index) => uri(index)),
    })
    expect(id.length).to.be.at.most(MAX_CLIENT_ID_CHARACTERS)
  })
})

describe('what real clients publish', () => {
  for (const { client, document, asks, refused } of DOCUMENTS) {
    it(`${client} is known by its document, and comes without proof`, async () => {
      const id = document.client_id
      const clients = createKnownClients({ documents: { [id]: document } })
      const found = await clients.find(id)
      expect(found).to.include({ id, name: document.client_name, host: new URL(id).host })
      for (const uri of asks) {
        expect(clients.rules.matches(found.redirectUris, uri), uri).to.equal(true)
      }
      for (const uri of refused) {
        expect(clients.rules.matches(found.redirectUris, uri), uri).to.equal(false)
      }
      expect(await clients.present({ client_id: id })).to.have.property('id', id)
      expect(clients.fetched).to.deep.equal([id])
    })
  }

  for (const { path, redirectUri } of [
    {
      path: 'client.json',
      redirectUri: 'https://chatgpt.com/connector_platform_oauth_redirect',
    },
    {
      path: 'kDmjx77UnKOM/client.json',
      redirectUri: 'https://chatgpt.com/connector/oauth/kDmjx77UnKOM',
    },
  ]) {
    it(`ChatGPT (${path}) signs for the token endpoint, or comes without an assertion`, async () => {
      const document = chatGptDocument(path, redirectUri)
      const id = document.client_id
      const { publicJwk } = await signingKey('client')
      const clients = createKnownClients({
        documents: { [id]: document, [document.jwks_uri]: { keys: [publicJwk] } },
      })
      expect((await clients.find(id)).redirectUris).to.deep.equal([redirectUri])
      // exomem#380: its `aud` is the token endpoint; RFC 7523bis would have it be the issuer.
      for (const aud of [`${ISSUER}/oauth/token`, ISSUER]) {
        const assertion = await assertionOf(id, { claims: { aud } })
        const form = { client_assertion_type: ASSERTION_TYPE, client_assertion: assertion }
        expect(await clients.present(form)).to.have.property('id', id)
      }
      expect(await clients.present({ client_id: id })).to.have.property('id', id)
      expect(clients.fetched).to.deep.equal([id, document.jwks_uri])
    })
  }
})
