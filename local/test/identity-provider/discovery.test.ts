import { expect } from 'chai'

import { ENTRA } from '../../src/world.ts'
import { identityProvider, jsonOf, metadataOf } from './code-flow.ts'
import { loopbackHosts } from './loopback-hosts.ts'

const COGNITO_KEYS = [
  'authorization_endpoint',
  'id_token_signing_alg_values_supported',
  'issuer',
  'jwks_uri',
  'response_types_supported',
  'revocation_endpoint',
  'scopes_supported',
  'subject_types_supported',
  'token_endpoint',
  'token_endpoint_auth_methods_supported',
  'userinfo_endpoint',
]

describe('identity provider: discovery', () => {
  const idp = identityProvider()
  const get = (path: string) => fetch(new URL(path, idp().origin))

  it('names the issuer exactly as the world does, and only URLs of its origin', async () => {
    for (const issuer of Object.values(idp().issuers)) {
      const metadata = await metadataOf(issuer)
      expect(metadata.issuer).to.equal(issuer)
      for (const [name, value] of Object.entries(metadata)) {
        if (/_endpoint$|_uri$/.test(name)) expect(value).to.match(new RegExp(`^${idp().origin}/`))
      }
    }
  })

  it('keeps the public origin in every URL when a client dials another name', async () => {
    const { port, issuers } = idp()
    const url = `http://127.0.0.1:${port}/generic/.well-known/openid-configuration`
    expect(await (await fetch(url)).json()).to.deep.equal(await metadataOf(issuers.generic))
  })

  const found = {
    '/.well-known/oauth-authorization-server/generic': 'generic',
    '/generic/.well-known/oauth-authorization-server': 'generic',
    '/.well-known/openid-configuration/generic': 'generic',
    '/.well-known/oauth-authorization-server/okta/oauth2/default': 'okta',
    '/okta/oauth2/default/.well-known/oauth-authorization-server': 'okta',
    '/.well-known/oauth-authorization-server/auth0': 'auth0',
    '/.well-known/oauth-authorization-server/auth0/': 'auth0',
    '/.well-known/oauth-authorization-server/auth0-rfc9068': 'auth0Rfc9068',
    '/.well-known/oauth-authorization-server/okta': 'oktaOrg',
    '/okta/.well-known/oauth-authorization-server': 'oktaOrg',
    '/.well-known/oauth-authorization-server/keycloak/realms/shop': 'keycloak',
    '/.well-known/oauth-authorization-server/opaque': 'opaque',
  } as const
  for (const [path, name] of Object.entries(found)) {
    it(`answers ${path} for ${name}`, async () => {
      const response = await get(path)
      expect(response.status).to.equal(200)
      expect(await response.json()).to.have.property('issuer', idp().issuers[name])
    })
  }

  const missing = [
    '/.well-known/oauth-authorization-server/cognito/us-east-1_Local',
    '/cognito/us-east-1_Local/.well-known/oauth-authorization-server',
    '/.well-known/openid-configuration/cognito/us-east-1_Local',
    '/.well-known/openid-configuration/okta/oauth2/default',
    '/.well-known/openid-configuration/okta',
    '/okta/oauth2/other/.well-known/openid-configuration',
    '/.well-known/oauth-authorization-server/cognito-updated/us-east-1_Local',
    `/.well-known/oauth-authorization-server/entra/${ENTRA.tenantId}/v2.0`,
    `/entra/${ENTRA.tenantId}/v2.0/.well-known/oauth-authorization-server`,
    `/entra-v1/${ENTRA.tenantId}/.well-known/oauth-authorization-server`,
    '/google/.well-known/oauth-authorization-server',
    '/.well-known/oauth-authorization-server',
    '/.well-known/openid-configuration',
    '/genericx/.well-known/openid-configuration',
    '/generic/nothing',
    '/',
  ]
  for (const path of missing) {
    it(`answers ${path} with a JSON 404 that scripts of every origin may read`, async () => {
      const response = await get(path)
      expect(response.status).to.equal(404)
      expect(response.headers.get('content-type')).to.match(/^application\/json/)
      expect(response.headers.get('access-control-allow-origin')).to.equal('*')
    })
  }

  it('gives MCP clients what they need at the generic issuer', async () => {
    const metadata = await metadataOf(idp().issuers.generic)
    expect(metadata.code_challenge_methods_supported).to.deep.equal(['S256'])
    expect(metadata.response_types_supported).to.deep.equal(['code'])
    expect(metadata.registration_endpoint).to.equal(`${idp().issuers.generic}/register`)
    expect(metadata.revocation_endpoint).to.equal(`${idp().issuers.generic}/revoke`)
    expect(metadata.token_endpoint_auth_methods_supported).to.include.members([
      'none',
      'client_secret_basic',
      'client_secret_post',
    ])
    expect(metadata.grant_types_supported).to.include.members([
      'authorization_code',
      'refresh_token',
      'client_credentials',
    ])
    expect(metadata.authorization_response_iss_parameter_supported).to.equal(true)
    expect(metadata.scopes_supported).to.include.members(['cloudwatch/read', 'offline_access'])
  })

  it('uses the paths of Okta', async () => {
    const metadata = await metadataOf(idp().issuers.okta)
    const { okta } = idp().issuers
    expect(metadata.authorization_endpoint).to.equal(`${okta}/v1/authorize`)
    expect(metadata.token_endpoint).to.equal(`${okta}/v1/token`)
    expect(metadata.jwks_uri).to.equal(`${okta}/v1/keys`)
    expect(metadata.registration_endpoint).to.equal(`${idp().origin}/okta/oauth2/v1/clients`)
    expect(metadata.code_challenge_methods_supported).to.deep.equal(['S256'])
  })

  it('uses the paths of Auth0', async () => {
    const metadata = await metadataOf(idp().issuers.auth0)
    const { auth0 } = idp().issuers
    expect(auth0).to.match(/\/auth0\/$/)
    expect(metadata.authorization_endpoint).to.equal(`${auth0}authorize`)
    expect(metadata.token_endpoint).to.equal(`${auth0}oauth/token`)
    expect(metadata.jwks_uri).to.equal(`${auth0}.well-known/jwks.json`)
    expect(metadata.registration_endpoint).to.equal(`${auth0}oidc/register`)
  })

  it('publishes the keys of a Cognito document and no others, at both issuers', async () => {
    const { cognito, cognitoUpdated } = idp().issuers
    for (const issuer of [cognito, cognitoUpdated]) {
      const metadata = await metadataOf(issuer)
      expect(Object.keys(metadata).sort()).to.deep.equal(COGNITO_KEYS)
      expect(metadata.scopes_supported).to.not.include('offline_access')
    }
  })

  it('publishes RS256 keys without key_ops and without private members', async () => {
    for (const [name, issuer] of Object.entries(idp().issuers)) {
      const { jwks_uri } = await metadataOf(issuer)
      const keys = [(await jsonOf(await fetch(jwks_uri))).keys].flat()
      expect(keys, name).to.have.length(name.startsWith('cognito') ? 2 : 1)
      // Entra ID does not say what a key is for beyond `use`.
      const alg = name.startsWith('entra') ? {} : { alg: 'RS256' }
      for (const key of keys) {
        expect(key, name).to.have.all.keys('kty', 'use', 'kid', 'e', 'n', ...Object.keys(alg))
        expect(key, name).to.include({ kty: 'RSA', use: 'sig', ...alg })
      }
    }
  })

  it('lets scripts of every origin register and ask for tokens, and keeps them off the pages', async () => {
    const { generic } = idp().issuers
    for (const path of ['register', 'token', 'jwks', '.well-known/openid-configuration']) {
      const preflight = await fetch(`${generic}/${path}`, {
        method: 'OPTIONS',
        headers: {
          origin: 'http://localhost:6274',
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type, mcp-protocol-version',
        },
      })
      expect(preflight.status, path).to.equal(204)
      expect(preflight.headers.get('access-control-allow-origin'), path).to.equal('*')
      const allowed = preflight.headers.get('access-control-allow-headers')
      expect(allowed, path).to.equal('content-type, mcp-protocol-version')
    }
    const page = await fetch(`${generic}/authorize`, { headers: { origin: 'http://evil.example' } })
    expect(page.headers.get('access-control-allow-origin')).to.equal(null)
  })

  it('serves a health check', async () => {
    const response = await get('/healthz')
    expect(response.status).to.equal(200)
    expect(await response.json()).to.deep.equal({ status: 'ok' })
  })

  it('answers on every loopback address that this machine has', async () => {
    for (const host of await loopbackHosts()) {
      const name = host.includes(':') ? `[${host}]` : host
      const response = await fetch(`http://${name}:${idp().port}/healthz`)
      expect(response.status, host).to.equal(200)
    }
  })
})
