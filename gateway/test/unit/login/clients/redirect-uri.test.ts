import { expect } from 'chai'
import {
  createRedirectUriRules,
  customUriProblem,
  destinationOf,
} from '../../../../src/login/clients/redirect-uri.ts'

const CURSOR = 'cursor://anysphere.cursor-mcp/oauth/callback'

const rules = createRedirectUriRules({ customUris: [CURSOR], hosts: [] })

describe('createRedirectUriRules', () => {
  for (const uri of [
    'https://claude.ai/api/mcp/auth_callback',
    'https://claude.com/api/mcp/auth_callback',
    'https://chatgpt.com/connector/oauth/AbC-12_x',
    'https://vscode.dev/redirect',
    'https://www.cursor.com/agents/mcp/oauth/callback',
    'https://client.example.com:8443/cb?tenant=a%2Fb&mode=1',
    'https://client.example.com',
    'https://xn--bcher-kva.example/cb',
    'http://localhost/callback',
    'http://localhost:8787/callback',
    'http://127.0.0.1:33418',
    'http://127.0.0.1:33418/',
    'http://[::1]:5000/cb',
    'https://localhost:3000/cb',
    CURSOR,
  ]) {
    it(`allows ${uri}`, () => {
      expect(rules.problemOf(uri)).to.equal(undefined)
    })
  }

  it('names what it refuses in words that repeat nothing of the URI', () => {
    const problem = rules.problemOf('https://user:secret@client.example.com/cb')
    expect(problem).to.be.a('string')
    expect(problem).to.not.contain('secret')
  })

  it('allows a custom URI to the letter and no other of its scheme', () => {
    for (const uri of [
      `${CURSOR}/`,
      `${CURSOR}?a=1`,
      'cursor://evil/oauth/callback',
      'Cursor://x',
    ]) {
      expect(rules.problemOf(uri), uri).to.be.a('string')
    }
    const none = createRedirectUriRules({ customUris: [], hosts: [] })
    expect(none.problemOf(CURSOR)).to.be.a('string')
  })

  for (const uri of [
    'javascript://x/%0aalert(1)',
    'data:text/html,hello',
    'https://client.example.com/cb',
    'no-scheme',
    'app:/cb#fragment',
    'app:/cb?code=mine',
  ]) {
    it(`has no operator list the custom URI ${uri}`, () => {
      expect(customUriProblem(uri)).to.be.a('string')
    })
  }

  describe('with hosts', () => {
    const limited = createRedirectUriRules({
      customUris: [CURSOR],
      hosts: ['claude.ai', '*.example.com'],
    })

    for (const uri of [
      'https://claude.ai/cb',
      'https://a.example.com/cb',
      'https://a.example.com:8443/cb',
      'http://localhost:1/cb',
      CURSOR,
    ]) {
      it(`allows ${uri}`, () => {
        expect(limited.problemOf(uri)).to.equal(undefined)
      })
    }

    for (const uri of [
      'https://claude.ai.evil.example/cb',
      'https://evilclaude.ai/cb',
      'https://evilexample.com/cb',
      'https://example.com/cb',
    ]) {
      it(`refuses ${uri}`, () => {
        expect(limited.problemOf(uri)).to.be.a('string')
      })
    }
  })

  describe('matches', () => {
    for (const [registered, asked] of [
      ['https://claude.ai/cb', 'https://claude.ai/cb'],
      ['http://localhost/callback', 'http://localhost:51234/callback'],
      ['http://localhost:8787/callback', 'http://localhost/callback'],
      ['http://127.0.0.1:33418', 'http://127.0.0.1:50000/'],
      ['http://[::1]/cb', 'http://[::1]:4711/cb'],
      ['http://127.0.0.1/cb?a=1', 'http://127.0.0.1:4711/cb?a=1'],
      [CURSOR, CURSOR],
    ] as const) {
      it(`takes ${asked} for ${registered}`, () => {
        expect(rules.matches(['https://other.example/cb', registered], asked)).to.equal(true)
      })
    }

    for (const [registered, asked] of [
      ['https://claude.ai/cb', 'https://claude.ai/cb/'],
      ['https://claude.ai/cb', 'https://claude.ai/CB'],
      ['https://claude.ai/cb', 'https://claude.ai/cb?x=1'],
      ['https://claude.ai/cb', 'https://claude.ai:8443/cb'],
      ['https://claude.ai/cb', 'http://claude.ai/cb'],
      ['https://localhost/cb', 'https://localhost:8443/cb'],
      ['http://localhost/cb', 'http://127.0.0.1/cb'],
      ['http://127.0.0.1/cb', 'http://[::1]/cb'],
      ['http://localhost/cb', 'https://localhost/cb'],
      ['http://localhost/cb', 'http://localhost:1/other'],
      ['http://localhost/cb', 'http://localhost:1/cb?x=1'],
      ['http://localhost/cb', 'http://localhost:123456/cb'],
      ['http://localhost/cb', 'http://localhost:1@evil.example/cb'],
    ] as const) {
      it(`does not take ${asked} for ${registered}`, () => {
        expect(rules.matches([registered], asked)).to.equal(false)
      })
    }
  })

  describe('isTrusted', () => {
    for (const uri of ['http://localhost:1/cb', 'http://127.0.0.1/cb', 'http://[::1]/cb', CURSOR]) {
      it(`trusts ${uri}: this machine, or what the operator lists`, () => {
        expect(rules.isTrusted(uri)).to.equal(true)
      })
    }

    it('trusts no host but those that the operator lists', () => {
      const limited = createRedirectUriRules({ customUris: [], hosts: ['claude.ai'] })
      expect(rules.isTrusted('https://claude.ai/cb')).to.equal(false)
      expect(limited.isTrusted('https://claude.ai/cb')).to.equal(true)
    })
  })

  it('refuses the gateway’s own origin, and no other on its machine', () => {
    const own = createRedirectUriRules({
      customUris: [],
      hosts: [],
      ownOrigin: 'http://localhost:8080',
    })
    expect(own.problemOf('http://localhost:8080/oauth/callback')).to.contain('this gateway')
    expect(own.problemOf('http://localhost:8080')).to.contain('this gateway')
    for (const uri of [
      'http://localhost/cb',
      'http://localhost:8081/cb',
      'http://127.0.0.1:8080/',
    ]) {
      expect(own.problemOf(uri), uri).to.equal(undefined)
    }
  })
})

describe('destinationOf', () => {
  for (const [uri, to, onThisComputer] of [
    ['https://claude.ai/api/cb', 'claude.ai', false],
    ['https://client.example.com:8443/cb', 'client.example.com:8443', false],
    ['http://localhost:8787/cb', 'localhost:8787', true],
    ['http://127.0.0.1/cb', '127.0.0.1', true],
    ['http://[::1]:1/cb', '[::1]:1', true],
    [CURSOR, 'cursor:', false],
  ] as const) {
    it(`says where ${uri} leads`, () => {
      expect(destinationOf(uri)).to.deep.equal({ to, onThisComputer })
    })
  }
})
