import { expect } from 'chai'
import { createSts } from '../../../src/credentials/sts-client.ts'
import { createWebIdentityExchange } from '../../../src/credentials/web-identity.ts'
import { GatewayError, type Reason } from '../../../src/errors.ts'
import { causeChain } from '../../../src/log.ts'
import { exchangeRequest } from '../../support/exchange-request.ts'
import {
  type FakeSts,
  failure,
  issued,
  type StsReply,
  startFakeSts,
  triple,
} from '../../support/fake-sts.ts'
import { unusedPort } from '../../support/loopback.ts'
import { stsOptions } from '../../support/sts-options.ts'

describe('createWebIdentityExchange', () => {
  let sts: FakeSts
  let closes: Array<() => void> = []

  beforeEach(async () => {
    sts = await startFakeSts()
  })
  afterEach(async () => {
    for (const close of closes) close()
    closes = []
    await sts.close()
  })

  const exchangeAt = (endpoint: string, maxAttempts = 1) => {
    const clients = createSts(stsOptions(endpoint, { maxAttempts }))
    closes.push(clients.close)
    return createWebIdentityExchange(clients)
  }

  const refusalOf = async (attempt: Promise<unknown>): Promise<GatewayError> => {
    const error: unknown = await attempt.then(
      () => new Error('nothing was refused'),
      (reason: unknown) => reason,
    )
    if (error instanceof GatewayError) return error
    throw error
  }

  it('asks for the role with the token, by the query protocol', async () => {
    await exchangeAt(sts.endpoint)(exchangeRequest())
    expect(sts.calls).to.have.lengthOf(1)
    expect(sts.calls[0]).to.include({ method: 'POST' })
    expect(sts.calls[0]?.parameters).to.deep.equal({
      Action: 'AssumeRoleWithWebIdentity',
      Version: '2011-06-15',
      RoleArn: 'arn:aws:iam::111122223333:role/CloudWatchSre',
      RoleSessionName: 'alice-0123456789ab',
      WebIdentityToken: 'header.claims.signature',
      DurationSeconds: '3600',
      Policy: '{"Version":"2012-10-17","Statement":[]}',
    })
  })

  it('sends no policy where the rule has none', async () => {
    await exchangeAt(sts.endpoint)(exchangeRequest({ role: { policy: undefined } }))
    expect(sts.calls[0]?.parameters).to.not.have.property('Policy')
  })

  it('sends managed policies besides', async () => {
    const policyArns = ['arn:aws:iam::aws:policy/A', 'arn:aws:iam::aws:policy/B']
    await exchangeAt(sts.endpoint)(exchangeRequest({ role: { policyArns } }))
    expect(sts.calls[0]?.parameters).to.include({
      'PolicyArns.member.1.arn': 'arn:aws:iam::aws:policy/A',
      'PolicyArns.member.2.arn': 'arn:aws:iam::aws:policy/B',
    })
  })

  it('asks nothing that STS would not take notice of', async () => {
    const role = { sourceIdentity: 'alice' }
    const refusal = await refusalOf(exchangeAt(sts.endpoint)(exchangeRequest({ role })))
    expect(refusal.reason).to.equal('credentials_misconfigured')
    expect(sts.calls).to.have.lengthOf(0)
  })

  it('calls no address without TLS that it may not', async () => {
    const clients = createSts(stsOptions(sts.endpoint, { mayUseHttp: () => false }))
    closes.push(clients.close)
    const refusal = await refusalOf(createWebIdentityExchange(clients)(exchangeRequest()))
    expect(refusal.reason).to.equal('credentials_misconfigured')
    expect(causeChain(refusal)).to.contain('without TLS at 127.0.0.1')
    expect(sts.calls).to.have.lengthOf(0)
  })

  it('gives all four parts', async () => {
    const credentials = triple('one')
    sts.script(() => issued(credentials))
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = await exchangeAt(
      sts.endpoint,
    )(exchangeRequest())
    expect({ accessKeyId, secretAccessKey, sessionToken }).to.deep.equal({
      accessKeyId: credentials.AccessKeyId,
      secretAccessKey: credentials.SecretAccessKey,
      sessionToken: credentials.SessionToken,
    })
    expect(expiration.toISOString()).to.equal(credentials.Expiration)
  })

  describe('with AWS credentials around', () => {
    const ambient: Readonly<Record<string, string>> = {
      AWS_ACCESS_KEY_ID: 'AKIAAMBIENT',
      AWS_SECRET_ACCESS_KEY: 'ambient-secret',
      AWS_SESSION_TOKEN: 'ambient-session',
      AWS_ROLE_ARN: 'arn:aws:iam::999999999999:role/Pod',
      AWS_ROLE_SESSION_NAME: 'ambient',
      AWS_WEB_IDENTITY_TOKEN_FILE: '/var/run/ambient-token',
      AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:1/ambient',
      AWS_REGION: 'ap-south-1',
    }
    const saved: Record<string, string | undefined> = {}
    before(() => {
      for (const [name, value] of Object.entries(ambient)) {
        saved[name] = process.env[name]
        process.env[name] = value
      }
    })
    after(() => {
      for (const [name, value] of Object.entries(saved)) {
        if (value === undefined) delete process.env[name]
        else process.env[name] = value
      }
    })

    it('signs nothing and uses none of them', async () => {
      await exchangeAt(sts.endpoint)(exchangeRequest())
      const [call] = sts.calls
      expect(call?.headers).to.not.have.any.keys('authorization', 'x-amz-security-token')
      const sent = JSON.stringify([call?.headers, call?.parameters])
      expect(sent).to.not.match(/ambient/i)
      expect(sent).to.not.contain('999999999999')
    })
  })

  describe('errors of STS', () => {
    /** Code, HTTP status, what it means here, and how often the SDK asks where it may ask three times. */
    const table: ReadonlyArray<readonly [string, number, Reason, number]> = [
      ['InvalidIdentityToken', 400, 'credentials_misconfigured', 1],
      ['ExpiredTokenException', 400, 'credentials_rejected', 1],
      ['IDPRejectedClaim', 403, 'credentials_denied', 1],
      ['IDPCommunicationError', 400, 'sts_unavailable', 3],
      ['AccessDenied', 403, 'credentials_denied', 1],
      ['RegionDisabledException', 403, 'credentials_misconfigured', 1],
      ['MalformedPolicyDocument', 400, 'credentials_misconfigured', 1],
      ['PackedPolicyTooLarge', 400, 'credentials_misconfigured', 1],
      ['ValidationError', 400, 'credentials_misconfigured', 1],
      ['InvalidAction', 400, 'credentials_misconfigured', 1],
      ['Throttling', 400, 'sts_unavailable', 3],
      ['TooManyRequestsException', 429, 'sts_unavailable', 3],
      ['InternalFailure', 500, 'sts_unavailable', 3],
      ['ServiceUnavailable', 503, 'sts_unavailable', 3],
      ['SomethingNew', 400, 'sts_unavailable', 1],
      ['constructor', 400, 'sts_unavailable', 1],
    ]
    for (const [code, status, reason, attempts] of table) {
      it(`answers ${reason} to ${code} after ${attempts} attempt(s)`, async function () {
        this.timeout(15_000)
        sts.script(() => failure(code, status))
        const refusal = await refusalOf(exchangeAt(sts.endpoint, 3)(exchangeRequest()))
        expect(refusal.reason).to.equal(reason)
        expect(sts.calls).to.have.lengthOf(attempts)
        expect(causeChain(refusal)).to.contain('said by the fake STS')
      })
    }

    it('takes a second attempt that succeeds', async () => {
      sts.script((_call, number) =>
        number === 1 ? failure('Throttling', 400) : issued(triple(number)),
      )
      const { accessKeyId } = await exchangeAt(sts.endpoint, 2)(exchangeRequest())
      expect(accessKeyId).to.equal(triple(2).AccessKeyId)
    })

    describe('of keys that it could not fetch', () => {
      const noKey = () =>
        failure(
          'InvalidIdentityToken',
          400,
          "Couldn't retrieve verification key from your identity provider",
        )

      it('are asked about once more', async () => {
        sts.script((_call, number) => (number === 1 ? noKey() : issued(triple(number))))
        const { accessKeyId } = await exchangeAt(sts.endpoint)(exchangeRequest())
        expect(accessKeyId).to.equal(triple(2).AccessKeyId)
        expect(sts.calls).to.have.lengthOf(2)
      })

      it('are an outage the second time, not a bad token', async () => {
        sts.script(noKey)
        const refusal = await refusalOf(exchangeAt(sts.endpoint)(exchangeRequest()))
        expect(refusal.reason).to.equal('sts_unavailable')
        expect(sts.calls).to.have.lengthOf(2)
      })
    })

    it('keeps the token out of the cause, although STS quotes it', async () => {
      sts.script(({ parameters }) =>
        failure('ValidationError', 400, `Value '${parameters.WebIdentityToken}' is not allowed`),
      )
      const refusal = await refusalOf(exchangeAt(sts.endpoint)(exchangeRequest()))
      expect(causeChain(refusal)).to.contain("Value '(the token)' is not allowed")
      expect(causeChain(refusal)).to.not.contain('header.claims.signature')
    })
  })

  describe('answers that are no credentials', () => {
    const whole = triple('half')
    const without = (name: keyof typeof whole): StsReply => {
      const { [name]: _left, ...rest } = whole
      return issued(rest)
    }
    const table: ReadonlyArray<readonly [string, StsReply]> = [
      ['no access key id', without('AccessKeyId')],
      ['no secret', without('SecretAccessKey')],
      ['no session token', without('SessionToken')],
      ['no expiration', without('Expiration')],
      ['an empty session token', issued({ ...whole, SessionToken: '' })],
      ['an expiration in words', issued({ ...whole, Expiration: 'tomorrow' })],
      ['no credentials', issued({})],
      ['an empty body', { kind: 'text', status: 200, text: '' }],
      ['a page', { kind: 'text', status: 200, text: '<!doctype html><p>sign in' }],
      ['JSON', { kind: 'text', status: 200, text: JSON.stringify(whole) }],
      [
        'half an XML',
        { kind: 'text', status: 200, text: `<a><SecretAccessKey>${whole.SecretAccessKey}` },
      ],
      ['a page with status 502', { kind: 'text', status: 502, text: '<html>bad gateway' }],
      [
        'a redirect',
        { kind: 'text', status: 302, text: '', headers: { location: 'http://127.0.0.1:1/' } },
      ],
      ['nothing at all', { kind: 'stall' }],
      ['half an answer and then nothing', { kind: 'stall-in-body', text: '<Assume' }],
    ]
    for (const [what, reply] of table) {
      it(`are refused as sts_unavailable: ${what}`, async () => {
        sts.script(() => reply)
        const refusal = await refusalOf(exchangeAt(sts.endpoint)(exchangeRequest()))
        expect(refusal.reason).to.equal('sts_unavailable')
        expect(causeChain(refusal)).to.not.contain(whole.SecretAccessKey)
        expect(causeChain(refusal)).to.not.contain(whole.SessionToken)
      })
    }
  })

  it('says why STS is not reached', async () => {
    const attempt = exchangeAt(`http://localhost:${await unusedPort()}`)(exchangeRequest())
    const refusal = await refusalOf(attempt)
    expect(refusal.reason).to.equal('sts_unavailable')
    expect(causeChain(refusal)).to.contain('ECONNREFUSED')
  })
})
