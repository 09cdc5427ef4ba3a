import { expect } from 'chai'

import { startIdentityProvider } from '../../src/identity-provider/identity-provider.ts'
import { cancelSignIn, signIn } from '../../src/identity-provider/sign-in.ts'
import { CLIENT_ID, SCOPE } from '../../src/world.ts'
import {
  authorization,
  identityProvider,
  jsonOf,
  machineToken,
  metadataOf,
  PROD_RESOURCE,
  REDIRECT_URI,
  RESOURCE,
  RESOURCE_ORIGIN,
  refresh,
  tokenRequest,
  tokensFor,
  verified,
} from './code-flow.ts'

describe('identity provider: generic', () => {
  const idp = identityProvider()
  const issuer = () => idp().issuers.generic

  it('issues an RFC 9068 access token for the resource that was asked for', async () => {
    const tokens = await tokensFor(issuer(), 'alice', { resource: PROD_RESOURCE })
    expect(tokens).to.include({ status: 200, scope: SCOPE, expires_in: 3600 })
    const { header, claims } = await verified(issuer(), tokens.access_token)
    expect(header).to.include({ alg: 'RS256', typ: 'at+jwt' })
    expect(header.kid).to.be.a('string')
    expect(claims).to.deep.include({
      iss: issuer(),
      aud: PROD_RESOURCE,
      sub: 'alice',
      client_id: CLIENT_ID,
      scope: SCOPE,
      preferred_username: 'alice',
      email: 'alice@shop.example',
      groups: ['staff', 'sre'],
    })
    expect(claims.jti).to.be.a('string')
    expect(Number(claims.exp) - Number(claims.iat)).to.equal(3600)
  })

  it('gives each person their own groups', async () => {
    const groups = { bob: ['staff', 'team-catalog'], carol: ['staff'] } as const
    for (const person of ['bob', 'carol'] as const) {
      const { access_token } = await tokensFor(issuer(), person, { resource: RESOURCE })
      const { claims } = await verified(issuer(), access_token)
      expect(claims).to.deep.include({ sub: person, groups: groups[person] })
    }
  })

  it('uses the first resource and the one scope for a client that names neither', async () => {
    const { access_token } = await tokensFor(issuer(), 'alice', { scope: '' })
    const { claims } = await verified(issuer(), access_token)
    expect(claims).to.include({ aud: RESOURCE, scope: SCOPE })
  })

  it('issues an ID token with the claims of the granted scopes', async () => {
    const asked = { scope: `openid email ${SCOPE}`, nonce: 'n-1' }
    const { id_token } = await tokensFor(issuer(), 'bob', asked)
    const { claims } = await verified(issuer(), id_token)
    expect(claims).to.include({
      aud: CLIENT_ID,
      sub: 'bob',
      nonce: 'n-1',
      email: 'bob@shop.example',
    })
    expect(claims).to.not.have.any.keys('groups', 'name')
    expect(claims.auth_time).to.be.a('number')
  })

  it('refuses a foreign resource with invalid_target, at sign-in and at the token endpoint', async () => {
    const metadata = await metadataOf(issuer())
    const foreign = 'https://elsewhere.example/mcp'
    const { url } = authorization(metadata, { resource: foreign })
    const back = await signIn(url, 'alice')
    expect(back.searchParams.get('error')).to.equal('invalid_target')
    expect(back.searchParams.get('iss')).to.equal(issuer())

    const granted = { resource: RESOURCE }
    const answer = await tokensFor(issuer(), 'alice', granted, { resource: PROD_RESOURCE })
    expect(answer).to.include({ status: 400, error: 'invalid_target' })
    const machine = await machineToken(issuer(), { resource: foreign })
    expect(machine).to.include({ status: 400, error: 'invalid_target' })
  })

  it('lets a client that was granted both resources choose one at the token endpoint', async () => {
    const both = { resource: [RESOURCE, PROD_RESOURCE] }
    const chosen = await tokensFor(issuer(), 'alice', both, { resource: PROD_RESOURCE })
    expect((await verified(issuer(), chosen.access_token)).claims.aud).to.equal(PROD_RESOURCE)
    const first = await tokensFor(issuer(), 'alice', both)
    expect((await verified(issuer(), first.access_token)).claims.aud).to.equal(RESOURCE)
  })

  it('demands PKCE with S256', async () => {
    const metadata = await metadataOf(issuer())
    const without = { code_challenge: '', code_challenge_method: '' }
    const plain = { code_challenge_method: 'plain' }
    for (const asked of [without, plain]) {
      const back = await signIn(authorization(metadata, asked).url, 'alice')
      expect(back.searchParams.get('error')).to.equal('invalid_request')
    }
    const { url } = authorization(metadata)
    const code = (await signIn(url, 'alice')).searchParams.get('code')
    const answer = await tokenRequest(metadata, {
      grant_type: 'authorization_code',
      client_id: CLIENT_ID,
      redirect_uri: REDIRECT_URI,
      code: String(code),
      code_verifier: 'another-verifier-of-at-least-forty-three-characters',
    })
    expect(answer).to.include({ status: 400, error: 'invalid_grant' })
  })

  it('returns code, state and iss to the client', async () => {
    const { url } = authorization(await metadataOf(issuer()), { state: 'a&b=c' })
    const back = await signIn(url, 'alice')
    expect(back.origin + back.pathname).to.equal(REDIRECT_URI)
    expect([...back.searchParams.keys()].sort()).to.deep.equal(['code', 'iss', 'state'])
    expect(back.searchParams.get('state')).to.equal('a&b=c')
    expect(back.searchParams.get('iss')).to.equal(issuer())
  })

  it('redeems a code once only', async () => {
    const metadata = await metadataOf(issuer())
    const { url, verifier } = authorization(metadata)
    const request = {
      grant_type: 'authorization_code',
      client_id: CLIENT_ID,
      redirect_uri: REDIRECT_URI,
      code: String((await signIn(url, 'alice')).searchParams.get('code')),
      code_verifier: verifier,
    }
    expect(await tokenRequest(metadata, request)).to.include({ status: 200 })
    expect(await tokenRequest(metadata, request)).to.include({ error: 'invalid_grant' })
  })

  it('tells the client access_denied when the person cancels', async () => {
    const { url } = authorization(await metadataOf(issuer()))
    const back = await cancelSignIn(url)
    expect(back.searchParams.get('error')).to.equal('access_denied')
    expect(back.searchParams.get('state')).to.equal('state-of-the-test')
    expect(back.searchParams.has('code')).to.equal(false)
  })

  it('rotates refresh tokens, keeps the resource, and ends the grant when an old one comes back', async () => {
    const first = await tokensFor(issuer(), 'bob', { resource: PROD_RESOURCE })
    const second = await refresh(issuer(), first.refresh_token)
    expect(second.status).to.equal(200)
    expect(second.refresh_token).to.be.a('string').and.not.equal(first.refresh_token)
    const { claims } = await verified(issuer(), second.access_token)
    expect(claims).to.include({ sub: 'bob', aud: PROD_RESOURCE, scope: SCOPE })

    expect(await refresh(issuer(), first.refresh_token)).to.include({ error: 'invalid_grant' })
    expect(await refresh(issuer(), second.refresh_token)).to.include({ error: 'invalid_grant' })
  })

  it('revokes a refresh token', async () => {
    const metadata = await metadataOf(issuer())
    const { refresh_token } = await tokensFor(issuer(), 'alice')
    const response = await fetch(String(metadata.revocation_endpoint), {
      method: 'POST',
      body: new URLSearchParams({ client_id: CLIENT_ID, token: String(refresh_token) }),
    })
    expect(response.status).to.equal(200)
    expect(await refresh(issuer(), refresh_token)).to.include({ error: 'invalid_grant' })
  })

  it('gives a machine a token of its own, without a person in it', async () => {
    const { access_token } = await machineToken(issuer(), { resource: RESOURCE })
    const { header, claims } = await verified(issuer(), access_token)
    expect(header.typ).to.equal('at+jwt')
    expect(claims).to.include({
      sub: 'ci-local',
      client_id: 'ci-local',
      aud: RESOURCE,
      scope: SCOPE,
    })
    expect(claims).to.not.have.any.keys('groups', 'email', 'preferred_username')
  })

  it('refuses a machine with a wrong secret', async () => {
    const answer = await machineToken(issuer(), { client_secret: 'wrong' })
    expect(answer).to.include({ status: 401, error: 'invalid_client' })
  })

  it('takes the callbacks of well-known MCP clients, loopback on every port', async () => {
    const metadata = await metadataOf(issuer())
    const callbacks = [
      'http://localhost:6274/oauth/callback',
      'http://localhost:6274/oauth/callback/debug',
      'http://127.0.0.1:6276/oauth/callback',
      'http://localhost:3118/callback',
      'http://127.0.0.1:51234/callback',
      'http://127.0.0.1:33418/',
      'https://vscode.dev/redirect',
    ]
    for (const redirect_uri of callbacks) {
      const back = await signIn(authorization(metadata, { redirect_uri }).url, 'alice')
      expect(back.searchParams.get('code'), redirect_uri).to.be.a('string')
    }
  })

  it('never redirects to an address that the client did not register', async () => {
    const metadata = await metadataOf(issuer())
    for (const redirect_uri of ['http://localhost:3118/other', 'https://evil.example/callback']) {
      const { url } = authorization(metadata, { redirect_uri })
      const response = await fetch(url, { redirect: 'manual', headers: { accept: 'text/html' } })
      expect(response.status, redirect_uri).to.equal(400)
      expect(response.headers.get('location')).to.equal(null)
      expect(await response.text()).to.contain('invalid_redirect_uri')
    }
  })
})

