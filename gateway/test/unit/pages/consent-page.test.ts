import { expect } from 'chai'
import { type ConsentPage, consentPage, PAGE_HEADERS } from '../../../src/pages/consent-page.ts'
import { ASKED, OKTA } from '../../browser/example-pages.ts'

const EVIL = `<script>alert("1")</script>'&`
const ESCAPED = '&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62;&#39;&#38;'
const SITE = { name: 'Claude', host: 'claude.ai', redirectTo: 'claude.ai', onThisComputer: false }
const OTHER = { issuer: 'https://t.auth0.com/', name: 'Auth0 (t.auth0.com)' }

const withClient = (client: Partial<ConsentPage['client']>) =>
  consentPage({ ...ASKED, client: { ...ASKED.client, ...client } })

/** What a person reads: no tags, and the characters that were escaped. */
function wordsOf(page: string): string {
  return page
    .replace(/<style>.*<\/style>/s, '')
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
    .replaceAll(/\s+/g, ' ')
}

/** The forms of a page: what each button of each would post. */
function answersOf(page: string): ReadonlyArray<readonly string[]> {
  return [...page.matchAll(/<form [^>]*>(.*?)<\/form>/gs)].flatMap(([, form = '']) => {
    const hidden = [...form.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)]
    const fixed = hidden.map(([, name, value]) => `${name}=${value}`)
    return [...form.matchAll(/<button(?: class="\w+")?(?: name="(\w+)" value="([^"]*)")?>/g)].map(
      ([, name, value]) => (name === undefined ? fixed : [...fixed, `${name}=${value}`]),
    )
  })
}

