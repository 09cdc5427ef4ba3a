import { expect } from 'chai'
import fc from 'fast-check'
import { parseRequestTarget } from '../../src/http/request-target.ts'
import { matchRoute } from '../../src/http/route.ts'
import { check, describeFuzz, headerText } from './check.ts'

const piece = fc.oneof(
  fc.constantFrom(
    '/',
    '//',
    '.',
    '..',
    '...',
    ';',
    '?',
    '#',
    '@',
    ':',
    '\\',
    '%2e',
    '%2E',
    '%2f',
    '%5c',
    '%00',
    '%25',
    '%23',
    '%3f',
    '%',
    '%g0',
    '%c0%af',
    '%61',
    'mcp',
    'prod',
    'MCP',
    'http:',
    '[::1',
    'evil.example',
    '.well-known',
    'oauth-protected-resource',
    '\t',
    ' ',
    '\0',
    '\xe4',
  ),
  headerText,
)
const target = fc.oneof(
  fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
  fc.array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join('')}`),
  fc
    .array(fc.constantFrom('mcp', 'prod', '', '.', '..', '%6d', 'x'))
    .map((all) => `/${all.join('/')}`),
  // Next to what is right.
  fc
    .tuple(
      fc.constantFrom('', '', '/', '.', 'http://x'),
      fc.constantFrom('/mcp', '/mcp/prod', '/MCP', '/mcp/default'),
      fc.constantFrom(
        '',
        '/',
        '//',
        '/.',
        ';',
        '?',
        '?/',
        '#',
        '%2f',
        '%20',
        '.',
        '\t',
        '\0',
        '\\',
      ),
    )
    .map((pieces) => pieces.join('')),
  fc.webUrl(),
  fc.string({ unit: 'binary' }),
)

describeFuzz('any request target', () => {
  it('is refused, or is one path that every reader sees alike', () => {
    check(
      fc.property(target, (raw) => {
        const parsed = parseRequestTarget(raw)
        if (parsed === undefined) return
        const { path, query } = parsed
        expect([path, `${path}?${query}`]).to.include(raw)
        // Another reader: the URL Standard resolves dots, backslashes and hosts.
        const url = new URL(raw, 'http://gateway.localhost')
        expect(url.host).to.equal('gateway.localhost')
        expect(url.pathname).to.equal(path)
        expect(url.hash).to.equal('')
        // A third: one that decodes before it splits.
        const decoded = decodeURIComponent(path)
        expect(decoded.split('/').length).to.equal(path.split('/').length)
        expect(decoded).to.not.match(/[\\?#%\p{Cc}]|\/\/|(^|\/)\.{1,2}([/;]|$)/u)
      }),
    )
  })

  it('leads to a target only where it is the path of that very target', () => {
    const targets = new Set(['default', 'prod'])
    const PATHS = new Map([
      ['/mcp', 'default'],
      ['/mcp/prod', 'prod'],
    ])
    check(
      fc.property(target, (raw) => {
        const path = parseRequestTarget(raw)?.path
        if (path === undefined) return
        const route = matchRoute(path, targets)
        const found = route.kind === 'mcp' ? route.target : undefined
        expect(found).to.equal(PATHS.get(raw.split('?')[0] ?? ''))
      }),
    )
  })

  it('is read in no time, however long', () => {
    check(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 4 }), (pieces) => {
        const long = `/${pieces.join('').repeat(8000)}`.slice(0, 8000)
        const startedAt = performance.now()
        parseRequestTarget(long)
        expect(performance.now() - startedAt).to.be.below(100)
      }),
      50,
    )
  })
})
