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
  tokensFor,
  verified,
} from './code-flow.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

describe('identity provider: cognito', () => {
  const idp = identityProvider()
  const issuer = () => idp().issuers.cognito

  it('issues access tokens without an audience when no resource was sent', async () => {
    const { access_token } = await tokensFor(issuer(), 'alice', { scope: `openid ${SCOPE}` })
    const { header, claims } = await verified(issuer(), access_token)
    expect(header).to.have.all.keys('alg', 'kid')
    expect(claims).to.have.all.keys(
      ...['sub', 'cognito:groups', 'iss', 'version', 'client_id', 'origin_jti', 'token_use'],
      ...['scope', 'auth_time', 'exp', 'iat', 'jti', 'username'],
    )
    expect(claims).to.deep.include({
      iss: issuer(),
      token_use: 'access',
      client_id: CLIENT_ID,
      username: 'alice',
      'cognito:groups': ['staff', 'sre'],
      scope: `openid ${SCOPE}`,
      version: 2,
    })
    for (const name of ['sub', 'jti', 'origin_jti']) expect(claims[name], name).to.match(UUID)
  })

  it('binds a token to the resource that was sent at sign-in, and keeps it on refresh', async () => {
    const tokens = await tokensFor(issuer(), 'alice', { resource: RESOURCE })
    const first = await verified(issuer(), tokens.access_token)
    const again = await refresh(issuer(), tokens.refresh_token)
    const second = await verified(issuer(), again.access_token)
    expect(first.claims.aud).to.equal(RESOURCE)
    expect(second.claims.aud).to.equal(RESOURCE)
    expect(second.claims.origin_jti).to.equal(first.claims.origin_jti)
    expect(second.claims.jti).to.not.equal(first.claims.jti)
    expect(second.claims.auth_time).to.equal(first.claims.auth_time)
  })

  it('binds to any https resource and to none over plain http elsewhere', async () => {
    const foreign = 'https://elsewhere.example/mcp'
    const { access_token } = await tokensFor(issuer(), 'alice', { resource: foreign })
    expect((await verified(issuer(), access_token)).claims.aud).to.equal(foreign)
    const asked = { resource: 'http://elsewhere.example/mcp' }
    const back = await signIn(authorization(await metadataOf(issuer()), asked).url, 'alice')
    expect(back.searchParams.get('error')).to.equal('invalid_target')
  })

  it('ignores resource at the token endpoint', async () => {
    const { access_token } = await tokensFor(issuer(), 'alice', {}, { resource: RESOURCE })
    expect((await verified(issuer(), access_token)).claims).to.not.have.property('aud')
  })

  it('signs ID tokens with another key', async () => {
    const asked = { scope: `openid email ${SCOPE}` }
    const { access_token, id_token } = await tokensFor(issuer(), 'bob', asked)
    const access = await verified(issuer(), access_token)
    const id = await verified(issuer(), id_token)
    expect(id.header.kid).to.not.equal(access.header.kid)
    expect(id.claims).to.deep.include({
      aud: CLIENT_ID,
      token_use: 'id',
      sub: access.claims.sub,
      'cognito:username': 'bob',
      'cognito:groups': ['staff', 'team-catalog'],
      email: 'bob@shop.example',
    })
  })

  it('refuses offline_access and unknown scopes with invalid_scope', async () => {
    const metadata = await metadataOf(issuer())
    for (const scope of [`offline_access ${SCOPE}`, 'mcp:tools']) {
      const back = await signIn(authorization(metadata, { scope }).url, 'alice')
      expect(back.searchParams.get('error'), scope).to.equal('invalid_scope')
    }
  })

  it('gives a refresh token without offline_access', async () => {
    const { refresh_token } = await tokensFor(issuer(), 'alice')
    expect(refresh_token).to.be.a('string')
  })

  it('grants everything when no scope is named', async () => {
    const { access_token, id_token } = await tokensFor(issuer(), 'alice', { scope: '' })
    const { claims } = await verified(issuer(), access_token)
    expect(claims.scope).to.equal(`openid profile email ${SCOPE}`)
    expect(id_token).to.be.a('string')
  })

  it('gives a machine a token without username, groups and audience, also when it sends resource', async () => {
    for (const asked of [{}, { resource: RESOURCE }]) {
      const { access_token } = await machineToken(issuer(), asked)
      const { claims } = await verified(issuer(), access_token)
      expect(claims).to.include({
        sub: 'ci-local',
        client_id: 'ci-local',
        token_use: 'access',
        scope: SCOPE,
      })
      expect(claims).to.not.have.any.keys('aud', 'username', 'cognito:groups', 'origin_jti')
    }
  })

  it('has no registration', async () => {
    const response = await fetch(`${issuer()}/register`, { method: 'POST', body: '{}' })
    expect(response.status).to.equal(404)
  })

  it('issues the same tokens under the second name of its issuer', async () => {
    const { cognito, cognitoUpdated } = idp().issuers
    const tokens = await tokensFor(cognitoUpdated, 'alice', { scope: `openid ${SCOPE}` })
    const first = await tokensFor(cognito, 'alice', { scope: `openid ${SCOPE}` })
    const { header, claims } = await verified(cognitoUpdated, tokens.access_token)
    const original = await verified(cognito, first.access_token)
    expect(claims).to.have.all.keys(Object.keys(original.claims))
    expect(claims).to.include({ iss: cognitoUpdated, sub: original.claims.sub, username: 'alice' })
    expect(header).to.have.all.keys('alg', 'kid')
    expect(cognitoUpdated).to.match(/\/cognito-updated\/us-east-1_Local$/)
    const machine = await machineToken(cognitoUpdated)
    expect((await verified(cognitoUpdated, machine.access_token)).claims.sub).to.equal('ci-local')
  })
})
