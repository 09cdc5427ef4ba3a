import { expect } from 'chai'
import { PAGE_HEADERS, signInErrorPage } from '../../../src/pages/sign-in-error-page.ts'

const EVIL = `<script>alert("1")</script>'&`
const ESCAPED = '&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62;&#39;&#38;'

describe('signInErrorPage', () => {
  it('says what happened, what to do, and which request it was', () => {
    const page = signInErrorPage({
      title: 'Too late',
      text: 'It took ten minutes.',
      fix: 'Connect again.',
      requestId: 'r-1',
    })
    expect(page).to.contain('<title>Too late</title>').and.contain('<h1>Too late</h1>')
    expect(page).to.contain('<p>It took ten minutes.</p>').and.contain('<p>Connect again.</p>')
    expect(page).to.contain('<code>r-1</code>')
  })

  for (const part of ['title', 'text', 'fix', 'requestId']) {
    it(`escapes ${part}`, () => {
      const page = signInErrorPage({ title: '', text: '', fix: '', requestId: '', [part]: EVIL })
      expect(page).to.contain(ESCAPED).and.not.contain('<script')
    })
  }

  it('leads to the client where the person chooses to, and by its host', () => {
    const back = {
      url: 'https://client.example.com/cb?error=x&state=y"z',
      to: 'client.example.com',
    }
    const page = signInErrorPage({ title: 'a', text: 'b', fix: 'c', back, requestId: 'd' })
    expect(page).to.contain(
      'href="https://client.example.com/cb?error=x&#38;state=y&#34;z" rel="noreferrer"',
    )
    expect(page).to.contain('Go to <bdi>client.example.com</bdi>')
    expect(page).to.not.contain('http-equiv')
  })

  it('leads nowhere', () => {
    const page = signInErrorPage({ title: 'a', text: 'b', fix: 'c', requestId: 'd' })
    expect(page).to.not.match(/href|http-equiv|<form/)
    expect(PAGE_HEADERS['content-security-policy']).to.contain("form-action 'none'")
  })
})
