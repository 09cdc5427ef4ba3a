import { expect } from 'chai'
import { continuePage, PAGE_HEADERS } from '../../../src/pages/continue-page.ts'

const CALLBACK =
  'http://127.0.0.1:49152/callback?code=a.b-c_d&state=x%3B%27%22&iss=https%3A%2F%2Fgw.example'

/** Every way on that the page holds, as a browser reads it. */
function waysOn(page: string): readonly string[] {
  const read = (text = '') =>
    text.replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
  return [
    read(/<meta http-equiv="refresh" content="0;url=([^"]*)">/.exec(page)?.[1]),
    read(/<a class="button" href="([^"]*)"/.exec(page)?.[1]),
  ]
}

describe('continuePage', () => {
  for (const url of [
    CALLBACK,
    'https://example.okta.com/oauth2/v1/authorize?client_id=a&state=b',
    'https://a.example/?q=1;url=https://evil.example/',
    `https://a.example/?q='";url='https://evil.example/'`,
    'https://a.example/?q="><script>alert(1)</script>',
    'https://a.example/#a&b;c',
    'cursor://anysphere.cursor-mcp/oauth/callback?code=a&state=b;c',
    'com.example.app:/callback?code=a',
    'http://[::1]:7000/callback?code=a',
  ]) {
    it(`leads to ${url} by itself and by a link`, () => {
      expect(waysOn(continuePage({ url, to: 'there' }))).to.deep.equal([url, url])
      expect(waysOn(continuePage({ url, to: 'there', declined: true }))).to.deep.equal([url, url])
    })
  }

  it('holds no quote or bracket of the URL as it is', () => {
    const page = continuePage({ url: `https://a.example/?q="'<script>`, to: 'there' })
    expect(page).to.not.contain('<script')
    expect(page).to.contain('content="0;url=https://a.example/?q=&#34;&#39;&#60;script&#62;"')
  })

  for (const url of [
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'blob:https://a.example/1',
    'file:///etc/passwd',
    'about:blank',
    'view-source:https://a.example/',
    'filesystem:https://a.example/temporary/',
    ' javascript:alert(1)',
    'java\nscript:alert(1)',
    'https://a.example/\nb',
    'https://a.example/ b',
    '\u0001javascript:alert(1)',
    'https://a.example/\ud800',
    '/relative',
    '//other.example/',
    '',
  ]) {
    it(`refuses to lead to ${JSON.stringify(url)}`, () => {
      expect(() => continuePage({ url, to: 'there' })).to.throw('a page cannot lead to this URL')
    })
  }

  it('says where it goes, as text', () => {
    const page = continuePage({ url: CALLBACK, to: 'Okta\u202e <b>(example)' })
    expect(page).to.contain('Continue to <bdi>Okta[U+202E] &#60;b&#62;(example)</bdi>')
    expect(page).to.not.contain('\u202e')
  })

  it('speaks of an app where it knows no more than its scheme', () => {
    const url = 'cursor://anysphere.cursor-mcp/oauth/callback?error=access_denied'
    expect(continuePage({ url, to: 'cursor:', declined: true })).to.contain('Return to the app<')
  })

  it('says that nothing was shared where the person declined', () => {
    const page = continuePage({ url: CALLBACK, to: 'Claude Code', declined: true })
    expect(page).to.contain('<h1>Nothing was shared</h1>')
    expect(page).to.contain('Return to <bdi>Claude Code</bdi>')
    expect(page).to.not.contain('Continue to')
  })

  it('tells the next site nothing of this one, and has no form', () => {
    expect(PAGE_HEADERS['referrer-policy']).to.equal('no-referrer')
    expect(PAGE_HEADERS['content-security-policy']).to.contain("form-action 'none'")
  })
})
