import { expect } from 'chai'
import { readLoginMetadata } from '../../../src/login/issuer/issuer-metadata.ts'
import { type Desk, openDesk, RESOURCE, refusal } from '../../support/token-desk.ts'

const ISSUER = 'https://login.example.com'
const GOOD = {
  issuer: ISSUER,
  authorization_endpoint: 'https://login.example.com/authorize',
  token_endpoint: 'https://tokens.example.net/token',
}

const ENDPOINTS = ['authorization_endpoint', 'token_endpoint', 'revocation_endpoint'] as const

/** Attack list 6.2, line 24: an issuer's metadata that leads the browser or the gateway astray. */
describe('attack: malicious metadata of an issuer', () => {
  for (const endpoint of ENDPOINTS) {
    for (const value of [
      'javascript:alert(1)',
      'data:text/html,hello',
      'file:///etc/passwd',
      'vbscript:x',
      'calc:$(open)',
      'ws://login.example.com/',
      'http://login.example.com/authorize',
      'http://127.0.0.1:9000/authorize',
      'https://user:secret@login.example.com/authorize',
      'https://login.example.com/authorize#fragment',
      'https://login.example.com/authorize#',
      '/authorize',
      '',
      7,
      null,
    ]) {
      it(`refuses ${JSON.stringify(value)} as ${endpoint}`, () => {
        expect(() => readLoginMetadata({ ...GOOD, [endpoint]: value }, ISSUER)).to.throw(endpoint)
      })
    }
  }

  for (const endpoint of ['authorization_endpoint', 'token_endpoint']) {
    it(`refuses metadata without ${endpoint}`, () => {
      const { [endpoint]: _missing, ...rest }: Record<string, unknown> = GOOD
      expect(() => readLoginMetadata(rest, ISSUER)).to.throw(endpoint)
    })
  }

  it('lets endpoints be on another host with TLS, as Cognito and Google have them', () => {
    expect(readLoginMetadata(GOOD, ISSUER).hasRevocation).to.equal(false)
  })

  it('lets an issuer without TLS name its own origin, and no other one', () => {
    const issuer = 'http://127.0.0.1:9000/generic'
    const at = (origin: string) => ({
      authorization_endpoint: `${origin}/a`,
      token_endpoint: `${origin}/t`,
    })
    readLoginMetadata(at('http://127.0.0.1:9000'), issuer)
    expect(() => readLoginMetadata(at('http://127.0.0.1:9001'), issuer)).to.throw('origin')
  })

  it('refuses an issuer that lists methods of PKCE without S256', () => {
    for (const methods of [['plain'], []]) {
      const document = { ...GOOD, code_challenge_methods_supported: methods }
      expect(() => readLoginMetadata(document, ISSUER)).to.throw('S256')
    }
    readLoginMetadata({ ...GOOD, code_challenge_methods_supported: ['plain', 'S256'] }, ISSUER)
  })

  describe('on the wire', () => {
    let desk: Desk
    beforeEach(async () => {
      desk = await openDesk()
    })
    afterEach(() => desk.close())

    const authorizationUrl = () =>
      desk.login.authorizationUrl({
        state: 'state',
        nonce: 'nonce',
        verifier: 'v'.repeat(43),
        resource: RESOURCE,
      })

    for (const [what, change] of [
      ['names the issuer with a slash', { issuer: 'slash' }],
      ['names another issuer', { issuer: 'https://evil.example.com' }],
      ['has a script as authorization endpoint', { authorization_endpoint: 'javascript:x' }],
      ['lists plain PKCE alone', { code_challenge_methods_supported: ['plain'] }],
    ] as const) {
      it(`sends nobody to an issuer whose metadata ${what}`, async () => {
        desk.issuer.script({
          metadata: (document) => ({
            ...document,
            ...change,
            ...('issuer' in change &&
              change.issuer === 'slash' && { issuer: `${document.issuer}/` }),
          }),
        })
        const error = await refusal(authorizationUrl())
        expect(error.code).to.equal('temporarily_unavailable')
        expect(error.message).to.not.match(/evil|javascript/)
        expect(error.cause).to.be.an('error')
      })
    }
  })
})
