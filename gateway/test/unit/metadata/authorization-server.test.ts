import { expect } from 'chai'
import {
  authorizationServer,
  openidConfiguration,
} from '../../../src/metadata/authorization-server.ts'

const SERVER = {
  publicUrl: 'https://gw.example.com',
  resources: ['https://gw.example.com/mcp', 'https://gw.example.com/mcp/prod'],
  scopes: ['openid', 'profile', 'openid'],
  clientMetadataDocuments: true,
}

describe('authorizationServer', () => {
  const metadata = authorizationServer(SERVER)

  it('names itself without a slash at the end, as the protected resource does', () => {
    expect(metadata.issuer).to.equal('https://gw.example.com')
  })

  it('has what clients give up without', () => {
    expect(metadata.response_types_supported).to.deep.equal(['code'])
    expect(metadata.grant_types_supported).to.deep.equal(['authorization_code', 'refresh_token'])
    expect(metadata.code_challenge_methods_supported).to.deep.equal(['S256'])
    expect(metadata.token_endpoint_auth_methods_supported).to.include('none')
    expect(metadata.client_id_metadata_document_supported).to.equal(true)
    expect(metadata.authorization_response_iss_parameter_supported).to.equal(true)
    expect(metadata.registration_endpoint).to.equal('https://gw.example.com/oauth/register')
  })

  it('names algorithms wherever a client may sign its way in, none and symmetric ones not', () => {
    for (const algorithms of [
      metadata.token_endpoint_auth_signing_alg_values_supported,
      metadata.revocation_endpoint_auth_signing_alg_values_supported,
    ]) {
      expect(algorithms).to.include('RS256')
      expect(algorithms?.filter((name) => /^(none|HS)/i.test(name))).to.deep.equal([])
    }
  })

  it('offers neither metadata documents nor the keys in them where they are switched off', () => {
    const without = authorizationServer({ ...SERVER, clientMetadataDocuments: false })
    expect(without.client_id_metadata_document_supported).to.equal(false)
    expect(without.token_endpoint_auth_methods_supported).to.not.include('private_key_jwt')
    expect(without).to.not.have.property('token_endpoint_auth_signing_alg_values_supported')
  })

  it('offers each scope once, and offline_access', () => {
    expect(metadata.scopes_supported).to.deep.equal(['openid', 'profile', 'offline_access'])
    expect(authorizationServer({ ...SERVER, scopes: [] }).scopes_supported).to.deep.equal([
      'offline_access',
    ])
  })

  it('names the resources that it is for', () => {
    expect(metadata.protected_resources).to.deep.equal(SERVER.resources)
  })

  it('has no member without a value (RFC 8414 §3.2)', () => {
    for (const [name, value] of Object.entries(metadata)) {
      expect(value, name).to.not.be.oneOf([undefined, null])
      if (Array.isArray(value)) expect(value, name).to.not.deep.equal([])
    }
  })
})

describe('openidConfiguration', () => {
  it('is the same and what strict parsers of OpenID Connect need', () => {
    const { jwks_uri, subject_types_supported, id_token_signing_alg_values_supported, ...same } =
      openidConfiguration(SERVER)
    expect(same).to.deep.equal(authorizationServer(SERVER))
    expect(jwks_uri).to.equal('https://gw.example.com/oauth/jwks')
    expect(subject_types_supported).to.deep.equal(['public'])
    // OpenID Connect Discovery §3: RS256 must be there.
    expect(id_token_signing_alg_values_supported).to.include('RS256')
  })
})
