import { expect } from 'chai'
import { cleanLine, cleanText, cut } from '../../../src/answer/clean-text.ts'

describe('cleanText', () => {
  for (const [title, dirty, clean] of [
    ['colours', '\u001b[1;31mred\u001b[0m', 'red'],
    ['8-bit terminal sequences', '\u009b31mred', 'red'],
    ['a window title', '\u001b]0;title\u0007text', 'text'],
    ['a link', '\u001b]8;;https://evil.example\u001b\\click\u001b]8;;\u001b\\', 'click'],
    ['a lone escape', 'a\u001bMb', 'ab'],
    ['null, bell, backspace', 'a\u0000\u0007\u0008b', 'ab'],
    ['C1 controls', 'a\u0085b', 'ab'],
    ['bidirectional overrides', '\u202eabc\u202c\u2066d\u2069', 'abcd'],
    ['zero-width characters', 'pass\u200bword\ufeff', 'password'],
    ['invisible tags', `hello${String.fromCodePoint(0xe0041, 0xe0042)}`, 'hello'],
    ['lone surrogates', 'a\ud800b', 'ab'],
    ['carriage returns that overwrite', 'shown\rhidden', 'shown\nhidden'],
  ] as const) {
    it(`takes out ${title}`, () => {
      expect(cleanText(dirty)).to.equal(clean)
    })
  }

  it('leaves text of any language and emoji alone', () => {
    const text = 'Grüße, 日本語, עברית, عربى, 👩‍💻 \t{"a": [1]}\nnext'
    expect(cleanText(text)).to.equal(text)
  })

  it('takes no long time for text made to be slow', () => {
    const started = Date.now()
    cleanText('\u001b['.repeat(200_000))
    cleanText(`\u001b]${'a'.repeat(400_000)}`)
    expect(Date.now() - started).to.be.lessThan(1_000)
  })
})

describe('cleanLine', () => {
  it('shows line feeds and keeps to one line', () => {
    expect(cleanLine('a\r\nb\tc\nd')).to.equal('a\\nb c\\nd')
  })
})

describe('cut', () => {
  for (const [text, max, expected] of [
    ['short', 5, 'short'],
    ['longer', 5, 'long…'],
    ['ab👩', 4, 'ab👩'],
    ['ab👩c', 4, 'ab…'],
  ] as const) {
    it(`makes "${expected}" of "${text}" within ${max}`, () => {
      expect(cut(text, max)).to.equal(expected)
    })
  }
})
