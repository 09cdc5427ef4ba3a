import { createHash } from 'node:crypto'

import { expect } from 'chai'
import { decodeJwt, decodeProtectedHeader } from 'jose'

import { signIn } from '../../src/identity-provider/sign-in.ts'
import { CLIENT_ID, ENTRA, PEOPLE, PERSON_WITH_MANY_GROUPS, SCOPE } from '../../src/world.ts'
import {
  authorization,
  identityProvider,
  jsonOf,
  machineToken,
  metadataOf,
  PROD_RESOURCE,
  RESOURCE,
  refresh,
  tokenRequest,
  tokensFor,
  verified,
} from './code-flow.ts'

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const APP_ID_URI = `api://${ENTRA.apiClientId}`
const GRAPH = '00000003-0000-0000-c000-000000000000'
const API_SCOPE = `${RESOURCE}/${SCOPE}`

describe('identity provider: entra', () => {
  const idp = identityProvider({ people: [...PEOPLE, PERSON_WITH_MANY_GROUPS] })
  const issuer = () => idp().issuers.entra

  it('publishes a document without PKCE methods, registration, introspection and revocation', async () => {
    const metadata = await metadataOf(issuer())
    expect(metadata.issuer).to.equal(`${idp().origin}/entra/${ENTRA.tenantId}/v2.0`)
    expect(Object.keys(metadata).sort()).to.deep.equal([
      'authorization_endpoint',
      'claims_supported',
      'id_token_signing_alg_values_supported',
      'issuer',
      'jwks_uri',
      'response_modes_supported',
      'response_types_supported',
      'scopes_supported',
      'subject_types_supported',
      'token_endpoint',
      'token_endpoint_auth_methods_supported',
      'userinfo_endpoint',
    ])
    expect(metadata.scopes_supported).to.not.include(SCOPE)
    expect((await fetch(`${issuer()}/oauth2/v2.0/revoke`, { method: 'POST' })).status).to.equal(404)
  })

  it('issues version 2 tokens for the API, with ids for groups and names for roles', async () => {
    const asked = { scope: `openid profile ${API_SCOPE}`, resource: RESOURCE }
    const { access_token } = await tokensFor(issuer(), 'alice', asked)
    const { header, claims } = await verified(issuer(), access_token)
    expect(header).to.have.all.keys('typ', 'alg', 'kid')
    expect(header.typ).to.equal('JWT')
    expect(claims).to.have.all.keys(
      ...['aud', 'iss', 'iat', 'nbf', 'exp', 'azp', 'azpacr', 'groups', 'name', 'oid'],
      ...['preferred_username', 'roles', 'scp', 'sub', 'tid', 'uti', 'ver'],
    )
    expect(claims).to.deep.include({
      aud: ENTRA.apiClientId,
      iss: issuer(),
      azp: CLIENT_ID,
      scp: SCOPE,
      tid: ENTRA.tenantId,
      preferred_username: 'alice@shop.example',
      groups: [ENTRA.groupIds.staff, ENTRA.groupIds.sre],
      roles: ['sre'],
      ver: '2.0',
    })
    expect(claims.oid).to.match(GUID)
    expect(claims.uti).to.be.a('string')
    expect(claims.sub).to.not.equal(claims.oid)
  })

  it('names a person by another subject for every API, and by the same object id', async () => {
    const asked = { scope: `openid ${APP_ID_URI}/.default` }
    const { access_token, id_token } = await tokensFor(issuer(), 'bob', asked)
    const access = await verified(issuer(), access_token)
    const id = await verified(issuer(), id_token)
    expect(id.claims).to.deep.include({
      aud: CLIENT_ID,
      oid: access.claims.oid,
      tid: ENTRA.tenantId,
      roles: ['team-catalog'],
      ver: '2.0',
    })
    expect(id.claims.sub).to.not.equal(access.claims.sub)
    expect(access.claims).to.include({ scp: SCOPE })
  })

  it('gives a machine an app token: roles instead of scp', async () => {
    const { access_token } = await machineToken(issuer(), { scope: `${APP_ID_URI}/.default` })
    const { claims } = await verified(issuer(), access_token)
    expect(claims).to.deep.include({
      aud: ENTRA.apiClientId,
      azp: 'ci-local',
      azpacr: '1',
      idtyp: 'app',
      roles: [SCOPE],
      tid: ENTRA.tenantId,
      sub: claims.oid,
      ver: '2.0',
    })
    expect(claims.oid).to.match(GUID)
    expect(claims).to.not.have.any.keys('scp', 'groups', 'preferred_username', 'name')
  })

  it('refuses a machine whose scope is not the resource followed by /.default', async () => {
    for (const scope of [API_SCOPE, '']) {
      const answer = await machineToken(issuer(), { scope })
      expect(answer, scope).to.include({ status: 400, error: 'invalid_scope' })
      expect(answer.error_description).to.match(/^AADSTS1002012/)
    }
  })

  it('leaves more than 200 groups out and says where they are', async () => {
    const asked = { scope: `openid ${API_SCOPE}` }
    const { access_token, id_token } = await tokensFor(issuer(), 'dora', asked)
    for (const token of [access_token, id_token]) {
      const { claims } = await verified(issuer(), token)
      expect(claims).to.not.have.property('groups')
      expect(claims._claim_names).to.deep.equal({ groups: 'src1' })
      expect(claims)
        .to.have.nested.property('_claim_sources.src1.endpoint')
        .that.contains(claims.oid)
      expect(claims.roles).to.deep.equal([])
    }
  })

  const refusals: ReadonlyArray<readonly [string, Record<string, string>, string, string]> = [
    [
      'a resource that is not the one of the scopes',
      { scope: API_SCOPE, resource: 'https://elsewhere.example/mcp' },
      'invalid_target',
      'AADSTS9010010',
    ],
    [
      'a resource beside scopes of Graph',
      { scope: 'openid', resource: RESOURCE },
      'invalid_target',
      'AADSTS9010010',
    ],
    ['a scope without its API', { scope: SCOPE }, 'invalid_scope', 'AADSTS650053'],
    [
      'a scope that the API does not have',
      { scope: `${RESOURCE}/other` },
      'invalid_scope',
      'AADSTS650053',
    ],
    ['scopes of two APIs', { scope: `${API_SCOPE} User.Read` }, 'invalid_scope', 'AADSTS28000'],
  ]
  for (const [title, asked, error, code] of refusals) {
    it(`refuses ${title} with ${code}`, async () => {
      const { url } = authorization(await metadataOf(issuer()), asked)
      const back = await signIn(url, 'alice')
      expect(back.searchParams.get('error')).to.equal(error)
      expect(back.searchParams.get('error_description')).to.contain(`${code}: `)
      expect(back.searchParams.get('state')).to.equal('state-of-the-test')
    })
  }

  it('takes any of the App ID URIs as resource, the client id too, and answers with the same audience', async () => {
    for (const name of [RESOURCE, PROD_RESOURCE, APP_ID_URI, ENTRA.apiClientId]) {
      const asked = { scope: `${name}/${SCOPE}`, ...(name.includes(':') && { resource: name }) }
      const { access_token } = await tokensFor(issuer(), 'alice', asked)
      expect((await verified(issuer(), access_token)).claims.aud, name).to.equal(ENTRA.apiClientId)
    }
  })

  it('takes scope and resource again at the token endpoint, and no foreign resource', async () => {
    const asked = { scope: `offline_access ${API_SCOPE}`, resource: RESOURCE }
    const tokens = await tokensFor(issuer(), 'alice', asked, asked)
    const again = await tokenRequest(await metadataOf(issuer()), {
      grant_type: 'refresh_token',
      client_id: CLIENT_ID,
      refresh_token: String(tokens.refresh_token),
      ...asked,
    })
    const { claims } = await verified(issuer(), again.access_token)
    expect(claims).to.include({ aud: ENTRA.apiClientId, scp: SCOPE })
    const foreign = { resource: 'https://elsewhere.example/mcp' }
    const refused = await tokensFor(issuer(), 'alice', asked, foreign)
    expect(refused).to.include({ status: 400, error: 'invalid_target' })
  })

  it("gives a token for Microsoft Graph when no API is named, in Graph's own shape", async () => {
    for (const scope of [
      'openid email',
      'openid User.Read',
      'https://graph.microsoft.com/.default',
    ]) {
      const { access_token } = await tokensFor(issuer(), 'alice', { scope })
      expect(decodeProtectedHeader(String(access_token)), scope).to.have.all.keys(
        ...['typ', 'nonce', 'alg', 'kid'],
      )
      expect(decodeJwt(String(access_token)), scope).to.include({
        aud: GRAPH,
        iss: idp().issuers.entraV1,
        appid: CLIENT_ID,
        ver: '1.0',
        tid: ENTRA.tenantId,
      })
    }
    const { access_token } = await tokensFor(issuer(), 'alice', { scope: 'openid User.Read' })
    expect(decodeJwt(String(access_token)).scp).to.equal('openid User.Read')
  })

  it("signs Graph's tokens so that the published keys do not verify them until the nonce is hashed", async () => {
    const { access_token } = await tokensFor(issuer(), 'alice', { scope: 'openid email' })
    const { entra, entraV1 } = idp().issuers
    const { jwks_uri } = await metadataOf(entra)
    const keys = [(await jsonOf(await fetch(jwks_uri))).keys].flat()
    expect(keys.map((key) => Object(key).kid)).to.deep.equal([
      decodeProtectedHeader(String(access_token)).kid,
    ])
    const verify = (token: string) =>
      verified(entra, token, entraV1).then(
        () => 'verified',
        (error: unknown) => Object(error).code,
      )
    expect(await verify(String(access_token))).to.equal('ERR_JWS_SIGNATURE_VERIFICATION_FAILED')
    const [header = '', payload, signature] = String(access_token).split('.')
    const shown = JSON.parse(Buffer.from(header, 'base64url').toString())
    const nonce = createHash('sha256').update(shown.nonce).digest('base64url')
    const hashed = Buffer.from(JSON.stringify({ ...shown, nonce })).toString('base64url')
    expect(await verify([hashed, payload, signature].join('.'))).to.equal('verified')
  })
})

