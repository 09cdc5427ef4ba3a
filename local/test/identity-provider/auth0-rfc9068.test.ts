import { expect } from 'chai'
import { decodeProtectedHeader } from 'jose'

import { AUTH0_GROUPS_CLAIM, CLIENT_ID, SCOPE } from '../../src/world.ts'
import {
  identityProvider,
  machineToken,
  metadataOf,
  PROD_RESOURCE,
  RESOURCE,
  refresh,
  tokensFor,
  verified,
} from './code-flow.ts'

describe('identity provider: auth0 with RFC 9068 tokens', () => {
  const idp = identityProvider()
  const issuer = () => idp().issuers.auth0Rfc9068

  it('is a tenant of its own with the paths of Auth0 and a slash at the end', async () => {
    const metadata = await metadataOf(issuer())
    expect(issuer()).to.match(/\/auth0-rfc9068\/$/)
    expect(metadata).to.include({
      issuer: issuer(),
      token_endpoint: `${issuer()}oauth/token`,
      jwks_uri: `${issuer()}.well-known/jwks.json`,
      registration_endpoint: `${issuer()}oidc/register`,
    })
  })

  it('issues at+jwt tokens with client_id, jti and permissions', async () => {
    const { access_token } = await tokensFor(issuer(), 'alice', { resource: PROD_RESOURCE })
    const { header, claims } = await verified(issuer(), access_token)
    expect(header.typ).to.equal('at+jwt')
    expect(claims).to.have.all.keys(
      ...[AUTH0_GROUPS_CLAIM, 'iss', 'sub', 'aud', 'iat', 'exp', 'scope', 'jti', 'client_id'],
      'permissions',
    )
    expect(claims).to.deep.include({
      [AUTH0_GROUPS_CLAIM]: ['staff', 'sre'],
      iss: issuer(),
      sub: 'auth0|alice',
      aud: PROD_RESOURCE,
      scope: SCOPE,
      client_id: CLIENT_ID,
      permissions: [SCOPE],
    })
    expect(claims.jti).to.be.a('string')
  })

  it('adds the userinfo audience when openid is granted', async () => {
    const asked = { scope: `openid ${SCOPE}`, resource: RESOURCE }
    const { access_token } = await tokensFor(issuer(), 'bob', asked)
    const { claims } = await verified(issuer(), access_token)
    expect(claims.aud).to.deep.equal([RESOURCE, `${issuer()}userinfo`])
  })

  it('says nothing of the grant type, neither for a machine nor after a refresh', async () => {
    const machine = await machineToken(issuer(), { audience: RESOURCE })
    const { header, claims } = await verified(issuer(), machine.access_token)
    expect(header.typ).to.equal('at+jwt')
    expect(claims).to.deep.include({
      sub: 'ci-local@clients',
      client_id: 'ci-local',
      aud: RESOURCE,
      permissions: [SCOPE],
    })
    expect(claims).to.not.have.any.keys('gty', 'azp', AUTH0_GROUPS_CLAIM)
    const asked = { scope: `offline_access ${SCOPE}`, audience: RESOURCE }
    const { refresh_token } = await tokensFor(issuer(), 'alice', asked)
    const again = await refresh(issuer(), refresh_token)
    expect((await verified(issuer(), again.access_token)).claims).to.not.have.any.keys('gty', 'azp')
  })

  it('gives an encrypted token of this tenant when no API is named', async () => {
    const { access_token } = await tokensFor(issuer(), 'alice', { scope: 'openid' })
    expect(decodeProtectedHeader(String(access_token))).to.include({ alg: 'dir', iss: issuer() })
  })
})
