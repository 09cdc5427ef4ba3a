import { expect } from 'chai'
import { authorizationAnswer } from '../../../../src/login/browser/authorization-answer.ts'

const ISSUER = 'https://gw.example.com'

describe('authorizationAnswer', () => {
  it('adds code, state and issuer to the redirect URI', () => {
    const url = authorizationAnswer(
      { redirectUri: 'https://client.example.com/cb', state: 'a b&c=d' },
      ISSUER,
      { code: 'x.y' },
    )
    expect(url).to.equal(
      'https://client.example.com/cb?code=x.y&state=a+b%26c%3Dd&iss=https%3A%2F%2Fgw.example.com',
    )
  })

  it('names the error instead of a code, and leaves a state out that was not sent', () => {
    const { searchParams } = new URL(
      authorizationAnswer({ redirectUri: 'https://client.example.com/cb' }, ISSUER, {
        error: 'access_denied',
        description: 'no',
      }),
    )
    expect(Object.fromEntries(searchParams)).to.deep.equal({
      error: 'access_denied',
      error_description: 'no',
      iss: ISSUER,
    })
  })

  for (const [redirectUri, start] of [
    ['https://client.example.com/cb?a=b', 'https://client.example.com/cb?a=b&code='],
    ['https://client.example.com/cb?', 'https://client.example.com/cb?code='],
    ['https://client.example.com/cb??', 'https://client.example.com/cb??&code='],
    ['https://client.example.com/cb?a=b&', 'https://client.example.com/cb?a=b&code='],
    ['https://client.example.com', 'https://client.example.com?code='],
    ['http://[::1]:1/cb', 'http://[::1]:1/cb?code='],
    ['cursor://host/callback', 'cursor://host/callback?code='],
    ['com.example:/cb', 'com.example:/cb?code='],
  ] as const) {
    it(`leaves ${redirectUri} as it is in front`, () => {
      expect(
        authorizationAnswer({ redirectUri }, ISSUER, { code: 'x' }).startsWith(start),
      ).to.equal(true)
    })
  }

  it('lets no state break out of its parameter', () => {
    const state = '\r\nSet-Cookie: a=b\r\n#&iss=https://evil.example&code=evil'
    const url = authorizationAnswer({ redirectUri: 'https://c.example/', state }, ISSUER, {
      code: 'x',
    })
    expect(url).to.match(/^[\x21-\x7e]+$/)
    const { searchParams, hash } = new URL(url)
    expect(hash).to.equal('')
    expect(searchParams.getAll('code')).to.deep.equal(['x'])
    expect(searchParams.getAll('iss')).to.deep.equal([ISSUER])
    expect(searchParams.get('state')).to.equal(state)
  })
})
