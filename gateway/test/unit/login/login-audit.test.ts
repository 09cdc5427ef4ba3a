import { expect } from 'chai'
import { loginRecord } from '../../../src/login/login-audit.ts'

const REQUEST = { requestId: 'r-1', clientAddress: '192.0.2.1', at: Date.UTC(2026, 10, 24, 12) }

describe('loginRecord', () => {
  it('names what is known of an event', () => {
    const record = loginRecord(
      {
        event: 'token_issued',
        clientName: 'Claude Code',
        redirectUri: 'http://localhost:51234/callback?x=secret',
        issuer: 'https://idp.example.com',
        target: 'prod',
        family: 'f-1',
        subject: 'u-1',
      },
      REQUEST,
    )
    expect(record).to.deep.equal({
      kind: 'sign_in',
      time: '2026-11-24T12:00:00.000Z',
      request_id: 'r-1',
      event: 'token_issued',
      reason: null,
      client_name: 'Claude Code',
      redirect_host: 'localhost',
      issuer: 'https://idp.example.com',
      subject: 'u-1',
      target: 'prod',
      sign_in: 'f-1',
      client_address: '192.0.2.1',
    })
  })

  it('has every field where nothing is known', () => {
    const empty = loginRecord({ event: 'refused' }, { ...REQUEST, clientAddress: undefined })
    const whole = loginRecord({ event: 'refused', reason: 'x' }, REQUEST)
    expect(Object.keys(empty)).to.deep.equal(Object.keys(whole))
    expect(empty).to.include({ reason: null, client_name: null, client_address: null })
  })

  for (const [redirectUri, host] of [
    ['https://client.example.com:8443/cb', 'client.example.com'],
    ['http://[::1]:1/cb', '[::1]'],
    ['cursor://anysphere.cursor-mcp/oauth/callback', 'cursor:'],
    ['not a URL', null],
  ] as const) {
    it(`keeps ${host} of ${redirectUri}`, () => {
      expect(loginRecord({ event: 'returned', redirectUri }, REQUEST).redirect_host).to.equal(host)
    })
  }

  it('counts a nameless client as unknown', () => {
    expect(loginRecord({ event: 'returned', clientName: '' }, REQUEST).client_name).to.equal(null)
  })
})
