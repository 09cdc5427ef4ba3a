import { expect } from 'chai'

import { signIn } from '../../src/identity-provider/sign-in.ts'
import { CLIENT_ID, OKTA_AUDIENCE, SCOPE } from '../../src/world.ts'
import {
  authorization,
  identityProvider,
  machineToken,
  metadataOf,
  RESOURCE,
  refresh,
  tokensFor,
  verified,
} from './code-flow.ts'

const FOREIGN = 'https://elsewhere.example/mcp'

describe('identity provider: okta', () => {
  const idp = identityProvider()
  const issuer = () => idp().issuers.okta

  it('issues access tokens in the shape of a custom authorization server', async () => {
    const asked = { scope: `openid ${SCOPE}`, resource: RESOURCE }
    const { access_token } = await tokensFor(issuer(), 'alice', asked, { resource: RESOURCE })
    const { header, claims } = await verified(issuer(), access_token)
    expect(header).to.have.all.keys('alg', 'kid')
    expect(claims).to.have.all.keys(
      ...['ver', 'jti', 'iss', 'aud', 'iat', 'exp', 'cid', 'uid', 'scp'],
      ...['auth_time', 'sub', 'groups'],
    )
    expect(claims).to.deep.include({
      ver: 1,
      iss: issuer(),
      aud: OKTA_AUDIENCE,
      cid: CLIENT_ID,
      uid: '00ulocalalice',
      scp: ['openid', SCOPE],
      sub: 'alice@shop.example',
      groups: ['staff', 'sre'],
    })
    expect(claims.jti).to.match(/^AT\./)
    expect(claims.auth_time).to.be.a('number')
  })

  it('marks ID tokens by their jti and names the person by uid', async () => {
    const { id_token } = await tokensFor(issuer(), 'bob', { scope: 'openid email' })
    const { claims } = await verified(issuer(), id_token)
    expect(claims).to.include({ aud: CLIENT_ID, sub: '00ulocalbob', email: 'bob@shop.example' })
    expect(claims.jti).to.match(/^ID\./)
  })

  it('ignores resource, also a foreign one and another one at the token endpoint', async () => {
    const atToken = { resource: 'https://third.example/' }
    const { access_token } = await tokensFor(issuer(), 'alice', { resource: FOREIGN }, atToken)
    const { claims } = await verified(issuer(), access_token)
    expect(claims.aud).to.equal(OKTA_AUDIENCE)
  })

  it('gives a machine a token without uid and groups', async () => {
    const asked = { scope: SCOPE, resource: FOREIGN }
    const { access_token } = await machineToken(issuer(), asked)
    const { header, claims } = await verified(issuer(), access_token)
    expect(header).to.have.all.keys('alg', 'kid')
    expect(claims).to.deep.include({
      sub: 'ci-local',
      cid: 'ci-local',
      scp: [SCOPE],
      aud: OKTA_AUDIENCE,
    })
    expect(claims).to.not.have.any.keys('uid', 'groups', 'auth_time')
  })

  it('refuses scopes that are not configured, and a machine without any', async () => {
    const metadata = await metadataOf(issuer())
    for (const scope of ['mcp:tools', '']) {
      const back = await signIn(authorization(metadata, { scope }).url, 'alice')
      expect(back.searchParams.get('error'), scope).to.equal('invalid_scope')
    }
    expect(await machineToken(issuer())).to.include({ status: 400, error: 'invalid_scope' })
  })

  it('gives a refresh token for offline_access only, without prompt=consent', async () => {
    const without = await tokensFor(issuer(), 'alice')
    expect(without).to.not.have.property('refresh_token')
    const tokens = await tokensFor(issuer(), 'alice', { scope: `offline_access ${SCOPE}` })
    const { access_token } = await refresh(issuer(), tokens.refresh_token)
    const { claims } = await verified(issuer(), access_token)
    expect(claims).to.deep.include({ uid: '00ulocalalice', scp: ['offline_access', SCOPE] })
  })

  it('advertises registration and turns anonymous callers away', async () => {
    const { registration_endpoint } = await metadataOf(issuer())
    const register = (headers: Record<string, string>) =>
      fetch(String(registration_endpoint), {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ redirect_uris: ['http://localhost:1/callback'] }),
      })
    const anonymous = await register({})
    expect(anonymous.status).to.equal(403)
    expect(await anonymous.json()).to.include({ errorCode: 'E0000005' })
    const withToken = await register({ authorization: 'SSWS wrong' })
    expect(withToken.status).to.equal(401)
    expect(await withToken.json()).to.include({ errorCode: 'E0000011' })
  })
})
