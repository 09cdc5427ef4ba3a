import { expect } from 'chai'
import fc from 'fast-check'
import { consentPage } from '../../src/pages/consent-page.ts'
import { continuePage } from '../../src/pages/continue-page.ts'
import { plainText, showText } from '../../src/pages/show-text.ts'
import { ASKED } from '../browser/example-pages.ts'
import { check, describeFuzz } from './check.ts'

/** Text of any code units, with those that matter to pages more often than others. */
const anyText = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...'<>&"\'/=; \n\t\0abc') },
      {
        weight: 3,
        arbitrary: fc.constantFrom(...'\u202a\u202e\u2066\u2069\u200b\u200f\u00ad\ufeff\u3164'),
      },
      {
        weight: 2,
        arbitrary: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      },
      { weight: 1, arbitrary: fc.constantFrom('\u{1f680}', '\u{e0041}', '\u0335', '\u05d0') },
    ),
    { maxLength: 60 },
  )
  .map((pieces) => pieces.join(''))

/** Every character that a page may have from us: no control but the line feed, nothing invisible, no half of a pair. */
const PLAIN = /^(?:\n|[^\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029\u3164])*$/u

const unescaped = (text: string) =>
  text.replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))

/** The shared declarative refresh steps (HTML §4.2.5.3), as far as they find the URL. */
function refreshTo(content: string): string | undefined {
  const [matched, rest = ''] = /^\s*\d+[\d.]*[;,\s]\s*(.*)$/s.exec(content) ?? []
  if (matched === undefined) return undefined
  const url = rest.replace(/^url\s*=\s*/i, '')
  const [, quote, quoted] = /^(['"])(.*)$/s.exec(url) ?? []
  return quote === undefined ? url : quoted?.split(quote)[0]
}

describeFuzz('pages under random text', () => {
  it('show text as one isolated piece, without a character that could mislead', () => {
    check(
      fc.property(anyText, fc.integer({ min: 1, max: 40 }), (text, length) => {
        const { markup } = showText(text, length)
        const [, inside = ''] = /^<bdi>(.*)<\/bdi>$/.exec(markup) ?? []
        expect(inside).to.not.match(/[<>"']/)
        expect(inside).to.match(PLAIN)
        expect([...unescaped(inside)].length).to.be.at.most(length)
        expect(inside === '').to.equal(text.trim() === '' && /^[\s\u0085]*$/.test(text))
      }),
    )
  })

  it('keep plain text that stays as it is', () => {
    check(
      fc.property(anyText, (text) => {
        const kept = plainText(text, 40)
        expect(kept).to.match(PLAIN)
        expect(plainText(kept, 40)).to.equal(kept)
      }),
    )
  })

  it('have the same tags whatever a client calls itself', () => {
    const tagsOf = (page: string) => page.match(/<[^>]*>/g)
    const usual = tagsOf(consentPage(ASKED))
    check(
      fc.property(anyText, anyText, (name, redirectTo) => {
        fc.pre(plainText(name, 60) !== '')
        const client = { ...ASKED.client, name, redirectTo }
        const page = consentPage({ ...ASKED, client })
        expect(tagsOf(page)).to.deep.equal(usual)
        expect(page).to.match(PLAIN)
      }),
    )
  })

  it('go on to the very URL that they were given, or are not made', () => {
    check(
      fc.property(anyText, fc.constantFrom('?q=', '#', '/'), (text, before) => {
        const url = `https://a.example/${before}${text}`
        let page: string
        try {
          page = continuePage({ url, to: 'there' })
        } catch (error) {
          expect(String(error)).to.contain('a page cannot lead to this URL')
          expect(url).to.match(/[\s\p{Cc}\p{Cs}]/u)
          return
        }
        const [, content = ''] = /http-equiv="refresh" content="([^"]*)">/.exec(page) ?? []
        expect(refreshTo(unescaped(content))).to.equal(url)
      }),
    )
  })
})
