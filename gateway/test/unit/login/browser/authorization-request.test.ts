import { expect } from 'chai'
import { requestedIn, requesterIn } from '../../../../src/login/browser/authorization-request.ts'
import { SignInProblem } from '../../../../src/login/browser/sign-in-problem.ts'
import type { Client, FindClient } from '../../../../src/login/clients/client.ts'
import { DocumentError } from '../../../../src/login/clients/document-error.ts'
import { createRedirectUriRules } from '../../../../src/login/clients/redirect-uri.ts'
import { OAuthError } from '../../../../src/login/oauth-error.ts'
import { parametersIn } from '../../../../src/login/parameters.ts'

const client: Client = {
  id: 'client',
  name: 'Client',
  host: undefined,
  redirectUris: ['https://client.example.com/cb'],
  authentication: { method: 'none' },
}
const redirectUris = createRedirectUriRules({ customUris: [], hosts: [] })
const CHALLENGE = 'c'.repeat(43)

function asking(query: string, findClient: FindClient = async () => client) {
  return requesterIn(parametersIn(query), { findClient, redirectUris })
}

async function problemOf(attempt: Promise<unknown>): Promise<SignInProblem> {
  const error = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof SignInProblem)) throw new Error('no problem', { cause: error })
  return error
}

describe('requesterIn', () => {
  it('gives the client, its redirect URI and its state', async () => {
    const found = await asking(
      'client_id=client&redirect_uri=https%3A%2F%2Fclient.example.com%2Fcb&state=s',
    )
    expect(found).to.deep.equal({
      client,
      redirectUri: 'https://client.example.com/cb',
      state: 's',
    })
  })

  it('takes the only redirect URI where none is named', async () => {
    const { redirectUri } = await asking('client_id=client')
    expect(redirectUri).to.equal('https://client.example.com/cb')
  })

  it('does not choose among several, nor among none', async () => {
    for (const several of [[], [...client.redirectUris, 'https://client.example.com/b']]) {
      const problem = await problemOf(
        asking('client_id=client', async () => ({ ...client, redirectUris: several })),
      )
      expect(problem.reason).to.equal('redirect_rejected')
    }
  })

  it('refuses a registered URI that is allowed no longer', async () => {
    const uri = 'http://client.example.com/cb'
    const problem = await problemOf(
      asking(`client_id=client&redirect_uri=${encodeURIComponent(uri)}`, async () => ({
        ...client,
        redirectUris: [uri],
      })),
    )
    expect(problem.reason).to.equal('redirect_rejected')
  })

  for (const [error, reason, status] of [
    [new OAuthError('invalid_client', 'unknown'), 'client_unknown', 400],
    [
      new OAuthError('invalid_client', 'bad document', {
        cause: new DocumentError('unusable', 'it is not JSON'),
      }),
      'client_unusable',
      400,
    ],
    [
      new OAuthError('temporarily_unavailable', 'later', { retryAfterSeconds: 7 }),
      'client_unavailable',
      503,
    ],
  ] as const) {
    it(`shows ${reason} for ${error.code}`, async () => {
      const problem = await problemOf(asking('client_id=client', () => Promise.reject(error)))
      expect(problem).to.include({ reason, status, detail: error.message })
      expect(problem.retryAfterSeconds).to.equal(error.retryAfterSeconds)
    })
  }

  it('leaves a bug a bug', async () => {
    const bug = new Error('bug')
    const error = await asking('client_id=client', () => Promise.reject(bug)).catch(
      (reason: unknown) => reason,
    )
    expect(error).to.equal(bug)
  })
})

describe('requestedIn', () => {
  const RIGHT = `response_type=code&code_challenge=${CHALLENGE}&code_challenge_method=S256`
  const ask = (query: string) => requestedIn(parametersIn(query), () => 'default')

  it('gives challenge and target', () => {
    expect(ask(RIGHT)).to.deep.equal({ challenge: CHALLENGE, target: 'default' })
  })

  it('leaves parameters alone that it does not know, scope and prompt=consent among them', () => {
    const more = 'scope=openid+admin&prompt=login+consent&nonce=n&audience=a&response_mode=query'
    expect(ask(`${RIGHT}&${more}`).target).to.equal('default')
  })

  it('passes the resource on', () => {
    const seen: unknown[] = []
    requestedIn(parametersIn(`${RIGHT}&resource=r`), (resource) => {
      seen.push(resource)
      return 'default'
    })
    expect(seen).to.deep.equal(['r'])
  })

  for (const [query, code] of [
    ['', 'invalid_request'],
    [`${RIGHT.replace('=code&', '=token&')}`, 'unsupported_response_type'],
    [`${RIGHT}&request=x`, 'request_not_supported'],
    [`${RIGHT}&request_uri=x`, 'request_uri_not_supported'],
    [`${RIGHT}&prompt=none`, 'interaction_required'],
    [`${RIGHT}&prompt=login+none`, 'interaction_required'],
    [RIGHT.replace('&code_challenge_method=S256', ''), 'invalid_request'],
    [RIGHT.replace('S256', 'plain'), 'invalid_request'],
    [RIGHT.replace(CHALLENGE, `${CHALLENGE}%0a`), 'invalid_request'],
    [`${RIGHT}&state=%c3%bc`, 'invalid_request'],
  ] as const) {
    it(`refuses "${query}" with ${code}`, () => {
      expect(() => ask(query))
        .to.throw(OAuthError)
        .with.property('code', code)
    })
  }
})
