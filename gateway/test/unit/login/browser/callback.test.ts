import { expect } from 'chai'
import { type CallbackOptions, createCallback } from '../../../../src/login/browser/callback.ts'
import { SignInProblem } from '../../../../src/login/browser/sign-in-problem.ts'
import type { LoginSeen } from '../../../../src/login/login-audit.ts'
import { OAuthError } from '../../../../src/login/oauth-error.ts'
import {
  createSealedContents,
  type LoginContent,
} from '../../../../src/login/sealed/sealed-contents.ts'
import { fakeIssuerLogin } from '../../../integration/login/fake-issuer-login.ts'

const PUBLIC_URL = 'https://gw.example.com'
const NOW = Date.UTC(2026, 10, 24)
const STATE = 's'.repeat(43)

const contents = createSealedContents({
  keys: [new Uint8Array(32)],
  audience: PUBLIC_URL,
  revokeBefore: undefined,
  now: () => NOW,
})
const issuer = fakeIssuerLogin('https://idp.example.com', () => NOW)
const LOGIN: LoginContent = {
  client: 'client-hash',
  clientName: 'Client',
  redirectUri: 'https://client.example.com/cb',
  challenge: 'challenge',
  target: 'prod',
  state: 'client-state',
  issuer: issuer.issuer,
  verifier: 'verifier',
  nonce: 'nonce',
}

function createWith(changed: Partial<CallbackOptions> = {}) {
  return createCallback({
    publicUrl: PUBLIC_URL,
    contents,
    issuers: new Map([[issuer.issuer, issuer]]),
    maxEntries: 2,
    ...changed,
  })
}

async function request(login: LoginContent = LOGIN, state = STATE) {
  const told: LoginSeen[] = []
  const value = await contents.login.seal(login, 600)
  return {
    told,
    cookies: [{ use: 'login', id: state, value }] as const,
    tell: (seen: LoginSeen) => void told.push(seen),
  }
}

describe('createCallback', () => {
  it('seals the issuer’s code with all that redeeming it needs, for a minute', async () => {
    const { told, ...from } = await request()
    const answer = await createWith()(`state=${STATE}&code=theirs&iss=idp`, from)
    if (answer.kind !== 'redirect') throw new Error('no redirect')
    const code = new URL(answer.location).searchParams.get('code') ?? ''
    const { value, expiresAt } = await contents.code.open(code)
    const { state: _state, ...rest } = LOGIN
    expect(value).to.deep.equal({ ...rest, code: 'theirs', iss: 'idp', upstreamState: STATE })
    expect(expiresAt).to.equal(NOW + 60_000)
    expect(told).to.deep.equal([
      {
        event: 'returned',
        clientName: 'Client',
        redirectUri: LOGIN.redirectUri,
        target: 'prod',
        issuer: issuer.issuer,
      },
    ])
  })

  it('tells the client where the issuer is no longer configured', async () => {
    const { told, ...from } = await request({ ...LOGIN, issuer: 'https://gone.example.com' })
    const answer = await createWith()(`state=${STATE}&code=theirs`, from)
    if (answer.kind !== 'redirect') throw new Error('no redirect')
    expect(new URL(answer.location).searchParams.get('error')).to.equal('server_error')
    expect(told).to.have.lengthOf(1)
  })

  it('tells the client where the issuer’s metadata cannot be had', async () => {
    const down = {
      ...issuer,
      acceptsIss: () => Promise.reject(new OAuthError('temporarily_unavailable', 'down')),
    }
    const from = await request()
    const callback = createWith({ issuers: new Map([[issuer.issuer, down]]) })
    const answer = await callback(`state=${STATE}&code=theirs`, from)
    if (answer.kind !== 'redirect') throw new Error('no redirect')
    const { searchParams } = new URL(answer.location)
    expect(searchParams.get('error')).to.equal('temporarily_unavailable')
    expect(searchParams.has('code')).to.equal(false)
  })

  it('rejects with a bug as it is', async () => {
    const bug = new Error('bug')
    const broken = { ...issuer, acceptsIss: () => Promise.reject(bug) }
    const callback = createWith({ issuers: new Map([[issuer.issuer, broken]]) })
    const error = await callback(`state=${STATE}&code=x`, await request()).catch(
      (reason: unknown) => reason,
    )
    expect(error).to.equal(bug)
  })

  it('remembers no more sign-ins than it may', async () => {
    const callback = createWith()
    const back = async (verifier: string) =>
      callback(`state=${STATE}&code=x`, await request({ ...LOGIN, verifier }))
    for (const verifier of ['a', 'b', 'c']) await back(verifier)
    await back('a')
    const error = await back('c').catch((reason: unknown) => reason)
    expect(error).to.be.instanceOf(SignInProblem).with.property('reason', 'other_browser')
  })
})
