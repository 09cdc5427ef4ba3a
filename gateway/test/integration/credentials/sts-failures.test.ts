import { request } from 'node:http'
import { expect } from 'chai'
import { answerTo, type Reason } from '../../../src/errors.ts'
import { failure, issued, type StsReply, triple } from '../../support/fake-sts.ts'
import { HOST } from '../../support/running-gateway.ts'
import { startWorld, TOOL_CALL, type World } from '../gateway/world.ts'

const NO_KEY = failure(
  'InvalidIdentityToken',
  400,
  "Couldn't retrieve verification key from your identity provider",
)

describe('a failure of STS', () => {
  let world: World

  before(async () => {
    world = await startWorld()
  })
  after(() => world.stop())

  /** What STS does, what the client is told, how often STS is asked, and what the log says. */
  const table: ReadonlyArray<readonly [string, StsReply, Reason, number, RegExp]> = [
    [
      'ExpiredToken',
      failure('ExpiredTokenException', 400),
      'credentials_rejected',
      1,
      /ExpiredToken/,
    ],
    ['IDPRejectedClaim', failure('IDPRejectedClaim', 403), 'credentials_denied', 1, /IDPRejected/],
    ['AccessDenied', failure('AccessDenied', 403), 'credentials_denied', 1, /AccessDenied/],
    ['no key of the issuer', NO_KEY, 'sts_unavailable', 2, /retrieve verification key/],
    [
      'InvalidIdentityToken',
      failure('InvalidIdentityToken', 400),
      'credentials_misconfigured',
      1,
      /InvalidIdentityToken/,
    ],
    [
      'IDPCommunicationError',
      failure('IDPCommunicationError', 400),
      'sts_unavailable',
      1,
      /IDPCommunication/,
    ],
    [
      'RegionDisabled',
      failure('RegionDisabledException', 403),
      'credentials_misconfigured',
      1,
      /RegionDisabled/,
    ],
    [
      'MalformedPolicyDocument',
      failure('MalformedPolicyDocument', 400),
      'credentials_misconfigured',
      1,
      /MalformedPolicy/,
    ],
    [
      'PackedPolicyTooLarge',
      failure('PackedPolicyTooLarge', 400),
      'credentials_misconfigured',
      1,
      /PackedPolicy/,
    ],
    [
      'ValidationError',
      failure('ValidationError', 400),
      'credentials_misconfigured',
      1,
      /ValidationError/,
    ],
    ['Throttling', failure('Throttling', 400), 'sts_unavailable', 1, /Throttling/],
    [
      'TooManyRequests',
      failure('TooManyRequestsException', 429),
      'sts_unavailable',
      1,
      /TooManyRequests/,
    ],
    ['InternalFailure', failure('InternalFailure', 500), 'sts_unavailable', 1, /InternalFailure/],
    [
      'ServiceUnavailable',
      failure('ServiceUnavailable', 503),
      'sts_unavailable',
      1,
      /ServiceUnavailable/,
    ],
    ['garbage', { kind: 'text', status: 200, text: '<<<{' }, 'sts_unavailable', 1, /./],
    ['silence', { kind: 'stall' }, 'sts_unavailable', 1, /[Tt]imeout|timed out/],
    ['half an answer', { kind: 'stall-in-body', text: '<A' }, 'sts_unavailable', 1, /./],
    [
      'no session token',
      issued({ ...triple('half'), SessionToken: '' }),
      'sts_unavailable',
      1,
      /incompletely/,
    ],
    ['an early end', issued(triple('short', 60)), 'sts_unavailable', 1, /end too soon/],
  ]
  for (const [what, reply, reason, asked, cause] of table) {
    it(`like ${what} is answered ${answerTo(reason).status}, with its cause in the log alone`, async () => {
      const before = { calls: world.sts.calls.length, logged: world.gateway.logged().length }
      world.sts.script(() => reply)
      const { status, headers, text } = await world.call(await world.tokenOf('okta', { uid: what }))
      const answer = answerTo(reason)
      expect(status).to.equal(answer.status)
      expect(headers['retry-after']).to.equal(
        answer.retryAfterSeconds === undefined ? undefined : String(answer.retryAfterSeconds),
      )
      // Only what a new sign-in can change, and what is refused to this person, is a challenge.
      expect(headers['www-authenticate'] !== undefined).to.equal([401, 403].includes(status))
      expect(headers['www-authenticate']?.includes('invalid_token') ?? false).to.equal(
        status === 401,
      )
      expect(text).to.contain(answer.text)
      expect(text).to.not.match(/STS|fake|arn:/)
      expect(world.sts.calls.length - before.calls).to.equal(asked)
      expect(world.mcp.requests).to.have.lengthOf(0)

      const logged = world.gateway.logged().slice(before.logged)
      const refused = logged.find(({ message }) => message === 'request refused')
      expect(refused).to.include({ reason, level: status >= 500 ? 'error' : 'info' })
      expect(String(refused?.cause)).to.match(cause)
      expect(await world.gateway.nextAudit()).to.include({
        reason,
        outcome: 'refused',
        role_arn: 'arn:aws:iam::111122223333:role/CloudWatchSre',
        access_key_id: null,
      })
    })
  }
})

describe('a client that leaves while STS is thinking', () => {
  let world: World

  beforeEach(async () => {
    world = await startWorld(() => ({ stsTimeoutMs: 5000 }))
  })
  afterEach(() => world.stop())

  it('is recorded as one that left, and the answer serves the next request', async () => {
    let release = () => {}
    const asked = new Promise<void>((resolve) => {
      const released = new Promise<void>((open) => {
        release = open
      })
      world.sts.script(async () => {
        resolve()
        await released
        return issued(triple('kept'))
      })
    })
    const token = await world.tokenOf('okta')
    const leaving = request({
      host: '127.0.0.1',
      port: world.gateway.port,
      agent: false,
      method: 'POST',
      path: '/mcp',
      headers: { host: HOST, authorization: `Bearer ${token}` },
    })
    const left = new Promise((resolve) => leaving.once('error', resolve)) // it is cut below
    leaving.end(TOOL_CALL)
    await asked
    const staying = world.call(token)
    leaving.destroy()
    await left
    expect(await world.gateway.nextAudit()).to.include({
      outcome: 'client_left',
      status: 0,
      reason: null,
      access_key_id: null,
    })
    release()
    expect((await staying).status).to.equal(200)
    expect(world.sts.calls).to.have.lengthOf(1)
    expect(world.mcp.requests).to.have.lengthOf(1)
  })
})