describe('identity provider: registration at generic', () => {
  const idp = identityProvider()
  const register = async (metadata: object) => {
    const response = await fetch(`${idp().issuers.generic}/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(metadata),
    })
    return { status: response.status, client: await jsonOf(response) }
  }

  it('registers a public client, whatever scope it names, and signs it in', async () => {
    const redirect_uri = 'http://localhost:40123/oauth/callback'
    const { status, client } = await register({
      client_name: 'A client',
      redirect_uris: [redirect_uri],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      scope: 'something of an older day',
      software_id: 'x',
    })
    expect(status).to.equal(201)
    expect(client).to.include({ client_name: 'A client', token_endpoint_auth_method: 'none' })
    expect(client).to.not.have.property('client_secret')
    const asked = { client_id: String(client.client_id), redirect_uri, resource: RESOURCE }
    const tokens = await tokensFor(idp().issuers.generic, 'alice', asked)
    const { claims } = await verified(idp().issuers.generic, tokens.access_token)
    expect(claims.client_id).to.equal(client.client_id)
    expect(tokens.refresh_token).to.be.a('string')
  })

  it('registers a confidential client with a secret that is then demanded', async () => {
    const redirect_uri = 'https://assistant.example/callback'
    const { client } = await register({ redirect_uris: [redirect_uri] })
    expect(client.client_secret).to.be.a('string')
    const asked = { client_id: String(client.client_id), redirect_uri }
    const { generic } = idp().issuers
    const without = await tokensFor(generic, 'alice', asked)
    expect(without).to.include({ status: 401, error: 'invalid_client' })
    const metadata = await metadataOf(generic)
    const { url, verifier } = authorization(metadata, asked)
    const code = String((await signIn(url, 'alice')).searchParams.get('code'))
    const response = await fetch(metadata.token_endpoint, {
      method: 'POST',
      headers: {
        authorization: `Basic ${btoa(`${client.client_id}:${client.client_secret}`)}`,
      },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        redirect_uri,
        code,
        code_verifier: verifier,
      }),
    })
    expect(response.status).to.equal(200)
  })

  it('registers a private-use scheme', async () => {
    const { status } = await register({
      redirect_uris: ['cursor://anysphere.cursor-mcp/oauth/callback'],
      token_endpoint_auth_method: 'none',
    })
    expect(status).to.equal(201)
  })

  const wrong: ReadonlyArray<readonly [string, unknown, string]> = [
    ['no redirect URI', {}, 'invalid_redirect_uri'],
    ['plain http elsewhere', { redirect_uris: ['http://a.example/'] }, 'invalid_redirect_uri'],
    ['a script as redirect', { redirect_uris: ['javascript:alert(1)'] }, 'invalid_redirect_uri'],
    ['a list instead of an object', [], 'invalid_request'],
  ]
  for (const [title, metadata, error] of wrong) {
    it(`refuses ${title}`, async () => {
      const answer = await register(Object(metadata))
      expect(answer.status).to.equal(400)
      expect(answer.client.error).to.equal(error)
    })
  }

  it('does not know a client id that was tampered with', async () => {
    const { client } = await register({ redirect_uris: ['https://a.example/'] })
    const { url } = authorization(await metadataOf(idp().issuers.generic), {
      client_id: `${client.client_id}x`,
    })
    const response = await fetch(url, { redirect: 'manual', headers: { accept: 'text/html' } })
    expect(response.status).to.equal(400)
    expect(await response.text()).to.contain('does not know the client')
  })
})

describe('identity provider: after a restart', () => {
  it('still knows a client that registered before, and signs with new keys', async () => {
    const redirect_uri = 'http://localhost:40124/callback'
    const registered: string[] = []
    const kids: unknown[] = []
    for (const _start of ['first', 'second']) {
      const idp = await startIdentityProvider({ port: 0, resourceOrigin: RESOURCE_ORIGIN })
      try {
        const { generic } = idp.issuers
        if (registered.length === 0) {
          const response = await fetch(`${generic}/register`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({
              redirect_uris: [redirect_uri],
              token_endpoint_auth_method: 'none',
            }),
          })
          registered.push(String((await jsonOf(response)).client_id))
        }
        const asked = { client_id: String(registered[0]), redirect_uri }
        const { access_token } = await tokensFor(generic, 'alice', asked)
        kids.push((await verified(generic, access_token)).header.kid)
      } finally {
        await idp.close()
      }
    }
    expect(kids[0]).to.not.equal(kids[1])
  })
})
