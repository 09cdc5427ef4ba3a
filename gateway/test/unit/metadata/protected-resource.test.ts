import { expect } from 'chai'
import {
  metadataUrlOf,
  protectedResource,
  resourceOf,
} from '../../../src/metadata/protected-resource.ts'

const PUBLIC_URL = 'https://gw.example'

describe('protectedResource', () => {
  it('describes a target as RFC 9728 asks', () => {
    const server = {
      authorizationServers: ['https://t.auth0.com/', 'https://a.okta.com/oauth2/default'],
      scopes: ['a', 'b', 'b', 'offline_access', 'c'],
    }
    expect(protectedResource(PUBLIC_URL, 'default', server)).to.deep.equal({
      resource: 'https://gw.example/mcp',
      authorization_servers: ['https://t.auth0.com/', 'https://a.okta.com/oauth2/default'],
      scopes_supported: ['a', 'b', 'c'],
      bearer_methods_supported: ['header'],
      resource_name: 'CloudWatch',
      resource_documentation: 'https://gw.example/',
    })
  })

  it('names another target as another resource', () => {
    const server = { authorizationServers: ['https://a'], scopes: [] }
    const metadata = protectedResource(PUBLIC_URL, 'prod', server)
    expect(metadata).to.include({
      resource: 'https://gw.example/mcp/prod',
      resource_name: 'CloudWatch (prod)',
    })
  })
})

describe('resourceOf and metadataUrlOf', () => {
  for (const [target, resource, metadata] of [
    ['default', '/mcp', '/.well-known/oauth-protected-resource/mcp'],
    ['prod', '/mcp/prod', '/.well-known/oauth-protected-resource/mcp/prod'],
  ] as const) {
    it(`belong together for ${target}`, () => {
      expect(resourceOf(PUBLIC_URL, target)).to.equal(PUBLIC_URL + resource)
      expect(metadataUrlOf(PUBLIC_URL, target)).to.equal(PUBLIC_URL + metadata)
    })
  }
})
