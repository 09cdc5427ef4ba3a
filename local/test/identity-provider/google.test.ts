import { expect } from 'chai'

import { signIn } from '../../src/identity-provider/sign-in.ts'
import { CLIENT_ID, SCOPE } from '../../src/world.ts'
import {
  authorization,
  identityProvider,
  machineToken,
  metadataOf,
  RESOURCE,
  refresh,
  revoke,
  tokensFor,
  verified,
} from './code-flow.ts'

describe('identity provider: google', () => {
  const idp = identityProvider()
  const issuer = () => idp().issuers.google
  const asked = { scope: 'openid email', resource: RESOURCE, nonce: 'n-1' }

  it('publishes PKCE methods and revocation, and neither registration nor introspection', async () => {
    const metadata = await metadataOf(issuer())
    expect(metadata.issuer).to.equal(issuer())
    expect(metadata.code_challenge_methods_supported).to.include('S256')
    expect(metadata).to.include.keys('revocation_endpoint', 'userinfo_endpoint')
    expect(metadata).to.not.have.any.keys(
      ...['registration_endpoint', 'introspection_endpoint', 'end_session_endpoint'],
    )
    expect(metadata.scopes_supported).to.deep.equal(['openid', 'profile', 'email'])
    expect(metadata.grant_types_supported).to.not.include('client_credentials')
  })

  it('issues opaque access tokens that open userinfo until they are revoked', async () => {
    const { access_token } = await tokensFor(issuer(), 'alice', asked)
    expect(access_token).to.match(/^ya29\.[\w-]{20,}$/)
    const { userinfo_endpoint } = await metadataOf(issuer())
    const userinfo = (token: string) =>
      fetch(String(userinfo_endpoint), { headers: { authorization: `Bearer ${token}` } })
    const answer = await userinfo(String(access_token))
    expect(await answer.json()).to.include({ email: 'alice@shop.example', hd: 'shop.example' })
    expect((await userinfo(String(access_token).replace('ya29.', ''))).status).to.equal(401)
    expect(await revoke(issuer(), access_token)).to.equal(200)
    expect((await userinfo(String(access_token))).status).to.equal(401)
  })

  it('issues ID tokens for the client, with the domain and without groups', async () => {
    const { id_token } = await tokensFor(issuer(), 'bob', asked)
    const { claims } = await verified(issuer(), id_token)
    expect(claims).to.include({
      iss: issuer(),
      aud: CLIENT_ID,
      azp: CLIENT_ID,
      hd: 'shop.example',
      email: 'bob@shop.example',
      email_verified: true,
      nonce: 'n-1',
    })
    expect(claims.sub).to.match(/^\d{21}$/)
    expect(claims).to.not.have.any.keys('groups', 'roles', 'scope')
  })

  it('knows no scope of an API and no machine', async () => {
    const { url } = authorization(await metadataOf(issuer()), { scope: `openid ${SCOPE}` })
    const back = await signIn(url, 'alice')
    expect(back.searchParams.get('error')).to.equal('invalid_scope')
    const machine = await machineToken(issuer())
    expect(machine).to.include({ status: 401, error: 'invalid_client' })
  })

  it('gives a refresh token for access_type=offline', async () => {
    const without = await tokensFor(issuer(), 'alice', asked)
    expect(without).to.not.have.property('refresh_token')
    const tokens = await tokensFor(issuer(), 'alice', { ...asked, access_type: 'offline' })
    const again = await refresh(issuer(), tokens.refresh_token)
    expect(again.access_token).to.match(/^ya29\./)
    const { claims } = await verified(issuer(), again.id_token)
    expect(claims).to.include({ azp: CLIENT_ID, hd: 'shop.example' })
  })
})
