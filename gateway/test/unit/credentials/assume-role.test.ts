import { expect } from 'chai'
import { createAssumeRoleExchange, identityOf } from '../../../src/credentials/assume-role.ts'
import { createSts } from '../../../src/credentials/sts-client.ts'
import { GatewayError, type Reason } from '../../../src/errors.ts'
import { causeChain } from '../../../src/log.ts'
import { exchangeRequest } from '../../support/exchange-request.ts'
import {
  callerIdentity,
  type FakeSts,
  failure,
  issued,
  startFakeSts,
  triple,
} from '../../support/fake-sts.ts'
import { unusedPort } from '../../support/loopback.ts'
import { stsOptions } from '../../support/sts-options.ts'

const OWN = {
  accessKeyId: 'ASIAOWN',
  secretAccessKey: 'own-secret',
  sessionToken: 'own-session-token',
}
const bound = (role: Parameters<typeof exchangeRequest>[0] = {}) =>
  exchangeRequest({ ...role, role: { mode: 'assume-role', ...role.role } })

async function refusalOf(attempt: Promise<unknown>): Promise<GatewayError> {
  const error: unknown = await attempt.then(
    () => new Error('nothing was refused'),
    (reason: unknown) => reason,
  )
  if (error instanceof GatewayError) return error
  throw error
}

