import { expect } from 'chai'
import { decodeProtectedHeader } from 'jose'

import { signIn } from '../../src/identity-provider/sign-in.ts'
import { AUTH0_GROUPS_CLAIM, CLIENT_ID, SCOPE } from '../../src/world.ts'
import {
  authorization,
  identityProvider,
  machineToken,
  metadataOf,
  PROD_RESOURCE,
  RESOURCE,
  refresh,
  tokensFor,
  verified,
} from './code-flow.ts'

const FOREIGN = 'https://elsewhere.example/mcp'

describe('identity provider: auth0', () => {
  const idp = identityProvider()
  const issuer = () => idp().issuers.auth0

  it('issues access tokens in the default dialect, with one audience when openid is not granted', async () => {
    const { access_token } = await tokensFor(issuer(), 'alice', { resource: RESOURCE })
    const { header, claims } = await verified(issuer(), access_token)
    expect(header).to.include({ typ: 'JWT' })
    expect(claims).to.have.all.keys(
      ...[AUTH0_GROUPS_CLAIM, 'iss', 'sub', 'aud', 'iat', 'exp', 'scope', 'azp'],
    )
    expect(claims).to.deep.include({
      [AUTH0_GROUPS_CLAIM]: ['staff', 'sre'],
      iss: issuer(),
      sub: 'auth0|alice',
      aud: RESOURCE,
      scope: SCOPE,
      azp: CLIENT_ID,
    })
  })

  it('adds the userinfo audience when openid is granted, and userinfo answers', async () => {
    const asked = { scope: `openid profile ${SCOPE}`, resource: RESOURCE }
    const { access_token, id_token } = await tokensFor(issuer(), 'bob', asked)
    const { claims } = await verified(issuer(), access_token)
    expect(claims.aud).to.deep.equal([RESOURCE, `${issuer()}userinfo`])
    expect(claims.scope).to.equal(`openid profile ${SCOPE}`)
    const id = await verified(issuer(), id_token)
    expect(id.claims).to.deep.include({
      aud: CLIENT_ID,
      sub: 'auth0|bob',
      name: 'Bob Brandt',
      [AUTH0_GROUPS_CLAIM]: ['staff', 'team-catalog'],
    })
  })

  it('prefers audience over resource', async () => {
    const asked = { audience: PROD_RESOURCE, resource: RESOURCE }
    const { access_token } = await tokensFor(issuer(), 'alice', asked, { resource: RESOURCE })
    const { claims } = await verified(issuer(), access_token)
    expect(claims.aud).to.equal(PROD_RESOURCE)
  })

  it('gives an encrypted token when no API is named, good for userinfo alone', async () => {
    const tokens = await tokensFor(issuer(), 'alice', { scope: 'openid email' })
    const segments = String(tokens.access_token).split('.')
    expect(segments).to.have.length(5)
    expect(segments[1]).to.equal('')
    expect(decodeProtectedHeader(String(tokens.access_token))).to.deep.equal({
      alg: 'dir',
      enc: 'A256GCM',
      iss: issuer(),
    })
    const { userinfo_endpoint } = await metadataOf(issuer())
    const response = await fetch(String(userinfo_endpoint), {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    })
    expect(await response.json()).to.deep.equal({
      sub: 'auth0|alice',
      email: 'alice@shop.example',
      email_verified: true,
    })
  })

  it('takes no token at userinfo that it did not encrypt, and none that was changed', async () => {
    const tokens = await tokensFor(issuer(), 'alice', { scope: 'openid email' })
    const { userinfo_endpoint } = await metadataOf(issuer())
    const own = String(tokens.access_token)
    const [header, key, iv, ciphertext = '', tag] = own.split('.')
    const changed = [header, key, iv, `A${ciphertext.slice(1)}`, tag].join('.')
    const other = [header, key, iv, `B${ciphertext.slice(1)}`, tag].join('.')
    const wrong = [changed, other].filter((token) => token !== own)
    for (const token of ['opaque', ...wrong]) {
      const headers = { authorization: `Bearer ${token}` }
      expect((await fetch(String(userinfo_endpoint), { headers })).status, token).to.equal(401)
    }
  })

  it('refuses an API that it does not know', async () => {
    const metadata = await metadataOf(issuer())
    for (const asked of [{ audience: FOREIGN }, { resource: FOREIGN }]) {
      const back = await signIn(authorization(metadata, asked).url, 'alice')
      expect(back.searchParams.get('error')).to.equal('access_denied')
      const text = back.searchParams.get('error_description')
      expect(text).to.equal(`Service not found: ${FOREIGN}`)
    }
  })

  it('gives a machine a token named after its client', async () => {
    const { access_token } = await machineToken(issuer(), { audience: RESOURCE })
    const { header, claims } = await verified(issuer(), access_token)
    expect(header.typ).to.equal('JWT')
    expect(claims).to.include({
      sub: 'ci-local@clients',
      gty: 'client-credentials',
      azp: 'ci-local',
      aud: RESOURCE,
      scope: SCOPE,
    })
    expect(claims).to.not.have.any.keys('client_id', AUTH0_GROUPS_CLAIM, 'jti')
  })

  it('refuses a machine that names no API', async () => {
    const answer = await machineToken(issuer())
    expect(answer).to.include({ error: 'access_denied' })
  })

  it('refreshes with offline_access and says so in gty', async () => {
    const asked = { scope: `openid offline_access ${SCOPE}`, audience: RESOURCE }
    const { refresh_token } = await tokensFor(issuer(), 'alice', asked)
    const { access_token } = await refresh(issuer(), refresh_token)
    const { claims } = await verified(issuer(), access_token)
    expect(claims).to.deep.include({
      aud: [RESOURCE, `${issuer()}userinfo`],
      gty: 'refresh_token',
      scope: `openid offline_access ${SCOPE}`,
    })
  })

  it('has dynamic registration switched off', async () => {
    const { registration_endpoint } = await metadataOf(issuer())
    const response = await fetch(String(registration_endpoint), { method: 'POST', body: '{}' })
    expect(response.status).to.equal(403)
    expect(await response.text()).to.contain('Dynamic client registration is disabled')
  })
})
