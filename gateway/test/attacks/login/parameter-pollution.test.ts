import { expect } from 'chai'
import {
  authorizePath,
  fieldOf,
  formRequest,
  REDIRECT_URI,
  type RunningLogin,
  signIn,
  startLogin,
  transactionIn,
  VERIFIER,
} from '../../integration/login/running-login.ts'

// Two readers of a repeated parameter take two different values of it (RFC 6749 §3.1: MUST NOT be included more than once).
describe('parameter pollution', () => {
  let running: RunningLogin
  let clientId: string
  beforeEach(async () => {
    running = await startLogin()
    clientId = await running.register()
  })
  afterEach(() => running.close())

  for (const more of [
    'redirect_uri=https%3A%2F%2Fevil.example%2Fcb',
    'redirect%5Furi=https%3A%2F%2Fevil.example%2Fcb',
    'client_id=other',
    'state=other',
    'state=client-state',
    'state=',
    'resource=https%3A%2F%2Fgw.example.com%2Fmcp%2Fprod',
    'code_challenge=',
    'code_challenge_method=plain',
    'response_type=token',
    'scope=a&scope=b',
    'unknown=a&unknown=b',
  ]) {
    for (const [where, path] of [
      ['behind', (right: string) => `${right}&${more}`],
      ['in front', (right: string) => right.replace('?', `?${more}&`)],
    ] as const) {
      it(`with ${more} ${where} sends nobody anywhere`, async () => {
        const { status, headers, text } = await running
          .newBrowser()
          .get(path(authorizePath(clientId)))
        expect(status).to.equal(400)
        expect(headers.location).to.equal(undefined)
        expect(headers['set-cookie']).to.equal(undefined)
        expect(text).to.not.contain('evil.example')
      })
    }
  }

  it('by names that JavaScript objects have changes nothing', async () => {
    const more = '__proto__=x&constructor=y&toString=z&hasOwnProperty=w'
    const page = await running.newBrowser().get(`${authorizePath(clientId)}&${more}`)
    expect(page.status).to.equal(200)
    const none = await running.newBrowser().get('/oauth/authorize?__proto__=x&client_id=__proto__')
    expect(none.status).to.equal(400)
  })

  it('by another case is another parameter', async () => {
    const path = `${authorizePath(clientId)}&REDIRECT_URI=https%3A%2F%2Fevil.example%2Fcb`
    const page = await running.newBrowser().get(path)
    expect(page.status).to.equal(200)
    const { value } = await running.login.contents.consent.open(transactionIn(page))
    expect(value.redirectUri).to.equal(REDIRECT_URI)
  })

  it('by a hundred parameters is refused', async () => {
    const many = Array.from({ length: 100 }, (_, at) => `p${at}=x`).join('&')
    const { status } = await running.newBrowser().get(`${authorizePath(clientId)}&${many}`)
    expect(status).to.equal(400)
  })

  for (const more of [
    'code=other',
    'code_verifier=other',
    'client_id=other',
    'grant_type=refresh_token',
    'redirect_uri=https%3A%2F%2Fevil.example',
    'resource=a&resource=b',
    'client%5Fid=other',
  ]) {
    it(`with ${more} at the token endpoint burns no code`, async () => {
      const answer = await signIn(running, running.newBrowser(), clientId)
      const request = formRequest('/oauth/token', {
        grant_type: 'authorization_code',
        client_id: clientId,
        code: answer.searchParams.get('code') ?? '',
        redirect_uri: REDIRECT_URI,
        code_verifier: VERIFIER,
      })
      const polluted = await running.send({ ...request, body: `${request.body}&${more}` })
      expect(polluted.status).to.equal(400)
      expect(fieldOf(polluted.json(), 'error')).to.equal('invalid_request')
      const inUrl = await running.send({ ...request, path: `/oauth/token?${more}` })
      expect(inUrl.status).to.equal(400)
      expect(running.issuer.redeemed).to.deep.equal([])
      expect((await running.send(request)).status).to.equal(200)
    })
  }
})
