import { expect } from 'chai'
import { createRequestedTarget } from '../../../../src/login/browser/requested-target.ts'
import { OAuthError } from '../../../../src/login/oauth-error.ts'

const TARGETS = ['default', 'prod']
const options = { publicUrl: 'https://gw.example.com', targets: TARGETS, requireResource: false }
const requestedTarget = createRequestedTarget(options)

function refused(attempt: () => unknown): void {
  expect(attempt).to.throw(OAuthError).with.property('code', 'invalid_target')
}

describe('createRequestedTarget', () => {
  for (const [resource, target] of [
    [undefined, 'default'],
    ['https://gw.example.com/mcp', 'default'],
    ['https://gw.example.com/mcp/', 'default'],
    ['https://gw.example.com', 'default'],
    ['https://gw.example.com/', 'default'],
    ['HTTPS://GW.Example.COM/mcp', 'default'],
    ['https://gw.example.com:443/mcp', 'default'],
    ['https://gw.example.com:443', 'default'],
    ['https://gw.example.com/mcp/prod', 'prod'],
    ['https://gw.example.com/mcp/prod/', 'prod'],
    ['https://GW.example.com:443/mcp/prod/', 'prod'],
  ] as const) {
    it(`resolves ${resource} to ${target}`, () => {
      expect(requestedTarget(resource)).to.equal(target)
    })
  }

  for (const resource of [
    'https://gw.example.com/mcp#',
    'https://gw.example.com/mcp#prod',
    'https://gw.example.com/mcp?x=1',
    'https://gw.example.com/mcp//',
    'https://gw.example.com//',
    'https://gw.example.com//mcp',
    'https://gw.example.com/MCP',
    'https://gw.example.com/mcp/Prod',
    'https://gw.example.com/mcp/test',
    'https://gw.example.com/mcp/default',
    'https://gw.example.com/mcp/prod/more',
    'https://gw.example.com/mcp/x/../prod',
    'https://gw.example.com/%6dcp',
    'https://gw.example.com:8443/mcp',
    'https://gw.example.com:80/mcp',
    'https://gw.example.com./mcp',
    'https://user@gw.example.com/mcp',
    'https://gw.example.com@evil.example/mcp',
    'https://gw.example.com.evil.example/mcp',
    'https://evil.example/mcp',
    'http://gw.example.com/mcp',
    'https://gw.example.com\\mcp',
    'https://gw.example.com/mcp ',
    'gw.example.com/mcp',
    '//gw.example.com/mcp',
    '/mcp',
    'default',
    'api://default',
    '__proto__',
  ]) {
    it(`refuses ${resource}`, () => {
      refused(() => requestedTarget(resource))
    })
  }

  it('needs a resource where that is required', () => {
    const strict = createRequestedTarget({ ...options, requireResource: true })
    refused(() => strict(undefined))
    expect(strict('https://gw.example.com/mcp')).to.equal('default')
  })

  it('takes the only target for the default one', () => {
    const one = createRequestedTarget({ ...options, targets: ['prod'] })
    expect(one(undefined)).to.equal('prod')
    refused(() => one('https://gw.example.com/mcp'))
  })

  it('has no default among several targets without that name', () => {
    const none = createRequestedTarget({ ...options, targets: ['prod', 'test'] })
    refused(() => none(undefined))
    refused(() => none('https://gw.example.com'))
    expect(none('https://gw.example.com/mcp/test')).to.equal('test')
  })

  it('knows the port that http implies', () => {
    const local = createRequestedTarget({ ...options, publicUrl: 'http://localhost:8080' })
    expect(local('http://LOCALHOST:8080/mcp/')).to.equal('default')
    refused(() => local('http://localhost/mcp'))
    const plain = createRequestedTarget({ ...options, publicUrl: 'http://localhost' })
    expect(plain('http://localhost:80/mcp')).to.equal('default')
  })
})
