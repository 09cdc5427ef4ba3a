import { expect } from 'chai'
import fc from 'fast-check'
import { cookiesIn } from '../../../src/login/browser/cookies.ts'
import { check, describeFuzz, headerText } from '../check.ts'

const ID = 'a'.repeat(43)
const piece = fc.oneof(
  fc.constantFrom(
    `__Host-login-${ID}=x.y; `,
    `; __Host-consent-${ID}=x`,
    `__Host-login-${ID}`,
    `__Host-consent-${ID}`,
    `__Host-login-${'b'.repeat(43)}`,
    `__host-login-${ID}`,
    '__Host-',
    '=',
    ';',
    '; ',
    ',',
    '"',
    'value',
    'x.y.z',
    '$Version=1',
    '\xa0',
  ),
  headerText,
)

describeFuzz('the Cookie header', () => {
  it('gives well-formed cookies of ours, each name once, and never fails', () => {
    let found = 0
    check(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const header = pieces.join('')
        const cookies = cookiesIn(header)
        found += cookies.length
        const names = cookies.map(({ use, id }) => `__Host-${use}-${id}`)
        expect(new Set(names).size).to.equal(names.length)
        for (const [at, { id, value }] of cookies.entries()) {
          expect(id).to.match(/^[\w-]{43}$/)
          expect(value).to.match(/^[\w.-]+$/)
          expect(header).to.contain(`${names[at]}=`)
          expect(header).to.contain(value)
        }
      }),
    )
    expect(found).to.be.above(0)
  })
})
