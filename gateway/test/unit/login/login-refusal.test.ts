import { expect } from 'chai'
import { GatewayError } from '../../../src/errors.ts'
import { SignInProblem, wordsOf } from '../../../src/login/browser/sign-in-problem.ts'
import { problemOf, refusalOf } from '../../../src/login/login-refusal.ts'
import { OAuthError } from '../../../src/login/oauth-error.ts'

const CASES: ReadonlyArray<readonly [string, unknown, number, string, string]> = [
  ['a refusal', new OAuthError('invalid_grant', 'no'), 400, 'invalid_grant', 'request_malformed'],
  [
    'an unknown client',
    new OAuthError('invalid_client', 'no'),
    401,
    'invalid_client',
    'request_malformed',
  ],
  [
    'a rate limit',
    new OAuthError('temporarily_unavailable', 'slow', { status: 429, retryAfterSeconds: 9 }),
    429,
    'temporarily_unavailable',
    'too_many_requests',
  ],
  ['a large body', new GatewayError('body_too_large'), 413, 'invalid_request', 'request_malformed'],
  [
    'another method',
    new GatewayError('method_not_allowed'),
    405,
    'invalid_request',
    'consent_invalid',
  ],
  ['another host', new GatewayError('host_rejected'), 403, 'invalid_request', 'other_address'],
  ['a bug', new Error('secret'), 500, 'server_error', 'gateway_failed'],
  ['no error at all', 'secret', 500, 'server_error', 'gateway_failed'],
  ['our own failure', new GatewayError('internal_error'), 500, 'server_error', 'gateway_failed'],
]

describe('refusalOf and problemOf', () => {
  for (const [what, error, status, code, reason] of CASES) {
    it(`answer ${status} to ${what}, a client as ${code} and a person as ${reason}`, () => {
      const refusal = refusalOf(error)
      expect(refusal.status).to.equal(status)
      expect(refusal.body.error).to.equal(code)
      const problem = problemOf(error)
      expect(problem.status).to.equal(status)
      expect(problem.reason).to.equal(reason)
    })
  }

  it('keep the words of a bug for the log', () => {
    const bug = new Error('secret')
    expect(JSON.stringify(refusalOf(bug))).to.not.contain('secret')
    expect(refusalOf(bug).cause).to.equal(bug)
    expect(JSON.stringify(wordsOf(problemOf(bug)))).to.not.contain('secret')
    expect(problemOf(bug).cause).to.equal(bug)
  })

  it('say when to come back', () => {
    const later = new OAuthError('temporarily_unavailable', 'later', { retryAfterSeconds: 9 })
    expect(refusalOf(later).headers).to.deep.equal({ 'retry-after': '9' })
    const sometime = new OAuthError('temporarily_unavailable', 'later')
    expect(refusalOf(sometime).headers).to.deep.equal({ 'retry-after': '5' })
    expect(refusalOf(new OAuthError('invalid_grant', 'no')).headers).to.deep.equal({})
  })

  it('leave a problem as it is', () => {
    const problem = new SignInProblem('other_browser')
    expect(problemOf(problem)).to.equal(problem)
  })
})

describe('wordsOf', () => {
  it('adds the detail to what happened', () => {
    const { text } = wordsOf(new SignInProblem('redirect_rejected', { detail: 'no fragment' }))
    expect(text).to.match(/\(no fragment\)$/)
  })

  it('says what to do', () => {
    const { title, text, fix } = wordsOf(new SignInProblem('other_browser'))
    for (const words of [title, text, fix]) expect(words).to.not.equal('')
  })
})
