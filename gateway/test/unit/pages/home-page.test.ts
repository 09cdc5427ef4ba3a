import { expect } from 'chai'
import { homePage, PAGE_HEADERS } from '../../../src/pages/home-page.ts'

const page = homePage({
  publicUrl: 'https://gw.example',
  targets: [
    { name: 'default', region: 'us-east-1' },
    { name: 'prod', region: 'eu-west-1' },
  ],
  issuers: ['https://t.auth0.com/', 'https://a.okta.com/oauth2/default'],
})

describe('homePage', () => {
  for (const text of [
    'https://gw.example/mcp</code></td><td>us-east-1',
    'https://gw.example/mcp/prod</code></td><td>eu-west-1',
    'claude mcp add --transport http cloudwatch https://gw.example/mcp',
    '<code>https://t.auth0.com/</code>',
    '<code>https://a.okta.com/oauth2/default</code>',
  ]) {
    it(`shows ${text}`, () => {
      expect(page).to.contain(text)
    })
  }

  it('escapes everything that it is given', () => {
    const evil = `<script>alert("1")</script>'&`
    const text = homePage({
      publicUrl: evil,
      targets: [{ name: evil, region: evil }],
      issuers: [evil],
    })
    expect(text).to.not.contain('<script')
    expect(text).to.not.contain('alert("')
    expect(text).to.contain('&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62;&#39;&#38;')
  })

  it('needs no script, no other host and no handler', () => {
    expect(page).to.not.match(/<script|<link|<img|<iframe|@import|url\(|\son[a-z]+=/i)
  })

  it('may load, run and be framed by nothing', () => {
    const policy = PAGE_HEADERS['content-security-policy']
    expect(policy).to.contain("default-src 'none'")
    expect(policy).to.contain("frame-ancestors 'none'")
    expect(policy).to.not.contain('script-src')
  })

  it('leaves sign-in to the issuers where clients talk to them', () => {
    expect(page).to.contain('Sign-in is at:').and.not.contain('sign in at this gateway')
  })

  it('says that one signs in here, and through whom, where the gateway does it', () => {
    const text = homePage({
      publicUrl: 'https://gw.example',
      targets: [{ name: 'default', region: 'us-east-1' }],
      issuers: ['https://a.okta.com'],
      signIn: { providers: ['Okta (a.okta.com)', '<b>'] },
    })
    expect(text).to.contain('sign in at this gateway')
    expect(text).to.contain('<li><bdi>Okta (a.okta.com)</bdi></li>')
    expect(text).to.contain('<li><bdi>&#60;b&#62;</bdi></li>')
    expect(text).to.not.contain('https://a.okta.com')
  })
})
