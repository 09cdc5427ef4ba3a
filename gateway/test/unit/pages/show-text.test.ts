import { expect } from 'chai'
import { plainText, showText } from '../../../src/pages/show-text.ts'

const FULL = 60

/** What is given, what is shown, and what is kept as plain text. */
const TEXTS: Record<string, [given: string, shown: string, kept: string]> = {
  'an ordinary name': ['Claude Code', 'Claude Code', 'Claude Code'],
  markup: ['<b>x</b>', '&#60;b&#62;x&#60;/b&#62;', '<b>x</b>'],
  quotes: [`"'&`, '&#34;&#39;&#38;', `"'&`],
  'an end of isolation': ['a</bdi>b', 'a&#60;/bdi&#62;b', 'a</bdi>b'],
  'a right-to-left override': ['\u202eedualC\u202c', '[U+202E]edualC[U+202C]', 'edualC'],
  'a left-to-right isolate': ['\u2066a\u2069', '[U+2066]a[U+2069]', 'a'],
  'a right-to-left mark': ['a\u200fb\u061c', 'a[U+200F]b[U+061C]', 'ab'],
  'a zero-width space': ['Cla\u200bude', 'Cla[U+200B]ude', 'Claude'],
  'a byte order mark': ['a\ufeffb', 'a[U+FEFF]b', 'ab'],
  'a soft hyphen': ['a\u00adb', 'a[U+00AD]b', 'ab'],
  NUL: ['a\0b', 'a[U+0000]b', 'ab'],
  'an escape sequence': ['a\u001b[31mb', 'a[U+001B][31mb', 'a[31mb'],
  'a lone surrogate': ['a\ud800b', 'a[U+D800]b', 'ab'],
  'the other half': ['a\udc00b', 'a[U+DC00]b', 'ab'],
  'private use': ['\ue000\u{10fffd}', '[U+E000][U+10FFFD]', ''],
  'a noncharacter': ['a\uffff', 'a[U+FFFF]', 'a'],
  'tag characters': ['a\u{e0041}\u{e007f}', 'a[U+E0041][U+E007F]', 'a'],
  'a letter drawn as nothing': ['\u3164', '[U+3164]', ''],
  'an empty braille pattern': ['\u2800', '[U+2800]', ''],
  'line breaks': [' a\r\nb\u2028c\u2029d\u0085e\t ', 'a b c d e', 'a b c d e'],
  'spaces of other widths': ['a\u00a0\u3000\u2003b', 'a b', 'a b'],
  'nothing but blanks': [' \n\t\u00a0', '', ''],
  'letters from right to left': [
    '\u05de\u05e8\u05d7\u05d1\u05d4',
    '\u05de\u05e8\u05d7\u05d1\u05d4',
    '\u05de\u05e8\u05d7\u05d1\u05d4',
  ],
  'a sign outside the basic plane': ['\u{1f680} go', '\u{1f680} go', '\u{1f680} go'],
  'the coloured form of a sign': ['\u2708\ufe0f', '\u2708', '\u2708'],
  'marks in another order': ['e\u0301', '\u00e9', '\u00e9'],
  'piled marks': [`z${'\u0335'.repeat(40)}o`, `z${'\u0335'.repeat(3)}o`, `z${'\u0335'.repeat(3)}o`],
}

describe('showText', () => {
  for (const [what, [given, shown]] of Object.entries(TEXTS)) {
    it(`shows ${what} for what it is, isolated`, () => {
      expect(showText(given, FULL).markup).to.equal(`<bdi>${shown}</bdi>`)
    })
  }

  it('cuts what is too long, without cutting a sign in two', () => {
    expect(showText('abcdef', 6).markup).to.equal('<bdi>abcdef</bdi>')
    expect(showText('abcdefg', 6).markup).to.equal('<bdi>abcde…</bdi>')
    expect(showText('\u{1f680}'.repeat(9), 3).markup).to.equal('<bdi>\u{1f680}\u{1f680}…</bdi>')
  })

  it('counts a number in place of a character as what it takes on the page', () => {
    expect(showText('\u202e'.repeat(100), 20).markup).to.equal('<bdi>[U+202E][U+202E][U+…</bdi>')
  })

  it('cuts before it escapes, so that no entity is cut in two', () => {
    expect(showText('<<<<', 3).markup).to.equal('<bdi>&#60;&#60;…</bdi>')
  })
})

describe('plainText', () => {
  for (const [what, [given, , kept]] of Object.entries(TEXTS)) {
    it(`keeps of ${what} what cannot mislead`, () => {
      expect(plainText(given, FULL)).to.equal(kept)
    })
  }

  it('stays as it is when it is made plain again', () => {
    for (const [given] of Object.values(TEXTS)) {
      const once = plainText(given, FULL)
      expect(plainText(once, FULL)).to.equal(once)
    }
  })

  it('cuts what is too long', () => {
    expect(plainText('x'.repeat(100_000), 10)).to.equal('xxxxxxxxx…')
  })
})
