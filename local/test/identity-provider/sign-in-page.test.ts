import { createHash } from 'node:crypto'

import { expect } from 'chai'

import { signIn } from '../../src/identity-provider/sign-in.ts'
import { PEOPLE, SCOPE } from '../../src/world.ts'
import {
  authorization,
  identityProvider,
  jsonOf,
  metadataOf,
  RESOURCE,
  verified,
} from './code-flow.ts'

const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

describe('identity provider: sign-in page', () => {
  const idp = identityProvider()

  /** Goes to the page as a browser would and keeps what belongs to it. */
  async function open(asked: Record<string, string> = {}, issuer = idp().issuers.generic) {
    const { url } = authorization(await metadataOf(issuer), asked)
    const start = await fetch(url, { redirect: 'manual', headers: HTML })
    const cookies = start.headers.getSetCookie()
    const page = new URL(start.headers.get('location') ?? '', url)
    const cookie = cookies.map((line) => line.split(';')[0]).join('; ')
    const response = await fetch(page, { headers: { ...HTML, cookie } })
    return { page, cookie, cookies, response, html: await response.text() }
  }

  it('says who asks, where it returns to, for what, and that this is no real sign-in', async () => {
    const { response, html } = await open({ resource: RESOURCE })
    expect(response.status).to.equal(200)
    expect(html).to.contain('Local stand-in')
    expect(html).to.contain('MCP client (pre-registered) asks for access')
    expect(html).to.contain('<dd>localhost:3118</dd>')
    expect(html).to.contain(`<code>${RESOURCE}</code>`)
    expect(html).to.contain(`<code>${SCOPE}</code>`)
  })

  it('offers a button for each person, with what they may do, and one to cancel', async () => {
    const { html } = await open()
    for (const person of PEOPLE) {
      expect(html).to.contain(`<button name="person" value="${person.id}">`)
      expect(html).to.contain(person.name)
      expect(html).to.contain(person.title)
      expect(html).to.contain(person.may.replace(/'/g, '&#39;'))
    }
    expect(html.match(/<button /g)).to.have.length(PEOPLE.length + 1)
    expect(html).to.contain('name="cancel"')
  })

  it('tells which product it is dressed as', async () => {
    const { okta, auth0, cognito } = idp().issuers
    expect((await open({}, okta)).html).to.contain('dressed as Okta')
    expect((await open({}, auth0)).html).to.contain('dressed as Auth0')
    const bare = await open({}, cognito)
    expect(bare.html).to.contain('dressed as Amazon Cognito').and.contain('none named')
  })

  it('works without script and lets nothing in but its own style', async () => {
    const { response, html } = await open()
    expect(html).to.not.match(/<script|<img|<link|\son\w+=|style=/i)
    const style = /<style>(.*?)<\/style>/s.exec(html)?.[1] ?? ''
    const hash = createHash('sha256').update(style).digest('base64')
    const policy = response.headers.get('content-security-policy')?.split('; ')
    expect(policy).to.include.members([
      "default-src 'none'",
      `style-src 'sha256-${hash}'`,
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ])
    expect(response.headers.get('cache-control')).to.equal('no-store')
    expect(style).to.contain('prefers-color-scheme: dark')
    expect(html).to.contain('width=device-width')
  })

  it('lets the form lead to the callback of the client, whatever kind it is', async () => {
    const targets: Record<string, string> = {
      'http://localhost:6274/oauth/callback': 'http://localhost:6274',
      'http://[::1]:7000/callback': 'http:',
      'https://vscode.dev/redirect': 'https://vscode.dev',
      'cursor://anysphere.cursor-mcp/oauth/callback': 'cursor:',
    }
    for (const [redirect_uri, target] of Object.entries(targets)) {
      const { response } = await open({ redirect_uri })
      const policy = response.headers.get('content-security-policy')?.split('; ') ?? []
      const words = policy.find((part) => part.startsWith('form-action'))?.split(' ')
      expect(words, redirect_uri).to.include.members(["'self'", target])
    }
  })

  it('escapes what clients say about themselves', async () => {
    const redirect_uri = 'https://a.example/?x="><script>alert(1)</script>'
    const registered = await fetch(`${idp().issuers.generic}/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        client_name: '<script>alert("x")</script> & Co',
        redirect_uris: [redirect_uri],
        token_endpoint_auth_method: 'none',
      }),
    })
    const client_id = String((await jsonOf(registered)).client_id)
    const { html } = await open({ client_id, redirect_uri })
    expect(html).to.not.contain('<script')
    expect(html).to.contain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; Co')
  })

  it('sets cookies that scripts and other sites cannot use, bound to this one sign-in', async () => {
    const { cookies, page } = await open()
    const interaction = cookies.filter((line) => line.startsWith('_interaction'))
    expect(interaction).to.have.length.greaterThan(1)
    for (const line of interaction) {
      expect(line)
        .to.match(/httponly/i)
        .and.match(/samesite=lax/i)
      expect(line).to.match(/path=\/generic\/(interaction|authorize)\//)
    }
    expect(interaction.join()).to.contain(`path=${page.pathname}`)
  })

  it('refuses a form without the cookie, and a form of another sign-in', async () => {
    const first = await open()
    const second = await open()
    const post = (page: URL, cookie: string, uid: string) =>
      fetch(page, {
        method: 'POST',
        redirect: 'manual',
        headers: { ...HTML, cookie },
        body: new URLSearchParams({ interaction: uid, person: 'alice' }),
      })
    const uidOf = (page: URL) => page.pathname.split('/').at(-1) ?? ''
    const attempts = [
      post(first.page, '', uidOf(first.page)),
      post(first.page, second.cookie, uidOf(first.page)),
      post(first.page, first.cookie, uidOf(second.page)),
      post(first.page, first.cookie, ''),
    ]
    for (const response of await Promise.all(attempts)) {
      expect(response.status).to.equal(400)
      expect(response.headers.get('location')).to.equal(null)
      expect(await response.text()).to.contain('This sign-in is over')
    }
    const good = await post(first.page, first.cookie, uidOf(first.page))
    expect(good.status).to.equal(303)
  })

  it('answers an old or unknown sign-in with a page that says what to do', async () => {
    const response = await fetch(`${idp().issuers.generic}/interaction/gone`, { headers: HTML })
    expect(response.status).to.equal(400)
    expect(response.headers.get('content-type')).to.match(/^text\/html/)
    expect(await response.text()).to.contain('Connect again from your client')
    const resumed = await fetch(`${idp().issuers.generic}/authorize/gone`, { headers: HTML })
    expect(resumed.status).to.equal(400)
    expect(await resumed.text()).to.contain('This sign-in is over')
  })

  it('answers a broken request with a page for browsers and JSON for programs', async () => {
    const url = `${idp().issuers.generic}/authorize?client_id=nobody`
    const page = await fetch(url, { headers: HTML })
    expect(page.headers.get('content-type')).to.match(/^text\/html/)
    expect(await page.text()).to.contain('does not know the client')
    const json = await fetch(url, { headers: { accept: 'application/json' } })
    expect(json.status).to.equal(400)
    expect(await json.json()).to.include({ error: 'invalid_client' })
  })

  it('asks again every time: the same browser signs in as another person', async () => {
    const first = await open()
    const press = async (at: Awaited<ReturnType<typeof open>>, person: string, cookie: string) => {
      const interaction = at.page.pathname.split('/').at(-1) ?? ''
      const response = await fetch(at.page, {
        method: 'POST',
        redirect: 'manual',
        headers: { ...HTML, cookie },
        body: new URLSearchParams({ interaction, person }),
      })
      const resume = response.headers.get('location') ?? ''
      return fetch(resume, { redirect: 'manual', headers: { ...HTML, cookie } })
    }
    const signedIn = await press(first, 'alice', first.cookie)
    const session = signedIn.headers
      .getSetCookie()
      .filter((line) => line.startsWith('_session'))
      .map((line) => line.split(';')[0])
    expect(session).to.have.length.greaterThan(0)

    const metadata = await metadataOf(idp().issuers.generic)
    const { url, verifier } = authorization(metadata)
    const start = await fetch(url, {
      redirect: 'manual',
      headers: { ...HTML, cookie: session.join('; ') },
    })
    expect(start.headers.get('location')).to.contain('/interaction/')
    const cookie = [...session, ...start.headers.getSetCookie().map((line) => line.split(';')[0])]
    const page = new URL(start.headers.get('location') ?? '', url)
    const back = await press({ ...first, page }, 'carol', cookie.join('; '))
    const location = new URL(back.headers.get('location') ?? '')
    const response = await fetch(metadata.token_endpoint, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: url.searchParams.get('client_id') ?? '',
        redirect_uri: url.searchParams.get('redirect_uri') ?? '',
        code: location.searchParams.get('code') ?? '',
        code_verifier: verifier,
      }),
    })
    const { access_token } = await jsonOf(response)
    expect((await verified(metadata.issuer, String(access_token))).claims.sub).to.equal('carol')
  })

  it('answers prompt=none with login_required and takes any other prompt', async () => {
    const metadata = await metadataOf(idp().issuers.generic)
    const none = await signIn(authorization(metadata, { prompt: 'none' }).url, 'alice')
    expect(none.searchParams.get('error')).to.equal('login_required')
    for (const prompt of ['login', 'consent', 'select_account', 'login consent']) {
      const back = await signIn(authorization(metadata, { prompt }).url, 'alice')
      expect(back.searchParams.get('code'), prompt).to.be.a('string')
    }
  })
})

describe('signIn', () => {
  const idp = identityProvider()

  it('says what it found instead of a sign-in page', async () => {
    const { url } = authorization(await metadataOf(idp().issuers.generic), { client_id: 'nobody' })
    const failure = await signIn(url, 'alice').then(
      () => undefined,
      (error: unknown) => error,
    )
    expect(failure).to.be.instanceOf(Error)
    expect(String(failure)).to.contain('400 Sign-in cannot start')
  })

  it('stops when its signal does', async () => {
    const { url } = authorization(await metadataOf(idp().issuers.generic))
    const signal = AbortSignal.abort()
    const failure = await signIn(url, 'alice', { signal }).then(
      () => undefined,
      (error: unknown) => error,
    )
    expect(failure).to.have.property('name', 'AbortError')
  })
})
