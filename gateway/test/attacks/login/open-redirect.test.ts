import { expect } from 'chai'
import {
  authorizePath,
  callbackPath,
  PUBLIC_URL,
  type RunningLogin,
  startLogin,
} from '../../integration/login/running-login.ts'

type Changed = Readonly<Record<string, string | undefined>>

/** Requests of a registered client that are answered with an error, before anybody is asked anything. */
const WRONG: Readonly<Record<string, Changed>> = {
  'no response type': { response_type: undefined },
  'another response type': { response_type: 'token' },
  'prompt=none': { prompt: 'none' },
  'no challenge': { code_challenge: undefined },
  'a plain challenge': { code_challenge_method: 'plain' },
  'a foreign resource': { resource: 'https://evil.example/mcp' },
  'a request object': { request: 'eyJ' },
  'a state that is too long': { state: 's'.repeat(2000) },
}

// Attack list line 25. Anyone may register a client, so a link that begins with the name of this gateway must not end
// at an address of anyone's choice (RFC 9700 §4.11.2).
describe('an open redirect', () => {
  let running: RunningLogin
  beforeEach(async () => {
    running = await startLogin()
  })
  afterEach(() => running.close())

  for (const [what, changed] of Object.entries(WRONG)) {
    it(`to a stranger’s address is not had with ${what}`, async () => {
      const redirect = 'https://gw-example-com.evil.example/sign-in'
      const clientId = await running.register({ redirect_uris: [redirect] })
      const path = authorizePath(clientId, { redirect_uri: redirect, ...changed })
      const { status, headers, text } = await running.newBrowser().get(path)
      expect(status).to.equal(400)
      expect(headers.location).to.equal(undefined)
      expect(headers.refresh).to.equal(undefined)
      expect(text).to.not.match(/http-equiv="refresh"|<script|<form/)
      // The person may go on, and sees where to.
      expect(text).to.contain('Go to <bdi>gw-example-com.evil.example</bdi>')
      expect(text).to.match(/<a class="button" href="https:\/\/gw-example-com\.evil\.example\//)
      expect(running.audit).to.have.lengthOf(1)
      expect(running.audit[0]).to.include({
        event: 'refused',
        redirect_host: 'gw-example-com.evil.example',
      })
    })
  }

  for (const redirect of [
    'http://localhost:4711/cb',
    'http://127.0.0.1/cb',
    'http://[::1]:9/cb',
    'cursor://anysphere.cursor-mcp/oauth/callback',
  ]) {
    it(`is not what sends an error to ${redirect}: this machine, or what the operator lists`, async () => {
      const clientId = await running.register({ redirect_uris: [redirect] })
      const path = authorizePath(clientId, { redirect_uri: redirect, response_type: 'token' })
      const { status, headers } = await running.newBrowser().get(path)
      expect(status).to.equal(302)
      expect(headers.location?.startsWith(`${redirect}?error=unsupported_response_type`)).to.equal(
        true,
      )
    })
  }

  const ELSEWHERE = [
    '//evil.example',
    '/\\evil.example',
    '\\/evil.example',
    'https://evil.example',
    'https:evil.example',
    '%2f%2fevil.example',
    '%09//evil.example',
    '/%09/evil.example',
    `${PUBLIC_URL}@evil.example`,
    `${PUBLIC_URL}.evil.example`,
    'javascript:alert(1)',
  ]
  for (const place of ELSEWHERE) {
    it(`to ${place} is had by no parameter and no path`, async () => {
      const encoded = encodeURIComponent(place)
      const names = ['redirect_uri', 'redirect', 'next', 'url', 'rd', 'return_to', 'target', 'iss']
      const state = 'a'.repeat(43)
      for (const path of [
        ...names.map((name) => `/oauth/authorize?${name}=${encoded}`),
        ...names.map((name) => `/oauth/callback?state=${state}&code=x&${name}=${encoded}`),
        ...names.map((name) => `/oauth/consent?${name}=${encoded}`),
        `/oauth/authorize/${encoded}`,
        `/oauth/callback?state=${encoded}&code=x`,
      ]) {
        const { status, headers, text } = await running.newBrowser().get(path)
        expect(status, path).to.be.oneOf([400, 404, 405])
        expect(headers.location, path).to.equal(undefined)
        expect(text, path).to.not.match(/http-equiv="refresh"|evil\.example|javascript:/)
      }
    })
  }

  it('is not had from an answer of the issuer without this browser’s sign-in', async () => {
    const clientId = await running.register({ redirect_uris: ['https://evil.example/cb'] })
    for (const parameters of [
      { state: 'a'.repeat(43), error: 'access_denied' },
      { state: clientId, code: 'x' },
    ]) {
      const { status, headers } = await running.newBrowser().get(callbackPath(parameters))
      expect(status).to.equal(400)
      expect(headers.location).to.equal(undefined)
    }
  })
})
