import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { html } from '../../../src/pages/html.ts'
import { page, pageHeaders } from '../../../src/pages/page.ts'

describe('page', () => {
  const text = page({ title: 'a & b', host: 'gw.example', main: html`<h1>x</h1>` })

  it('names its language, its scale and its landmarks', () => {
    expect(text).to.match(/^<!doctype html>\n<html lang="en">/)
    expect(text).to.contain('<meta name="viewport" content="width=device-width, initial-scale=1">')
    expect(text).to.contain('<title>a &#38; b</title>')
    expect(text.match(/<(header|main|h1)>/g)).to.deep.equal(['<header>', '<main>', '<h1>'])
  })

  it('has one style, whose hash its policy names', () => {
    const styles = [...text.matchAll(/<style>(.*?)<\/style>/gs)]
    expect(styles).to.have.length(1)
    const hash = createHash('sha256').update(String(styles[0]?.[1])).digest('base64')
    expect(pageHeaders("'none'")['content-security-policy']).to.contain(
      `style-src 'sha256-${hash}'`,
    )
    expect(text).to.not.match(/\sstyle=/)
  })
})

describe('pageHeaders', () => {
  for (const action of ["'self'", "'none'"] as const) {
    const headers = pageHeaders(action)

    it(`lets forms go to ${action} and nothing else anywhere`, () => {
      const [, ...others] = headers['content-security-policy'].split('; ')
      expect(headers['content-security-policy']).to.match(/^default-src 'none'; /)
      expect(others.filter((part) => !part.startsWith('style-src'))).to.deep.equal([
        "frame-ancestors 'none'",
        "base-uri 'none'",
        `form-action ${action}`,
      ])
    })

    it(`keeps a page with form-action ${action} out of frames, caches and guesses`, () => {
      expect(headers).to.include({
        'x-frame-options': 'DENY',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'cross-origin-resource-policy': 'same-origin',
      })
      expect(headers['permissions-policy']).to.contain('camera=()')
    })

    it(`leaves a popup with form-action ${action} to the client that opened it`, () => {
      expect(headers).to.not.have.property('cross-origin-opener-policy')
    })
  }

  it('sends a referrer to no other site', () => {
    expect(pageHeaders("'self'")['referrer-policy']).to.equal('same-origin')
    expect(pageHeaders("'none'")['referrer-policy']).to.equal('no-referrer')
  })
})

describe('html', () => {
  it('escapes text and keeps markup', () => {
    const inner = html`<b>${'<i>'}</b>`
    expect(html`${inner}${[inner, inner]}${'"'}`.markup).to.equal(
      `${'<b>&#60;i&#62;</b>'.repeat(3)}&#34;`,
    )
  })
})
