import { expect } from 'chai'
import { continuePage, PAGE_HEADERS } from '../../src/pages/continue-page.ts'
import { browserFixture } from './browser-fixture.ts'
import { servePages } from './serve-pages.ts'

describe('the page that goes on, in Chromium', () => {
  let next: Awaited<ReturnType<typeof servePages>>
  const pages = {
    '/form': {
      body: '<form method="post" action="/plain"><button>go</button></form>',
      headers: {
        'content-type': 'text/html',
        'content-security-policy': "default-src 'none'; form-action 'self'",
      },
    },
    '/plain': { body: '', headers: PAGE_HEADERS },
    '/odd': { body: '', headers: PAGE_HEADERS },
    '/link': { body: '', headers: PAGE_HEADERS },
  }
  const at = browserFixture(pages)
  const there = () => `${next.origin}/there?code=a&state=b`

  before(async () => {
    next = await servePages({})
    pages['/plain'].body = continuePage({ url: there(), to: 'there' })
    pages['/odd'].body = continuePage({
      url: `${next.origin}/there?state=a;url=https://evil.example/&b="'`,
      to: 'there',
    })
    pages['/link'].body = pages['/plain'].body.replace(/<meta http-equiv="refresh"[^>]*>/, '')
  })

  after(() => next?.close())

  for (const javaScriptEnabled of [true, false]) {
    it(`goes on by itself ${javaScriptEnabled ? 'with' : 'without'} script`, async () => {
      const { page } = await at.show('/plain', { javaScriptEnabled })
      await page.waitForURL(there())
    })
  }

  it('goes where it says, whatever the URL holds', async () => {
    const { page } = await at.show('/odd')
    await page.waitForURL(`${next.origin}/**`)
    expect(new URL(page.url()).searchParams.get('state')).to.equal('a;url=https://evil.example/')
  })

  it('tells the next place nothing of the page before', async () => {
    const { page } = await at.show('/form')
    const [request] = await Promise.all([
      page.waitForRequest(there()),
      page.goto(`${at.origin()}/plain`),
    ])
    expect(await request.headerValue('referer')).to.equal(null)
  })

  it('goes on to another origin after a form that may only go to its own', async () => {
    const { page } = await at.show('/form')
    await page.getByRole('button').click()
    await page.waitForURL(there())
  })

  it('keeps its link for a browser that does not go on by itself', async () => {
    const { page } = await at.show('/link')
    await page.getByRole('link', { name: 'Continue to there' }).click()
    await page.waitForURL(there())
  })

  it('leaves nothing behind that the back button would stop at', async () => {
    const { page } = await at.show('/form')
    await page.getByRole('button').click()
    await page.waitForURL(there())
    await page.goBack()
    expect(page.url()).to.equal(`${at.origin()}/form`)
  })
})