describe('consentPage', () => {
  it('asks with the name of the client', () => {
    expect(wordsOf(consentPage(ASKED))).to.contain('Let Claude Code read CloudWatch as you?')
  })

  it('says of a client that registered itself that its name proves nothing', () => {
    expect(wordsOf(consentPage(ASKED))).to.contain('registered itself; anyone can use any name')
  })

  it('says which host vouches for a client, and that the name is a claim all the same', () => {
    const words = wordsOf(consentPage({ ...ASKED, client: SITE }))
    expect(words).to.contain('the name is its own claim; claude.ai vouches for it')
    expect(words).to.not.contain('registered itself')
  })

  for (const name of [undefined, '', '  ', '\u200b\u202e', '\u3164']) {
    it(`calls a client with the name ${JSON.stringify(name)} unnamed`, () => {
      const words = wordsOf(withClient({ name }))
      expect(words).to.contain('Let an unnamed client read').and.contain('An unnamed client')
      expect(words).to.contain('registered itself; it gave no name')
    })
  }

  it('warns where a program on this computer gets the answer', () => {
    const words = wordsOf(consentPage(ASKED))
    expect(words).to.contain('A program on this computer').and.contain('at localhost:49152')
    expect(words).to.contain('Any program on this computer could have asked this')
  })

  it('names the host where a site gets the answer', () => {
    const words = wordsOf(consentPage({ ...ASKED, client: SITE }))
    expect(words).to.match(/claude\.ai ?a site outside this computer/)
    expect(words).to.not.contain('Any program on this computer')
  })

  for (const redirectTo of ['cursor:', 'cursor://']) {
    it(`says that an app gets the answer by ${redirectTo}`, () => {
      const words = wordsOf(withClient({ redirectTo, onThisComputer: false }))
      expect(words).to.contain('An app on this device').and.contain(`links with ${redirectTo}`)
    })
  }

  it('takes a host with a port for a site', () => {
    const words = wordsOf(withClient({ redirectTo: 'a.example:8443', onThisComputer: false }))
    expect(words).to.contain('a.example:8443').and.not.contain('An app on this device')
  })

  it('says what may be read and where', () => {
    const words = wordsOf(consentPage({ ...ASKED, target: { name: 'prod', region: 'eu-west-1' } }))
    expect(words).to.contain('CloudWatch in eu-west-1').and.contain('target prod')
    expect(words).to.contain(ASKED.resource)
  })

  it('names the gateway by its host', () => {
    const page = consentPage({ ...ASKED, resource: 'https://gw.example:8443/mcp/prod' })
    expect(page).to.contain('<span>gw.example:8443</span></header>')
  })

  it('says which roles may come of it, shortly, and in full in the details', () => {
    const page = consentPage(ASKED)
    const [open = '', details = ''] = page.split('<details>')
    expect(wordsOf(open)).to.contain('CloudWatchSre in account 111122223333')
    expect(wordsOf(open)).to.contain('CloudWatchCatalog in account 444455556666')
    expect(wordsOf(open)).to.contain('One of them, by who you are when you sign in.')
    expect(wordsOf(details)).to.contain('arn:aws:iam::444455556666:role/teams/CloudWatchCatalog')
    expect(wordsOf(details)).to.contain('by the rule catalog-team')
  })

  it('names a role once, with every rule that gives it', () => {
    const roleArn = 'arn:aws-cn:iam::111122223333:role/Read'
    const roles = ['a', 'b', 'a'].map((rule) => ({ rule, roleArn }))
    const words = wordsOf(consentPage({ ...ASKED, roles }))
    expect(words.split('Read in account 111122223333')).to.have.length(2)
    expect(words).to.contain(`${roleArn}, by the rule a, b`)
    expect(words).to.contain('If your account may have it.').and.not.contain('One of them')
  })

  it('folds many roles away', () => {
    const roles = Array.from({ length: 40 }, (_, index) => ({
      rule: `r${index}`,
      roleArn: `arn:aws:iam::111122223333:role/Role${index}`,
    }))
    const [open = '', details = ''] = consentPage({ ...ASKED, roles }).split('<details>')
    expect(open.match(/in account/g)).to.have.length(4)
    expect(wordsOf(open)).to.contain('and 36 more')
    expect(details.match(/:role\/Role/g)).to.have.length(40)
  })

  it('says so where no rule gives a role', () => {
    expect(wordsOf(consentPage({ ...ASKED, roles: [] }))).to.contain('no rule gives a role here')
  })

  it('posts each value once: yes to the only issuer, or no', () => {
    const transaction = `transaction=${ASKED.transaction}`
    expect(answersOf(consentPage(ASKED))).to.deep.equal([
      [transaction, 'decision=allow'],
      [transaction, 'decision=deny'],
    ])
    expect(wordsOf(consentPage(ASKED))).to.contain('Continue to Okta (example.okta.com)')
  })

  it('posts the issuer where there are several, and none with a no', () => {
    const page = consentPage({ ...ASKED, issuers: [OKTA, OTHER] })
    const transaction = `transaction=${ASKED.transaction}`
    expect(answersOf(page)).to.deep.equal([
      [transaction, 'decision=allow', `issuer=${OKTA.issuer}`],
      [transaction, 'decision=allow', `issuer=${OTHER.issuer}`],
      [transaction, 'decision=deny'],
    ])
    expect(wordsOf(page)).to.contain('Continue to Auth0 (t.auth0.com)')
  })

  it('posts to the one place that its policy allows, and preselects nothing', () => {
    const page = consentPage({ ...ASKED, issuers: [OKTA, OTHER] })
    expect(page.match(/<form [^>]*>/g)).to.deep.equal([
      '<form method="post" action="/oauth/consent">',
      '<form method="post" action="/oauth/consent">',
    ])
    expect(PAGE_HEADERS['content-security-policy']).to.match(/form-action 'self'$/)
    expect(page).to.not.match(/autofocus|checked|selected|formaction/)
  })

  const evil: Record<string, Partial<ConsentPage>> = {
    'the name': { client: { ...ASKED.client, name: EVIL } },
    'the host': { client: { ...SITE, host: EVIL } },
    'the redirect host': { client: { ...SITE, redirectTo: EVIL } },
    'the loopback host': { client: { ...ASKED.client, redirectTo: EVIL } },
    'the target': { target: { name: EVIL, region: 'us-east-1' } },
    'the region': { target: { name: 'default', region: EVIL } },
    'a role': { roles: [{ rule: 'a', roleArn: EVIL }] },
    'a rule': { roles: [{ rule: EVIL, roleArn: 'arn:aws:iam::111122223333:role/A' }] },
    'the name of an issuer': { issuers: [{ issuer: 'a', name: EVIL }] },
    'an issuer': { issuers: [OKTA, { issuer: EVIL, name: 'b' }] },
    'the transaction': { transaction: EVIL },
  }
  for (const [what, part] of Object.entries(evil)) {
    it(`escapes ${what}`, () => {
      const page = consentPage({ ...ASKED, ...part })
      expect(page).to.contain(ESCAPED)
      expect(page).to.not.match(/<script|<link|<img|<iframe|\son[a-z]+="/i)
    })
  }

  it('shows a name that turns the writing direction, and does not obey it', () => {
    const page = withClient({ name: '\u202eedoC edualC' })
    expect(page).to.not.contain('\u202e')
    expect(wordsOf(page)).to.contain('Let [U+202E]edoC edualC read CloudWatch as you?')
  })

  it('cuts a name that would push the rest away', () => {
    const name = 'Claude Code read CloudWatch as you? It was checked by AWS. '.repeat(20)
    const [heading = ''] = /<h1>.*?<\/h1>/s.exec(withClient({ name })) ?? []
    expect(wordsOf(heading)).to.have.length.lessThan(100)
    expect(heading).to.contain('…</bdi>')
  })
})
