import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { startDocumentHost } from '../clients/document-host.ts'
import { EMULATIONS, type Emulation } from '../clients/emulations.ts'
import { type FacadeWorld, startFacadeWorld } from '../clients/facade-world.ts'
import {
  type Answer,
  ask,
  authorize,
  ENDPOINTS,
  type Fields,
  mcp,
  postForm,
  register,
  textIn,
} from '../clients/oauth-flow.ts'

const KEYS_PATH = '/keys.json'

/** Members of the metadata that one client or another gives up without. */
const REQUIRED = {
  response_types_supported: ['code'],
  code_challenge_methods_supported: ['S256'],
  authorization_response_iss_parameter_supported: true,
  client_id_metadata_document_supported: true,
}

/** What a client has learnt when it registers. */
type Known = Readonly<{ id: string; secret: string }>

/** How a client asks at the token endpoint. */
type AskToken = (form: Fields) => Promise<Answer>

describe('what clients do, from the first refusal to a tool call', function () {
  this.timeout(60_000)
  let world: FacadeWorld
  let documents: Awaited<ReturnType<typeof startDocumentHost>>
  let folder: string
  let keys: Awaited<ReturnType<typeof generateKeyPair>>
  let publicKey: JWK

  before(async () => {
    keys = await generateKeyPair('RS256')
    publicKey = { ...(await exportJWK(keys.publicKey)), kid: 'client', alg: 'RS256', use: 'sig' }
    documents = await startDocumentHost((req, res) => {
      const found = documentAt(req.url ?? '')
      res.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' })
      res.end(JSON.stringify(found ?? {}))
    })
    folder = await mkdtemp(join(tmpdir(), 'emulations-'))
    const trusted = join(folder, 'trusted.pem')
    writeFileSync(trusted, documents.ca)
    world = await startFacadeWorld({
      issuers: ['generic'],
      // The clients' own hosts cannot be had here: one on this machine stands in for all of them.
      gateway: { dangerouslyAllowPrivateClientMetadata: true },
      env: { NODE_EXTRA_CA_CERTS: trusted },
    })
  })
  after(async () => {
    await world?.stop()
    await documents?.close()
    if (folder !== undefined) await rm(folder, { recursive: true })
  })

  const hostOf = () => `https://localhost:${documents.port}`

  const documentAt = (path: string): unknown => {
    if (path === KEYS_PATH) return { keys: [publicKey] }
    for (const { known } of EMULATIONS) {
      if (known.by !== 'document' || known.path !== path) continue
      return {
        ...known.document,
        client_id: hostOf() + path,
        ...(known.document.token_endpoint_auth_method === 'private_key_jwt' && {
          jwks_uri: hostOf() + KEYS_PATH,
        }),
      }
    }
    return undefined
  }

  const filled = (template: string | undefined): Readonly<{ resource?: string }> =>
    template === undefined
      ? {}
      : { resource: template.replace('{mcp}', world.mcpUrl).replace('{origin}', world.origin) }

  const getToKnow = async ({ known, endpoints = ENDPOINTS }: Emulation): Promise<Known> => {
    if (known.by === 'document') return { id: hostOf() + known.path, secret: '' }
    const { client_id: id, client_secret: secret = '' } = await register(
      world.origin,
      known.request,
      endpoints.register,
    )
    return { id: String(id), secret: String(secret) }
  }

  const assertion = (id: string) =>
    new SignJWT({ jti: randomUUID() })
      .setProtectedHeader({ alg: 'RS256', kid: 'client' })
      .setIssuer(id)
      .setSubject(id)
      .setAudience(`${world.origin}/oauth/token`)
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(keys.privateKey)

  const tokenAsker =
    ({ proof }: Emulation, { id, secret }: Known, path: string): AskToken =>
    async (form) => {
      const url = world.origin + path
      switch (proof) {
        case 'none':
          return postForm(url, { ...form, client_id: id })
        case 'secret in the form':
          return postForm(url, { ...form, client_id: id, client_secret: secret })
        case 'secret in the header': {
          const pair = `${encodeURIComponent(id)}:${encodeURIComponent(secret)}`
          const basic = Buffer.from(pair).toString('base64')
          return postForm(url, form, { authorization: `Basic ${basic}` })
        }
        case 'assertion':
          return postForm(url, {
            ...form,
            client_id: id,
            client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
            client_assertion: await assertion(id),
          })
      }
    }

  const checkProbe = async (path: string) => {
    const { status, headers, body } = await ask(world.origin + path, {
      headers: { accept: 'application/json' },
    })
    expect(status, path).to.equal(200)
    expect(headers.get('access-control-allow-origin'), path).to.equal('*')
    if (path.includes('oauth-protected-resource')) {
      expect(body, path).to.include({ resource: world.mcpUrl })
      expect(body.authorization_servers, path).to.deep.equal([world.origin])
      return
    }
    expect(body, path).to.deep.include({ ...REQUIRED, issuer: world.origin })
    expect(body.grant_types_supported, path).to.include('refresh_token')
    expect(body.token_endpoint_auth_methods_supported, path).to.include('none')
  }

  /** The 401 that every client begins with; gives the scope that it names. */
  const refusedAtFirst = async ({ first }: Emulation): Promise<string> => {
    const { status, headers, body } = await ask(world.mcpUrl, {
      method: first.method,
      headers: {
        accept: 'application/json, text/event-stream',
        ...(first.body !== undefined && { 'content-type': 'application/json' }),
        ...first.headers,
      },
      ...(first.body !== undefined && { body: JSON.stringify(first.body) }),
    })
    expect(status).to.equal(401)
    expect(body).to.be.an('object')
    const challenge = headers.get('www-authenticate') ?? ''
    expect(challenge).to.match(/^Bearer /)
    // codex: an error where no token was sent is taken for a bad token.
    expect(challenge).to.not.include('error=')
    expect(challenge).to.include(
      `resource_metadata="${world.origin}/.well-known/oauth-protected-resource/mcp"`,
    )
    return /scope="([^"]*)"/.exec(challenge)?.[1] ?? ''
  }

  const scopeOf = async ({ scope }: Emulation, challenged: string): Promise<Fields> => {
    switch (scope) {
      case undefined:
        return {}
      case 'challenge':
        return { scope: challenged }
      case 'challenge and offline_access':
        return { scope: `${challenged} offline_access` }
      case 'all': {
        const { body } = await ask(`${world.origin}/.well-known/oauth-authorization-server`)
        return { scope: Array.from(Object(body.scopes_supported)).join(' ') }
      }
    }
  }

  const listsTools = async ({ revision }: Emulation, accessToken: string) => {
    const headers = { 'mcp-protocol-version': revision }
    const list = await mcp(world.mcpUrl, accessToken, 'tools/list', {}, headers)
    expect(list.status, list.text).to.equal(200)
    const params = { name: 'list_log_groups', arguments: {} }
    const call = await mcp(world.mcpUrl, accessToken, 'tools/call', params, headers)
    expect(call.text).to.include('account: 111122223333')
  }

  for (const emulation of EMULATIONS) {
    it(`${emulation.client}: is refused, finds its way, signs in, calls, refreshes and leaves`, async () => {
      const { redirectUri, state, resource, more, endpoints = ENDPOINTS } = emulation
      const challenged = await refusedAtFirst(emulation)
      expect(challenged).to.equal('cloudwatch/read')
      for (const path of emulation.probes) await checkProbe(path)

      const known = await getToKnow(emulation)
      const { back, code, verifier } = await authorize(
        world.origin,
        {
          client_id: known.id,
          redirect_uri: redirectUri,
          ...(state !== undefined && { state }),
          ...(await scopeOf(emulation, challenged)),
          ...filled(resource.authorize),
          ...more,
        },
        world.issuers.generic,
        { path: endpoints.authorize },
      )
      expect(back.searchParams.get('state')).to.equal(state ?? null)
      expect(back.searchParams.get('iss')).to.equal(world.origin)
      expect([...back.searchParams.keys()].sort()).to.deep.equal(
        ['code', 'iss', ...(state === undefined ? [] : ['state'])].sort(),
      )

      const askToken = tokenAsker(emulation, known, endpoints.token)
      const tokens = await askToken({
        grant_type: 'authorization_code',
        code,
        code_verifier: verifier,
        redirect_uri: redirectUri,
        ...filled(resource.token),
      })
      expect(tokens.status, tokens.text).to.equal(200)
      expect(tokens.headers.get('cache-control')).to.equal('no-store')
      expect(tokens.body).to.include({ token_type: 'Bearer' })
      await listsTools(emulation, textIn(tokens, 'access_token'))

      const refreshed = await askToken({
        grant_type: 'refresh_token',
        refresh_token: textIn(tokens, 'refresh_token'),
        ...filled(resource.refresh),
      })
      expect(refreshed.status, refreshed.text).to.equal(200)
      const accessToken = textIn(refreshed, 'access_token')
      expect(textIn(refreshed, 'refresh_token')).to.not.equal(textIn(tokens, 'refresh_token'))
      await listsTools(emulation, accessToken)

      const revoked = await tokenAsker(
        emulation,
        known,
        '/oauth/revoke',
      )({
        token: textIn(refreshed, 'refresh_token'),
      })
      expect(revoked.status, revoked.text).to.equal(200)
      const refused = await mcp(world.mcpUrl, accessToken, 'tools/list')
      expect(refused.status).to.equal(401)
      expect(refused.headers.get('www-authenticate')).to.include('error="invalid_token"')
    })
  }

  for (const [method, path] of [
    ['POST', '/oauth2/register'],
    ['GET', '/.well-known/oauth-authorization-server/sse'],
    ['GET', '/.well-known/oauth-protected-resource/mcp/other'],
    ['GET', '/mcp/other/.well-known/openid-configuration'],
    ['GET', '/.well-known/mcp.json'],
  ] as const) {
    it(`${method} ${path}, where a client may look in vain, is 404 in JSON`, async () => {
      const { status, headers, text } = await ask(world.origin + path, { method })
      expect(status).to.equal(404)
      expect(headers.get('content-type')).to.match(/^application\/json/)
      expect(() => JSON.parse(text)).to.not.throw()
    })
  }
})
