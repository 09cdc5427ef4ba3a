import { expect } from 'chai'
import { signed } from './forge.ts'
import { besiege, principalOf } from './siege.ts'

describe('issuer spoofing', () => {
  const siege = besiege(() => ({ issuerCooldownMs: 1 }))
  const genericIssuer = () => siege.world().issuers.generic.issuer

  before(async () => {
    // Each issuer with a key of its own; until now all of them sign with the same one.
    for (const [name, issuer] of Object.entries(siege.world().issuers)) {
      await issuer.rotate(`key-of-${name}`, { keep: false })
    }
    for (const preset of ['generic', 'okta', 'auth0', 'cognito'] as const) {
      await siege.expectForwarded(await siege.world().tokenOf(preset))
    }
  })

  const VARIANTS: ReadonlyArray<readonly [string, (issuer: string) => string]> = [
    ['with a slash more', (issuer) => `${issuer}/`],
    ['with two slashes more', (issuer) => `${issuer}//`],
    ['with a space after', (issuer) => `${issuer} `],
    ['with a line break before', (issuer) => `\n${issuer}`],
    ['with a NUL after', (issuer) => `${issuer}\u0000`],
    ['with its scheme in capitals', (issuer) => issuer.replace('http', 'HTTP')],
    ['with its path in capitals', (issuer) => issuer.replace('generic', 'GENERIC')],
    ['with a letter that looks alike', (issuer) => issuer.replace('generic', 'gen\u0435ric')],
    ['with https', (issuer) => issuer.replace('http:', 'https:')],
    ['with a user name', (issuer) => issuer.replace('//', '//user@')],
    ['as the user name of another host', (issuer) => `${issuer}@evil.example`],
    ['as a sub-domain of another host', (issuer) => issuer.replace(/:\d+/, '.evil.example$&')],
    ['at another port', (issuer) => issuer.replace(/:\d+/, ':1')],
    ['of another tenant', (issuer) => issuer.replace('generic', 'tenant-b')],
    ['without its path', (issuer) => new URL(issuer).origin],
    ['with a query', (issuer) => `${issuer}?a=b`],
    ['with a fragment', (issuer) => `${issuer}#a`],
    ['with a dot segment', (issuer) => issuer.replace('/generic', '/x/../generic')],
    ['with an octet', (issuer) => issuer.replace('generic', '%67eneric')],
    ['by its other address', (issuer) => issuer.replace('127.0.0.1', 'localhost')],
    ['in another Unicode form', (issuer) => issuer.replace('.', '\uff0e')],
  ]
  for (const [what, change] of VARIANTS) {
    it(`${what} is an unknown issuer, although the signature is good`, async () => {
      const iss = change(genericIssuer())
      await siege.expectRefused(await siege.world().tokenOf('generic', { iss }), 'issuer_unknown')
    })
  }

  it('without the slash that belongs to an issuer is an unknown one', async () => {
    const { auth0 } = siege.world().issuers
    const iss = auth0.issuer.replace(/\/$/, '')
    await siege.expectRefused(await siege.world().tokenOf('auth0', { iss }), 'issuer_unknown')
  })

  it('by a claim that is no string is refused', async () => {
    const issuer = genericIssuer()
    for (const iss of [[issuer], [issuer, 'x'], { [issuer]: 1 }, 1, true, null, undefined]) {
      await siege.expectRefused(await siege.world().tokenOf('generic', { iss }), 'token_rejected')
    }
  })

  it('by an issuer that is trusted itself is refused: each is judged by its own keys', async () => {
    const { okta, generic } = siege.world().issuers
    const shape = { sub: 'u-alice', aud: 'api://default', iss: generic.issuer, groups: ['sre'] }
    for (const kid of ['key-of-generic', 'key-of-okta', undefined]) {
      await siege.expectRefused(await okta.mint(shape, { kid }), 'token_rejected')
    }
  })

  it('by a claim that stands twice never gives the name of one to the key of the other', async () => {
    const { okta } = siege.world().issuers
    const now = Math.floor(Date.now() / 1000)
    const rest = `"sub":"u-alice","uid":"thief","aud":"api://default","scp":["cloudwatch/read"],"groups":["sre"],"iat":${now},"exp":${now + 600}`
    const header = { alg: 'RS256', kid: 'key-of-okta' }
    const twice = (first: string, last: string) =>
      signed(header, `{"iss":"${first}",${rest},"iss":"${last}"}`, 'key-of-okta')
    await siege.expectRefused(await twice(okta.issuer, genericIssuer()), 'token_rejected')
    const arrived = await siege.expectForwarded(await twice(genericIssuer(), okta.issuer))
    expect(principalOf(arrived)).to.equal('thief')
    const issuer = arrived.headers.find(([name]) => name === 'x-mcp-principal')?.[1].split('/')[0]
    expect(decodeURIComponent(issuer ?? '')).to.equal(okta.issuer)
  })
})