describe('identity provider: entra with version 1 tokens', () => {
  const idp = identityProvider()
  const issuer = () => idp().issuers.entraV1

  it('has the older name of the tenant, with a slash at the end', async () => {
    const metadata = await metadataOf(issuer())
    expect(metadata).to.include({
      issuer: `${idp().origin}/entra-v1/${ENTRA.tenantId}/`,
      authorization_endpoint: `${issuer()}oauth2/authorize`,
    })
    expect(metadata).to.not.have.any.keys(
      ...['code_challenge_methods_supported', 'registration_endpoint', 'revocation_endpoint'],
    )
  })

  it('issues version 1 tokens for the API that resource names', async () => {
    for (const asked of [
      { scope: `openid ${API_SCOPE}` },
      { scope: '', resource: APP_ID_URI },
      { scope: `openid ${SCOPE}`, resource: RESOURCE },
    ]) {
      const { access_token } = await tokensFor(issuer(), 'bob', asked)
      const { header, claims } = await verified(issuer(), access_token)
      expect(header.typ).to.equal('JWT')
      expect(claims).to.deep.include({
        aud: APP_ID_URI,
        iss: issuer(),
        appid: CLIENT_ID,
        appidacr: '0',
        scp: SCOPE,
        upn: 'bob@shop.example',
        unique_name: 'bob@shop.example',
        groups: [ENTRA.groupIds.staff, ENTRA.groupIds['team-catalog']],
        roles: ['team-catalog'],
        tid: ENTRA.tenantId,
        ver: '1.0',
      })
      expect(claims).to.not.have.any.keys('azp', 'preferred_username')
    }
  })

  it('does not know the person with many groups unless a test brings her', async () => {
    const { url } = authorization(await metadataOf(issuer()), { scope: API_SCOPE })
    const failure = await signIn(url, PERSON_WITH_MANY_GROUPS.id).then(
      () => undefined,
      (error: unknown) => String(error),
    )
    expect(failure).to.contain('no sign-in page')
  })

  it('names a person by the same object id as version 2', async () => {
    const v1 = await tokensFor(issuer(), 'alice', { scope: API_SCOPE })
    const v2 = await tokensFor(idp().issuers.entra, 'alice', { scope: API_SCOPE })
    const oid = decodeJwt(String(v1.access_token)).oid
    expect(oid).to.match(GUID)
    expect(decodeJwt(String(v2.access_token)).oid).to.equal(oid)
  })

  it('gives a machine an app token', async () => {
    for (const asked of [{ resource: APP_ID_URI }, { scope: `${APP_ID_URI}/.default` }]) {
      const { access_token } = await machineToken(issuer(), asked)
      const { claims } = await verified(issuer(), access_token)
      expect(claims).to.deep.include({
        aud: APP_ID_URI,
        appid: 'ci-local',
        appidacr: '1',
        idtyp: 'app',
        roles: [SCOPE],
        ver: '1.0',
      })
      expect(claims).to.not.have.any.keys('scp', 'upn', 'groups')
    }
  })

  it('refreshes for the same API', async () => {
    const asked = { scope: `openid offline_access`, resource: APP_ID_URI }
    const tokens = await tokensFor(issuer(), 'alice', asked)
    const again = await refresh(issuer(), tokens.refresh_token)
    expect((await verified(issuer(), again.access_token)).claims).to.include({
      aud: APP_ID_URI,
      scp: SCOPE,
    })
  })
})