describe('createAssumeRoleExchange', () => {
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

  const clientAt = (endpoint: string, maxAttempts = 1) => {
    const clients = createSts(stsOptions(endpoint, { maxAttempts }))
    closes.push(clients.close)
    return clients.signing(OWN)
  }
  const exchangeAt = (endpoint: string, maxAttempts = 1) =>
    createAssumeRoleExchange(clientAt(endpoint, maxAttempts))

  it('asks for the role in the name of the gateway, with all that is known of the caller', async () => {
    const role = {
      tags: [
        { key: 'team', value: 'catalog' },
        { key: 'issuer', value: 'https://issuer.example' },
      ],
      transitiveTagKeys: ['team'],
      sourceIdentity: 'u-1-0123456789ab',
      externalId: 'gw-prod',
      policyArns: ['arn:aws:iam::aws:policy/CloudWatchLogsReadOnlyAccess'],
    }
    await exchangeAt(sts.endpoint)(bound({ role }))
    expect(sts.calls).to.have.lengthOf(1)
    expect(sts.calls[0]?.parameters).to.deep.equal({
      Action: 'AssumeRole',
      Version: '2011-06-15',
      RoleArn: 'arn:aws:iam::111122223333:role/CloudWatchSre',
      RoleSessionName: 'alice-0123456789ab',
      DurationSeconds: '3600',
      Policy: '{"Version":"2012-10-17","Statement":[]}',
      'PolicyArns.member.1.arn': 'arn:aws:iam::aws:policy/CloudWatchLogsReadOnlyAccess',
      'Tags.member.1.Key': 'team',
      'Tags.member.1.Value': 'catalog',
      'Tags.member.2.Key': 'issuer',
      'Tags.member.2.Value': 'https://issuer.example',
      'TransitiveTagKeys.member.1': 'team',
      SourceIdentity: 'u-1-0123456789ab',
      ExternalId: 'gw-prod',
    })
    expect(sts.calls[0]?.headers).to.include({ 'x-amz-security-token': OWN.sessionToken })
    expect(sts.calls[0]?.headers.authorization).to.match(
      /^AWS4-HMAC-SHA256 Credential=ASIAOWN\/\d{8}\/us-east-1\/sts\/aws4_request/,
    )
  })

  it('sends nothing that a rule does not have, and never the token', async () => {
    await exchangeAt(sts.endpoint)(bound({ role: { policy: undefined } }))
    expect(Object.keys(sts.calls[0]?.parameters ?? {})).to.have.members([
      'Action',
      'Version',
      'RoleArn',
      'RoleSessionName',
      'DurationSeconds',
    ])
    expect(JSON.stringify(sts.calls)).to.not.contain('header.claims.signature')
  })

  it('gives all four parts', async () => {
    const credentials = triple('one')
    sts.script(() => issued(credentials))
    const got = await exchangeAt(sts.endpoint)(bound())
    expect(got).to.deep.equal({
      accessKeyId: credentials.AccessKeyId,
      secretAccessKey: credentials.SecretAccessKey,
      sessionToken: credentials.SessionToken,
      expiration: new Date(credentials.Expiration),
    })
  })

  it('asks nothing that STS would refuse by its limits', async () => {
    const role = { tags: [{ key: 'team', value: 'a*b' }] }
    const refusal = await refusalOf(exchangeAt(sts.endpoint)(bound({ role })))
    expect(refusal.reason).to.equal('credentials_misconfigured')
    expect(sts.calls).to.have.lengthOf(0)
  })

  describe('errors of STS', () => {
    /** Code, HTTP status, what it means here: never that the caller's token is bad, for STS has not seen it. */
    const table: ReadonlyArray<readonly [string, number, Reason]> = [
      ['AccessDenied', 403, 'credentials_denied'],
      ['ExpiredToken', 403, 'sts_unavailable'],
      ['ExpiredTokenException', 400, 'sts_unavailable'],
      ['InvalidClientTokenId', 403, 'credentials_misconfigured'],
      ['SignatureDoesNotMatch', 403, 'credentials_misconfigured'],
      ['MalformedPolicyDocument', 400, 'credentials_misconfigured'],
      ['PackedPolicyTooLarge', 400, 'credentials_misconfigured'],
      ['RegionDisabledException', 403, 'credentials_misconfigured'],
      ['ValidationError', 400, 'credentials_misconfigured'],
      ['Throttling', 400, 'sts_unavailable'],
      ['InternalFailure', 500, 'sts_unavailable'],
      ['ServiceUnavailable', 503, 'sts_unavailable'],
      ['SomethingNew', 400, 'sts_unavailable'],
    ]
    for (const [code, status, reason] of table) {
      it(`are told apart: ${code} is ${reason}`, async () => {
        sts.script(() => failure(code, status))
        const refusal = await refusalOf(exchangeAt(sts.endpoint)(bound()))
        expect(refusal.reason).to.equal(reason)
        expect(causeChain(refusal)).to.contain('said by the fake STS')
      })
    }

    it('of a session without its token is no session', async () => {
      const { SessionToken: _left, ...half } = triple('half')
      sts.script(() => issued(half))
      const refusal = await refusalOf(exchangeAt(sts.endpoint)(bound()))
      expect(refusal.reason).to.equal('sts_unavailable')
    })

    it('that never come end with the time limit', async () => {
      sts.script(() => ({ kind: 'stall' }))
      const refusal = await refusalOf(exchangeAt(sts.endpoint)(bound()))
      expect(refusal.reason).to.equal('sts_unavailable')
    })
  })

  it('knows whom the gateway is at AWS', async () => {
    const arn = 'arn:aws:sts::999988887777:assumed-role/LocalGateway/pod'
    sts.script(() => callerIdentity(arn))
    expect(await identityOf(clientAt(sts.endpoint))).to.equal(arn)
    expect(sts.calls[0]?.parameters.Action).to.equal('GetCallerIdentity')
  })

  describe('without an identity of its own', () => {
    const refusalWith = (credentials: () => Promise<never>) => {
      const clients = createSts(stsOptions(sts.endpoint))
      closes.push(clients.close)
      return refusalOf(createAssumeRoleExchange(clients.signing(credentials))(bound()))
    }
    const providerError = (message: string) =>
      Object.assign(new Error(message), { name: 'CredentialsProviderError' })

    it('is a gateway that is not set up', async () => {
      const error = providerError('Could not load credentials from any providers')
      const refusal = await refusalWith(() => Promise.reject(error))
      expect(refusal.reason).to.equal('credentials_misconfigured')
      expect(sts.calls).to.have.lengthOf(0)
    })

    it('that is there and cannot be had just now is an outage', async () => {
      const refusal = await refusalWith(() => Promise.reject(providerError('connect ECONNREFUSED')))
      expect(refusal.reason).to.equal('sts_unavailable')
    })
  })

  it('says why STS is not reached', async () => {
    const refusal = await refusalOf(exchangeAt(`http://localhost:${await unusedPort()}`)(bound()))
    expect(refusal.reason).to.equal('sts_unavailable')
    expect(causeChain(refusal)).to.contain('ECONNREFUSED')
  })
})
