import { expect } from 'chai'

import { signIn } from '../../src/identity-provider/sign-in.ts'
import { CLIENT_ID, KEYCLOAK_API_CLIENT, SCOPE } from '../../src/world.ts'
import {
  authorization,
  identityProvider,
  introspection,
  jsonOf,
  machineToken,
  metadataOf,
  PROD_RESOURCE,
  RESOURCE,
  refresh,
  revoke,
  tokensFor,
  verified,
} from './code-flow.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

describe('identity provider: keycloak', () => {
  const idp = identityProvider()
  const issuer = () => idp().issuers.keycloak

  it('publishes PKCE, registration, introspection, revocation and iss under the paths of a realm', async () => {
    const metadata = await metadataOf(issuer())
    const endpoints = `${issuer()}/protocol/openid-connect`
    expect(issuer()).to.equal(`${idp().origin}/keycloak/realms/shop`)
    expect(metadata).to.deep.include({
      issuer: issuer(),
      authorization_endpoint: `${endpoints}/auth`,
      token_endpoint: `${endpoints}/token`,
      jwks_uri: `${endpoints}/certs`,
      introspection_endpoint: `${endpoints}/token/introspect`,
      revocation_endpoint: `${endpoints}/revoke`,
      registration_endpoint: `${issuer()}/clients-registrations/openid-connect`,
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
    })
  })

  it('issues access tokens with roles, group paths and the audience of the client scope', async () => {
    const asked = { scope: `openid email ${SCOPE}`, resource: PROD_RESOURCE }
    const { access_token } = await tokensFor(issuer(), 'alice', asked)
    const { header, claims } = await verified(issuer(), access_token)
    expect(header).to.have.all.keys('typ', 'alg', 'kid')
    expect(header.typ).to.equal('JWT')
    expect(claims).to.deep.include({
      iss: issuer(),
      typ: 'Bearer',
      azp: CLIENT_ID,
      aud: [PROD_RESOURCE, 'account'],
      scope: `openid email ${SCOPE}`,
      realm_access: {
        roles: ['default-roles-shop', 'offline_access', 'uma_authorization', 'staff', 'sre'],
      },
      resource_access: {
        [KEYCLOAK_API_CLIENT]: { roles: ['sre'] },
        account: { roles: ['manage-account', 'view-profile'] },
      },
      groups: ['/staff', '/sre'],
      preferred_username: 'alice',
      email: 'alice@shop.example',
      email_verified: true,
    })
    for (const name of ['sub', 'sid', 'jti']) expect(claims[name], name).to.match(UUID)
    expect(claims).to.not.have.property('client_id')
  })

  it('names the first resource when none is asked for, and nobody but account without the client scope', async () => {
    const usual = await tokensFor(issuer(), 'bob')
    const { claims } = await verified(issuer(), usual.access_token)
    expect(claims.aud).to.deep.equal([RESOURCE, 'account'])
    const bare = await tokensFor(issuer(), 'bob', { scope: 'openid' })
    expect((await verified(issuer(), bare.access_token)).claims.aud).to.equal('account')
  })

  it('refuses a foreign resource with invalid_target and says who it is', async () => {
    const asked = { resource: 'https://elsewhere.example/mcp' }
    const back = await signIn(authorization(await metadataOf(issuer()), asked).url, 'alice')
    expect(back.searchParams.get('error')).to.equal('invalid_target')
    expect(back.searchParams.get('iss')).to.equal(issuer())
  })

  it('keeps the session over a refresh', async () => {
    const first = await tokensFor(issuer(), 'alice')
    const second = await refresh(issuer(), first.refresh_token)
    const before = await verified(issuer(), first.access_token)
    const after = await verified(issuer(), second.access_token)
    expect(after.claims.sid).to.equal(before.claims.sid)
    expect(after.claims.jti).to.not.equal(before.claims.jti)
  })

  it('marks ID tokens by typ', async () => {
    const { id_token } = await tokensFor(issuer(), 'bob', { scope: 'openid profile' })
    const { claims } = await verified(issuer(), id_token)
    expect(claims).to.include({
      typ: 'ID',
      aud: CLIENT_ID,
      azp: CLIENT_ID,
      preferred_username: 'bob',
    })
  })

  it('gives a machine the token of its service account', async () => {
    const { access_token } = await machineToken(issuer(), { resource: RESOURCE })
    const { claims } = await verified(issuer(), access_token)
    expect(claims).to.deep.include({
      typ: 'Bearer',
      azp: 'ci-local',
      client_id: 'ci-local',
      aud: [RESOURCE, 'account'],
      scope: SCOPE,
      preferred_username: 'service-account-ci-local',
      email_verified: false,
    })
    expect(claims.sub).to.match(UUID)
    expect(claims).to.not.have.any.keys('sid', 'groups', 'email', 'name')
  })

  it('introspects its JWTs for a client with a secret', async () => {
    const { access_token } = await tokensFor(issuer(), 'alice')
    const { claims } = await verified(issuer(), access_token)
    expect(await introspection(issuer(), access_token)).to.deep.equal({
      status: 200,
      ...claims,
      client_id: CLIENT_ID,
      username: 'alice',
      token_type: 'Bearer',
      active: true,
    })
    const machine = await machineToken(issuer())
    expect(await introspection(issuer(), machine.access_token)).to.include({
      active: true,
      username: 'service-account-ci-local',
    })
  })

  it('calls a token inactive that is foreign, changed, no access token, or asked for by a public client', async () => {
    const own = await tokensFor(issuer(), 'alice', { scope: `openid ${SCOPE}` })
    const foreign = await tokensFor(idp().issuers.generic, 'alice')
    const [header, , signature] = String(own.access_token).split('.')
    const payload = Buffer.from(JSON.stringify({ iss: issuer(), typ: 'Bearer' }))
    const changed = [header, payload.toString('base64url'), signature].join('.')
    for (const token of [foreign.access_token, changed, own.id_token]) {
      const answer = await introspection(issuer(), token)
      expect(answer).to.deep.equal({ status: 200, active: false })
    }
    const client = { client_id: CLIENT_ID }
    const publicClient = await introspection(issuer(), own.access_token, client)
    expect(publicClient).to.deep.equal({ status: 200, active: false })
    const anonymous = await introspection(issuer(), own.access_token, {})
    expect(anonymous).to.include({ status: 400, error: 'invalid_request' })
  })

  it("revokes a client's own JWT and nobody else's", async () => {
    const { access_token } = await tokensFor(issuer(), 'alice')
    const machine = await machineToken(issuer())
    expect(await revoke(issuer(), access_token)).to.equal(200)
    expect(await revoke(issuer(), machine.access_token)).to.equal(200)
    expect(await introspection(issuer(), access_token)).to.deep.equal({
      status: 200,
      active: false,
    })
    expect(await introspection(issuer(), machine.access_token)).to.include({ active: true })
  })

  it('registers a client and signs a person in with it', async () => {
    const { registration_endpoint } = await metadataOf(issuer())
    const redirect_uri = 'http://localhost:40125/callback'
    const response = await fetch(String(registration_endpoint), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris: [redirect_uri], token_endpoint_auth_method: 'none' }),
    })
    expect(response.status).to.equal(201)
    const client_id = String((await jsonOf(response)).client_id)
    const { access_token } = await tokensFor(issuer(), 'alice', { client_id, redirect_uri })
    expect((await verified(issuer(), access_token)).claims.azp).to.equal(client_id)
  })
})
