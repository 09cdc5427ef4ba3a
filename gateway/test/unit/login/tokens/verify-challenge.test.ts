import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { OAuthError } from '../../../../src/login/oauth-error.ts'
import { verifyChallenge } from '../../../../src/login/tokens/verify-challenge.ts'

const hash = (verifier: string) => createHash('sha256').update(verifier).digest('base64url')

function refusedWith(verifier: string | undefined, challenge: string) {
  try {
    verifyChallenge(verifier, challenge)
  } catch (error) {
    if (error instanceof OAuthError) return error.code
    throw error
  }
  return undefined
}

describe('verifyChallenge', () => {
  it('accepts the example of RFC 7636, appendix B', () => {
    verifyChallenge(
      'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
      'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    )
  })

  for (const verifier of ['a'.repeat(43), 'a'.repeat(128), `${'-._~'.repeat(11)}Az09`]) {
    it(`accepts a verifier of ${verifier.length} characters`, () => {
      expect(refusedWith(verifier, hash(verifier))).to.equal(undefined)
    })
  }

  for (const [what, verifier] of [
    ['none', undefined],
    ['an empty one', ''],
    ['one of 42 characters', 'a'.repeat(42)],
    ['one of 129 characters', 'a'.repeat(129)],
    ['one with a space', `${'a'.repeat(42)} `],
    ['one with a plus', `${'a'.repeat(42)}+`],
    ['one with a line end', `${'a'.repeat(43)}\n`],
    ['one of other letters', 'ä'.repeat(43)],
  ] as const) {
    it(`calls a request invalid that has as verifier ${what}`, () => {
      expect(refusedWith(verifier, hash(verifier ?? ''))).to.equal('invalid_request')
    })
  }

  const verifier = 'v'.repeat(43)
  for (const [what, challenge] of [
    ['of another verifier', hash('w'.repeat(43))],
    ['that is the verifier itself (plain)', verifier],
    ['that is empty', ''],
    ['with padding', `${hash(verifier)}=`],
    ['cut short', hash(verifier).slice(0, 42)],
    ['in other case', hash(verifier).toUpperCase()],
  ] as const) {
    it(`refuses a challenge ${what}`, () => {
      expect(refusedWith(verifier, challenge)).to.equal('invalid_grant')
    })
  }
})
