import { expect } from 'chai'

import { signIn } from '../../src/identity-provider/sign-in.ts'
import { CLIENT_ID, SCOPE } from '../../src/world.ts'
import {
  authorization,
  identityProvider,
  machineToken,
  metadataOf,
  RESOURCE,
  tokensFor,
  verified,
} from './code-flow.ts'

describe('identity provider: okta organisation', () => {
  const idp = identityProvider()
  const issuer = () => idp().issuers.oktaOrg

  it('is the organisation itself, without an authorization server in its name', async () => {
    const metadata = await metadataOf(issuer())
    expect(issuer()).to.equal(`${idp().origin}/okta`)
    expect(metadata).to.include({
      issuer: issuer(),
      authorization_endpoint: `${issuer()}/oauth2/v1/authorize`,
      token_endpoint: `${issuer()}/oauth2/v1/token`,
      jwks_uri: `${issuer()}/oauth2/v1/keys`,
      registration_endpoint: `${issuer()}/oauth2/v1/clients`,
    })
    expect(metadata.scopes_supported).to.include('groups').and.not.include(SCOPE)
    expect(metadata.grant_types_supported).to.not.include('client_credentials')
  })

  it('issues access tokens for itself that look like JWTs and carry no groups', async () => {
    const asked = { scope: 'openid groups', resource: RESOURCE }
    const { access_token } = await tokensFor(issuer(), 'alice', asked)
    const { header, claims } = await verified(issuer(), access_token)
    expect(header).to.have.all.keys('alg', 'kid')
    expect(claims).to.have.all.keys(
      ...['ver', 'jti', 'iss', 'aud', 'iat', 'exp', 'cid', 'uid', 'scp', 'auth_time', 'sub'],
    )
    expect(claims).to.deep.include({
      iss: issuer(),
      aud: issuer(),
      cid: CLIENT_ID,
      uid: '00ulocalalice',
      scp: ['openid', 'groups'],
      sub: 'alice@shop.example',
    })
    expect(claims.jti).to.match(/^AT\./)
  })

  it('puts groups into the ID token', async () => {
    const { id_token } = await tokensFor(issuer(), 'bob', { scope: 'openid groups email' })
    const { claims } = await verified(issuer(), id_token)
    expect(claims).to.deep.include({
      aud: CLIENT_ID,
      sub: '00ulocalbob',
      email: 'bob@shop.example',
      groups: ['staff', 'team-catalog'],
    })
    expect(claims.jti).to.match(/^ID\./)
  })

  it('has no custom scopes and no tokens for machines', async () => {
    const { url } = authorization(await metadataOf(issuer()), { scope: `openid ${SCOPE}` })
    const back = await signIn(url, 'alice')
    expect(back.searchParams.get('error')).to.equal('invalid_scope')
    const machine = await machineToken(issuer(), { scope: SCOPE })
    expect(machine).to.include({ status: 401, error: 'invalid_client' })
  })

  it('shares its keys with no authorization server below it', async () => {
    const { okta } = idp().issuers
    const { access_token } = await tokensFor(okta, 'alice')
    const own = await tokensFor(issuer(), 'alice', { scope: 'openid' })
    const below = await verified(okta, access_token)
    expect(below.header.kid).to.not.equal((await verified(issuer(), own.access_token)).header.kid)
  })
})
