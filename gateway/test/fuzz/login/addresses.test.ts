import { expect } from 'chai'
import fc from 'fast-check'
import { authorizationAnswer } from '../../../src/login/browser/authorization-answer.ts'
import { createRequestedTarget } from '../../../src/login/browser/requested-target.ts'
import { createRedirectUriRules } from '../../../src/login/clients/redirect-uri.ts'
import { OAuthError } from '../../../src/login/oauth-error.ts'
import { check, describeFuzz, headerText, RUNS } from '../check.ts'

const ISSUER = 'https://gw.example.com'

const piece = fc.oneof(
  fc.constantFrom(
    'http://',
    'https://',
    'HTTPS://',
    'http:',
    'javascript:',
    'cursor://anysphere.cursor-mcp/oauth/callback',
    'localhost',
    '127.0.0.1',
    '127.0.0.2',
    '127.1',
    '0x7f.1',
    '[::1]',
    '[::ffff:7f00:1]',
    'good.example',
    'evil.example',
    'gw.example.com',
    'xn--gd-emca',
    'mcp',
    'prod',
    '/',
    '//',
    '\\',
    '@',
    ':',
    ':443',
    ':80',
    ':8443',
    '.',
    '..',
    ';',
    '?',
    '&',
    '#',
    '*',
    '%2e',
    '%2f',
    '%5c',
    '%00',
    '%61',
    'code=x',
    'iss=x',
    'a=b',
    '\t',
    '\n',
    'é',
    '。',
    '\u202e',
    '\ud800',
  ),
  headerText,
)
const address = fc.oneof(
  fc.array(piece, { maxLength: 10 }).map((pieces) => pieces.join('')),
  // Next to what is right.
  fc
    .tuple(
      fc.constantFrom('https://good.example', 'http://localhost', 'http://127.0.0.1', ISSUER),
      fc.array(piece, { maxLength: 4 }),
    )
    .map(([start, pieces]) => `${start}${pieces.join('')}`),
  fc.webUrl({ withFragments: true, withQueryParameters: true }),
)

describeFuzz('redirect URIs', () => {
  const rules = createRedirectUriRules({ customUris: [], hosts: [] })

  it('are allowed only where a browser reads what stands there', () => {
    let allowed = 0
    check(
      fc.property(address, (uri) => {
        if (rules.problemOf(uri) !== undefined) return
        allowed += 1
        const { protocol, hostname, username, password, hash, href } = new URL(uri)
        expect([href, href.slice(0, -1)]).to.include(uri)
        expect([username, password, hash]).to.deep.equal(['', '', ''])
        const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
        expect(protocol).to.be.oneOf(loopback ? ['https:', 'http:'] : ['https:'])
        if (!loopback) expect(hostname).to.match(/[a-z]/)
      }),
    )
    expect(allowed).to.be.above(0)
  })

  it('get one answer of ours and keep their place', () => {
    check(
      fc.property(address, fc.string({ unit: 'binary' }), (uri, state) => {
        if (rules.problemOf(uri) !== undefined) return
        const answer = authorizationAnswer({ redirectUri: uri, state }, ISSUER, { code: 'c' })
        const before = new URL(uri)
        const after = new URL(answer)
        expect(after.origin).to.equal(before.origin)
        expect(after.pathname).to.equal(before.pathname)
        expect(after.hash).to.equal('')
        expect(after.searchParams.getAll('code')).to.deep.equal(['c'])
        expect(after.searchParams.getAll('iss')).to.deep.equal([ISSUER])
        expect(after.searchParams.getAll('state')).to.deep.equal([state])
      }),
    )
  })

  it('match another only on this machine, and only but for the port', () => {
    let found = 0
    const near = fc
      .tuple(
        fc.constantFrom('http://', 'http://', 'https://'),
        fc.constantFrom('localhost', '127.0.0.1', '[::1]', 'localhost.evil'),
        fc.constantFrom('', ':1', ':4711', ':65535', ':0', ':99999', ':1@evil.example'),
        fc.constantFrom('', '/', '/cb', '/%63b'),
        fc.constantFrom('', '', '?a=b', '#x'),
      )
      .map((parts) => parts.join(''))
    check(
      fc.property(fc.oneof(near, address), near, (registered, asked) => {
        if (registered === asked || !rules.matches([registered], asked)) return
        if (rules.problemOf(registered) !== undefined) return
        if (rules.problemOf(asked) !== undefined) return
        found += 1
        const one = new URL(registered)
        const other = new URL(asked)
        expect(one.protocol).to.equal('http:')
        one.port = '1'
        other.port = '1'
        expect(other.href).to.equal(one.href)
      }),
      RUNS * 10,
    )
    expect(found).to.be.above(0)
  })
})

describeFuzz('requested resources', () => {
  const requestedTarget = createRequestedTarget({
    publicUrl: ISSUER,
    targets: ['default', 'prod'],
    requireResource: false,
  })

  it('are a target of this gateway or refused', () => {
    let found = 0
    check(
      fc.property(address, (resource) => {
        try {
          expect(requestedTarget(resource)).to.be.oneOf(['default', 'prod'])
        } catch (error) {
          if (!(error instanceof OAuthError)) throw error
          expect(error.code).to.equal('invalid_target')
          return
        }
        found += 1
        const { origin, username, search, hash } = new URL(resource)
        expect(origin).to.equal(ISSUER)
        expect([username, search, hash]).to.deep.equal(['', '', ''])
      }),
    )
    expect(found).to.be.above(0)
  })
})
