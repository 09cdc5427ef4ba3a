import { expect } from 'chai'
import fc from 'fast-check'
import { traceparentFor } from '../../src/http/traceparent.ts'
import { check, describeFuzz, headerText } from './check.ts'

const hex = (length: number) =>
  fc
    .array(fc.constantFrom(...'0123456789abcdefABCDEFg-'), {
      minLength: length - 1,
      maxLength: length + 1,
    })
    .map((digits) => digits.join(''))

describeFuzz('any traceparent', () => {
  it('is kept where it is valid, and replaced by a valid one where it is not', () => {
    const received = fc.oneof(
      fc
        .tuple(fc.constantFrom('00', '01', 'ff', '0'), hex(32), hex(16), hex(2))
        .map((parts) => parts.join('-')),
      fc
        .tuple(fc.stringMatching(/^[0-9a-f]{32}$/), fc.stringMatching(/^[0-9a-f]{16}$/))
        .map(([trace, span]) => `00-${trace}-${span}-01`),
      headerText,
      fc.array(headerText),
      fc.constant(undefined),
    )
    check(
      fc.property(received, (value) => {
        const sent = traceparentFor(value)
        const [version, trace = '', span = '', flags, ...rest] = sent.split('-')
        expect([version, rest]).to.deep.equal(['00', []])
        expect(trace)
          .to.match(/^[0-9a-f]{32}$/)
          .and.not.match(/^0+$/)
        expect(span)
          .to.match(/^[0-9a-f]{16}$/)
          .and.not.match(/^0+$/)
        expect(flags).to.match(/^[0-9a-f]{2}$/)
        if (typeof value !== 'string' || sent === value) return
        const plain = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(value)
        if (plain) expect(value).to.match(/-0{32}-|-0{16}-/)
      }),
    )
  })
})
