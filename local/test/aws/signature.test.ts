import { Sha256 } from '@aws-crypto/sha256-js'
import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch'
import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { HttpRequest } from '@smithy/protocol-http'
import { SignatureV4 } from '@smithy/signature-v4'
import { expect } from 'chai'
import { type Fixture, failureOf, startFixture, type Triple, withFixture } from './aws-fixture.ts'

describe('signatures', () => {
  let fixture: Fixture
  let triple: Triple

  before(async () => {
    fixture = await startFixture()
    triple = await fixture.assume()
  })
  after(() => fixture.close())

  type Wire = Readonly<{
    service?: string
    region?: string
    signingDate?: Date
    /** Changes the signed request on its way. */
    tamper?: (headers: Record<string, string>) => void
    sentBody?: string
    headers?: Readonly<Record<string, string>>
  }>

  /** Signs a DescribeLogGroups call as the SDK does and sends what is left of it after `tamper`. */
  async function send(wire: Wire = {}) {
    const { host } = new URL(fixture.endpoint)
    const signer = new SignatureV4({
      service: wire.service ?? 'logs',
      region: wire.region ?? 'us-east-1',
      credentials: triple,
      sha256: Sha256,
      applyChecksum: false,
    })
    const signed = await signer.sign(
      new HttpRequest({
        method: 'POST',
        path: '/',
        headers: {
          host,
          'content-type': 'application/x-amz-json-1.1',
          'x-amz-target': 'Logs_20140328.DescribeLogGroups',
          ...wire.headers,
        },
        body: '{"limit":1}',
      }),
      { signingDate: wire.signingDate ?? new Date() },
    )
    wire.tamper?.(signed.headers)
    const response = await fetch(fixture.endpoint, {
      method: 'POST',
      headers: signed.headers,
      body: wire.sentBody ?? '{"limit":1}',
    })
    // An error body of the JSON protocol, or the answer.
    const body = (await response.json()) as { __type?: string; message?: string }
    return { status: response.status, type: body.__type?.split('#').at(-1), text: body.message }
  }

  it('accepts what the SDK signs', async () => {
    expect((await send()).status).to.equal(200)
  })

  it('accepts a payload hash that is true', async () => {
    const hash = new Sha256()
    hash.update('{"limit":1}')
    const hex = Buffer.from(await hash.digest()).toString('hex')
    expect((await send({ headers: { 'x-amz-content-sha256': hex } })).status).to.equal(200)
  })

  describe('refuses as InvalidSignatureException', () => {
    const minutes = (count: number) => new Date(Date.now() + count * 60_000)
    const cases: ReadonlyArray<readonly [string, () => Wire, RegExp]> = [
      ['a body changed on the way', () => ({ sentBody: '{"limit":2}' }), /does not match/],
      [
        'a header changed on the way',
        () => ({
          tamper: (headers) => {
            headers['x-amz-target'] = 'Logs_20140328.DescribeLogStreams'
          },
        }),
        /does not match/,
      ],
      [
        'a region changed in the scope',
        () => ({
          tamper: (headers) => {
            headers.authorization = (headers.authorization ?? '').replace('us-east-1', 'eu-west-1')
          },
        }),
        /does not match/,
      ],
      ['a scope of another service', () => ({ service: 'monitoring' }), /correct service: 'logs'/],
      ['a scope without a real region', () => ({ region: 'everywhere' }), /valid region/],
      ['a time six minutes ago', () => ({ signingDate: minutes(-6) }), /^Signature expired: /],
      ['a time six minutes ahead', () => ({ signingDate: minutes(6) }), /not yet current/],
      [
        'the date of another day in the scope',
        () => ({
          tamper: (headers) => {
            headers.authorization = (headers.authorization ?? '').replace(/\/\d{8}\//, '/20200101/')
          },
        }),
        /Date in Credential scope/,
      ],
      [
        'a payload hash that is not of the body',
        () => ({ headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }),
        /x-amz-content-sha256/,
      ],
      [
        'a signature over a header that is not there',
        () => ({
          tamper: (headers) => {
            headers.authorization = (headers.authorization ?? '').replace(
              'SignedHeaders=',
              'SignedHeaders=accept-charset;',
            )
          },
        }),
        /does not match/,
      ],
      ...['host', 'x-amz-date', 'x-amz-security-token', 'x-amz-target'].map(
        (name): readonly [string, () => Wire, RegExp] => [
          `a signature that leaves out ${name}`,
          () => ({
            tamper: (headers) => {
              headers.authorization = (headers.authorization ?? '').replace(
                new RegExp(`(SignedHeaders=[^,]*?);?${name}`),
                '$1',
              )
            },
          }),
          /must be a 'SignedHeader'/,
        ],
      ),
    ]
    for (const [title, wire, message] of cases) {
      it(title, async () => {
        const answer = await send(wire())
        expect(answer.type).to.equal('InvalidSignatureException')
        expect(answer.text).to.match(message)
        expect(answer.status).to.equal(400)
      })
    }
  })

  const wrongSecret = () => ({ ...triple, secretAccessKey: `${triple.secretAccessKey}x` })
  const otherToken = () => ({ ...triple, sessionToken: `${triple.sessionToken}AAAA` })
  const unknownKey = () => ({ ...triple, accessKeyId: 'ASIAAAAAAAAAAAAAAAAA' })
  const withoutToken = () => ({
    accessKeyId: triple.accessKeyId,
    secretAccessKey: triple.secretAccessKey,
    sessionToken: '',
  })

  it('names each failure as CloudWatch Logs names it', async () => {
    const call = (credentials: Triple) =>
      failureOf(fixture.logs(credentials).send(new DescribeLogGroupsCommand({})))
    expect((await call(wrongSecret())).name).to.equal('InvalidSignatureException')
    expect((await call(otherToken())).name).to.equal('UnrecognizedClientException')
    expect((await call(unknownKey())).name).to.equal('UnrecognizedClientException')
    expect((await call(withoutToken())).name).to.equal('UnrecognizedClientException')
  })

  it('names each failure as CloudWatch names it to query-compatible clients', async () => {
    const call = (credentials: Triple) =>
      failureOf(fixture.cloudwatch(credentials).send(new DescribeAlarmsCommand({})))
    const failure = await call(wrongSecret())
    expect(failure.name).to.equal('SignatureDoesNotMatch')
    expect(failure).to.have.nested.property('$metadata.httpStatusCode', 403)
    expect((await call(unknownKey())).name).to.equal('InvalidClientTokenId')
  })

  it('names each failure as STS names it', async () => {
    const call = (credentials: Triple) =>
      failureOf(
        new STSClient({ endpoint: fixture.endpoint, region: 'us-east-1', credentials }).send(
          new GetCallerIdentityCommand({}),
        ),
      )
    expect((await call(wrongSecret())).name).to.equal('SignatureDoesNotMatch')
    expect((await call(unknownKey())).name).to.equal('InvalidClientTokenId')
  })

  it('refuses a request without, or with half an, Authorization header', async () => {
    const missing = await send({
      tamper: (headers) => {
        delete headers.authorization
      },
    })
    expect(missing.type).to.equal('MissingAuthenticationTokenException')
    const half = await send({
      tamper: (headers) => {
        headers.authorization = 'AWS4-HMAC-SHA256 Credential=a/b/c'
      },
    })
    expect(half.type).to.equal('IncompleteSignatureException')
    const bearer = await send({
      tamper: (headers) => {
        headers.authorization = 'Bearer abc'
      },
    })
    expect(bearer.type).to.equal('IncompleteSignatureException')
  })

  it('says that a session is over when it is over, and serves it until then', () =>
    withFixture({}, async (other) => {
      const short = await other.assume({ seconds: 900 })
      other.advance(14 * 60_000)
      // The SDK corrects its clock by the Date of the first answer.
      const logs = other.logs(short)
      await failureOf(logs.send(new DescribeLogGroupsCommand({})))
      await logs.send(new DescribeLogGroupsCommand({}))
      other.advance(61_000)
      const failure = await failureOf(logs.send(new DescribeLogGroupsCommand({})))
      expect(failure.name).to.equal('ExpiredTokenException')
      const cloudwatch = other.cloudwatch(short)
      const second = await failureOf(cloudwatch.send(new DescribeAlarmsCommand({})))
      expect(second.name).to.equal('ExpiredToken')
    }))
})
