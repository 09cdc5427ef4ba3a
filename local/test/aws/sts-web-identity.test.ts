import { ListMetricsCommand } from '@aws-sdk/client-cloudwatch'
import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs'
import {
  AssumeRoleWithWebIdentityCommand,
  type AssumeRoleWithWebIdentityCommandInput,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts'
import { expect } from 'chai'
import { CLIENT_ID, OKTA_AUDIENCE, ROLES, resourcesAt } from '../../src/world.ts'
import type { SignOptions } from '../support/tiny-issuer.ts'
import {
  type Fixture,
  failureOf,
  RESOURCE_ORIGIN,
  startFixture,
  tripleOf,
  withFixture,
} from './aws-fixture.ts'

const [RESOURCE = '', PROD_RESOURCE = ''] = resourcesAt(RESOURCE_ORIGIN)

describe('AssumeRoleWithWebIdentity', () => {
  let fixture: Fixture

  before(async () => {
    fixture = await startFixture()
  })
  after(() => fixture.close())

  type Change = Readonly<{
    claims?: Readonly<Record<string, unknown>>
    sign?: SignOptions
    input?: Partial<AssumeRoleWithWebIdentityCommandInput>
  }>

  async function assume({ claims, sign, input }: Change = {}) {
    const token = await fixture.issuer.sign(fixture.claims(claims), sign)
    return fixture.sts().send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: ROLES.sre,
        RoleSessionName: 'alice',
        WebIdentityToken: token,
        ...input,
      }),
    )
  }

  const seconds = (offset: number) => Math.floor(Date.now() / 1000) + offset

  it('gives a triple that is the person, with everything the SDK knows to read', async () => {
    const answer = await assume()
    expect(answer.Credentials?.AccessKeyId).to.match(/^ASIA[A-Z2-7]{16}$/)
    expect(answer.Credentials?.SecretAccessKey).to.have.length(40)
    expect(answer.Credentials?.SessionToken?.length).to.be.within(400, 1000)
    const life = (answer.Credentials?.Expiration?.getTime() ?? 0) - Date.now()
    expect(life).to.be.within(3_590_000, 3_600_000)
    expect(answer.AssumedRoleUser?.Arn).to.equal(
      'arn:aws:sts::111122223333:assumed-role/CloudWatchSre/alice',
    )
    expect(answer.AssumedRoleUser?.AssumedRoleId).to.match(/^AROA\w+:alice$/)
    expect(answer.SubjectFromWebIdentityToken).to.equal('alice')
    expect(answer.Audience).to.equal(RESOURCE)
    expect(answer.Provider).to.match(/^arn:aws:iam::111122223333:oidc-provider\/127\.0\.0\.1:/)
    expect(answer.SessionTokenSize).to.equal(answer.Credentials?.SessionToken?.length)
    expect(answer.SessionTokenUtilization).to.be.within(1, 100)

    const credentials = tripleOf(answer.Credentials)
    const client = new STSClient({ endpoint: fixture.endpoint, region: 'eu-west-1', credentials })
    const identity = await client.send(new GetCallerIdentityCommand({}))
    expect(identity.Arn).to.equal(answer.AssumedRoleUser?.Arn)
    expect(identity.Account).to.equal('111122223333')
  })

  describe('accepts', () => {
    const cases: ReadonlyArray<readonly [string, () => Change]> = [
      ['a token of the second resource', () => ({ claims: { aud: PROD_RESOURCE } })],
      [
        'a token of Okta by its audience',
        () => ({ claims: { iss: fixture.issuer.issuers.okta, aud: OKTA_AUDIENCE } }),
      ],
      [
        'a token of Auth0 with two audiences, by azp',
        () => ({
          claims: {
            iss: fixture.issuer.issuers.auth0,
            aud: [RESOURCE, 'https://tenant.example/userinfo'],
            azp: CLIENT_ID,
          },
        }),
      ],
      [
        'a resource-bound token of Cognito',
        () => ({ claims: { iss: fixture.issuer.issuers.cognito, aud: RESOURCE } }),
      ],
      ['one audience in a list', () => ({ claims: { aud: [RESOURCE] } })],
      ['an ES256 signature', () => ({ sign: { alg: 'ES256' as const } })],
      ['a token that expired four minutes ago', () => ({ claims: { exp: seconds(-240) } })],
      ['a token from a clock four minutes ahead', () => ({ claims: { iat: seconds(240) } })],
      ['timestamps as strings of digits', () => ({ claims: { exp: String(seconds(60)) } })],
      ['a number as subject', () => ({ claims: { sub: 4711 } })],
      [
        'a role pin that names the role',
        () => ({ claims: { 'https://aws.amazon.com/roles': ['arn:x', ROLES.sre] } }),
      ],
      [
        'a role pin as a list in a string',
        () => ({ claims: { 'https://aws.amazon.com/roles': `arn:x;${ROLES.sre}` } }),
      ],
    ]
    for (const [title, change] of cases) {
      it(title, async () => {
        expect((await assume(change())).Credentials?.AccessKeyId).to.match(/^ASIA/)
      })
    }
  })

  describe('refuses the token as InvalidIdentityToken', () => {
    const cases: ReadonlyArray<readonly [string, () => Change, RegExp]> = [
      ...['iss', 'sub', 'aud', 'iat', 'exp'].map(
        (name): readonly [string, () => Change, RegExp] => [
          `without ${name}`,
          () => ({ claims: { [name]: undefined } }),
          new RegExp(`Missing a required claim: ${name}`),
        ],
      ),
      [
        'with two audiences and no azp',
        () => ({ claims: { aud: [RESOURCE, 'other'] } }),
        /more than one audience/,
      ],
      ['for another audience', () => ({ claims: { aud: 'other' } }), /Incorrect token audience/],
      [
        'of Auth0 whose azp is another client, although aud is registered elsewhere',
        () => ({
          claims: { iss: fixture.issuer.issuers.auth0, aud: CLIENT_ID, azp: 'someone-else' },
        }),
        /Incorrect token audience/,
      ],
      [
        'of an issuer that the account does not know',
        () => ({ claims: { iss: `${fixture.issuer.origin}/unknown` } }),
        /No OpenIDConnect provider found in your account for /,
      ],
      [
        'of Auth0 without the slash of its issuer',
        () => ({
          claims: { iss: fixture.issuer.issuers.auth0.replace(/\/$/, ''), azp: CLIENT_ID },
        }),
        /No OpenIDConnect provider/,
      ],
      ['with a fraction as exp', () => ({ claims: { exp: seconds(60) + 0.5 } }), /integers/],
      ['from a clock six minutes ahead', () => ({ claims: { iat: seconds(360) } }), /future/],
      ['not valid before six minutes', () => ({ claims: { nbf: seconds(360) } }), /not valid yet/],
      ['signed by a key that nobody published', () => ({ sign: { stranger: true } }), /signature/],
      ['signed with PS256', () => ({ sign: { alg: 'PS256' as const } }), /algorithm/],
      ['with an unknown kid', () => ({ sign: { kid: 'lost' } }), /retrieve verification key/],
      [
        'pinned to another role',
        () => ({ claims: { 'https://aws.amazon.com/roles': [ROLES.catalog] } }),
        /role is not among/,
      ],
      [
        'that is no JWT',
        () => ({ input: { WebIdentityToken: 'opaque-token' } }),
        /not a valid JWT/,
      ],
      [
        'whose tags are plain strings',
        () => ({
          claims: { 'https://aws.amazon.com/tags': { principal_tags: { team: 'blue' } } },
        }),
        /principal_tags/,
      ],
    ]
    for (const [title, change, message] of cases) {
      it(title, async () => {
        const failure = await failureOf(assume(change()))
        expect(failure.name).to.equal('InvalidIdentityTokenException')
        expect(failure.message).to.match(message)
        expect(failure).to.have.nested.property('$metadata.httpStatusCode', 400)
      })
    }
  })

  it('refuses a token that expired six minutes ago as ExpiredTokenException', async () => {
    const failure = await failureOf(assume({ claims: { exp: seconds(-360) } }))
    expect(failure.name).to.equal('ExpiredTokenException')
    expect(failure).to.have.nested.property('$metadata.httpStatusCode', 400)
  })

  it('says IDPCommunicationError when nobody listens at the issuer', () =>
    withFixture({}, async (other) => {
      await other.issuer.close()
      const token = await fixture.issuer.sign(other.claims())
      const failure = await failureOf(
        other.sts().send(
          new AssumeRoleWithWebIdentityCommand({
            RoleArn: ROLES.sre,
            RoleSessionName: 'alice',
            WebIdentityToken: token,
          }),
        ),
      )
      expect(failure.name).to.equal('IDPCommunicationErrorException')
    }))

  it('says that the keys cannot be had when the issuer answers with an error', () =>
    withFixture({}, async (other) => {
      other.issuer.fail(true)
      const failure = await failureOf(other.assume())
      expect(failure.name).to.equal('InvalidIdentityTokenException')
      expect(failure.message).to.match(/Couldn't retrieve verification key/)
    }))

  it('answers an internal failure to a null subject, as STS does', async () => {
    const failure = await failureOf(assume({ claims: { sub: null } }))
    expect(failure.name).to.equal('InternalFailure')
    expect(failure).to.have.nested.property('$metadata.httpStatusCode', 500)
  })

  it('denies a role that does not exist in the account', async () => {
    const RoleArn = `${ROLES.sre}Two`
    const failure = await failureOf(assume({ input: { RoleArn } }))
    expect(failure.name).to.equal('AccessDenied')
    expect(failure.message).to.equal('Not authorized to perform sts:AssumeRoleWithWebIdentity')
    expect(failure).to.have.nested.property('$metadata.httpStatusCode', 403)
  })

  it('knows no provider in an account that is not there', async () => {
    const RoleArn = 'arn:aws:iam::999999999999:role/CloudWatchSre'
    const failure = await failureOf(assume({ input: { RoleArn } }))
    expect(failure.message).to.match(/No OpenIDConnect provider/)
  })

  describe('refuses a parameter as ValidationError', () => {
    const cases: ReadonlyArray<readonly [string, Partial<AssumeRoleWithWebIdentityCommandInput>]> =
      [
        ['a duration below 900', { DurationSeconds: 899 }],
        ['a duration above 43200', { DurationSeconds: 43_201 }],
        ['a duration above that of the role', { DurationSeconds: 14_401 }],
        ['a session name with a space', { RoleSessionName: 'al ice' }],
        ['a session name of one character', { RoleSessionName: 'a' }],
        ['a session name of 65 characters', { RoleSessionName: 'a'.repeat(65) }],
        ['a role that is no role ARN', { RoleArn: 'arn:aws:iam::111122223333:user/alice' }],
        ['a session policy of 2049 characters', { Policy: ' '.repeat(2049) }],
        ['a provider id', { ProviderId: 'www.amazon.com' }],
        [
          'a managed policy that is not here',
          { PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }] },
        ],
      ]
    for (const [title, input] of cases) {
      it(title, async () => {
        const failure = await failureOf(assume({ input }))
        expect(failure.name).to.equal('ValidationError')
        expect(failure).to.have.nested.property('$metadata.httpStatusCode', 400)
      })
    }
  })

  for (const Policy of ['{not json', '{}', '{"Statement":[{"Effect":"Allow"}]}', '[]']) {
    it(`refuses the session policy ${Policy} as malformed`, async () => {
      const failure = await failureOf(assume({ input: { Policy } }))
      expect(failure.name).to.equal('MalformedPolicyDocumentException')
    })
  }

  it('reports how much of the policy budget a session policy takes', async () => {
    const Policy = JSON.stringify({
      Statement: [{ Effect: 'Allow', Action: 'logs:*', Resource: '*' }],
    })
    expect((await assume({ input: { Policy } })).PackedPolicySize).to.be.within(1, 10)
    expect((await assume()).PackedPolicySize).to.equal(undefined)
  })

  it('takes managed policies besides', async () => {
    const arn = 'arn:aws:iam::aws:policy/CloudWatchLogsReadOnlyAccess'
    const { Credentials } = await assume({ input: { PolicyArns: [{ arn }] } })
    const credentials = tripleOf(Credentials)
    await fixture.logs(credentials).send(new DescribeLogGroupsCommand({}))
    const failure = await failureOf(
      fixture.cloudwatch(credentials).send(new ListMetricsCommand({})),
    )
    expect(failure.name).to.equal('AccessDenied')
  })

  it('pads the session token when it is asked to', async () => {
    const answer = await assume({ input: { MinimumSessionTokenSize: 4096 } })
    expect(answer.Credentials?.SessionToken?.length).to.be.at.least(4096)
  })

  it('takes tags and source identity from the token, both ways of writing tags', async () => {
    const nested = await assume({
      claims: {
        'https://aws.amazon.com/tags': {
          principal_tags: { team: ['blue'] },
          transitive_tag_keys: ['team'],
        },
        'https://aws.amazon.com/source_identity': 'alice@shop.example',
      },
    })
    expect(nested.SourceIdentity).to.equal('alice@shop.example')
    const flat = await assume({
      claims: { 'https://aws.amazon.com/tags/principal_tags/team': 'blue' },
    })
    expect(flat.Credentials?.AccessKeyId).to.match(/^ASIA/)
  })

  it('needs no signature, and answers InvalidAction to what STS does not have here', async () => {
    const post = (body: string) =>
      fetch(fixture.endpoint, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body,
      })
    const unsigned = await post('Action=GetCallerIdentity&Version=2011-06-15')
    expect(unsigned.status).to.equal(403)
    expect(await unsigned.text()).to.contain('<Code>MissingAuthenticationToken</Code>')
    expect(await (await post('Action=Nonsense&Version=2011-06-15')).text()).to.contain(
      'Could not find operation Nonsense for version 2011-06-15',
    )
    expect(await (await post('Version=2011-06-15')).text()).to.contain('<Code>MissingAction</Code>')

    const credentials = await fixture.assume()
    const client = new STSClient({ endpoint: fixture.endpoint, region: 'us-east-1', credentials })
    const failure = await failureOf(client.send(new GetSessionTokenCommand({})))
    expect(failure.name).to.equal('InvalidAction')
  })

  it('escapes what a token brings into the XML', async () => {
    const sub = '</SubjectFromWebIdentityToken><Code>&"\u0001'
    const answer = await assume({ claims: { sub } })
    expect(answer.SubjectFromWebIdentityToken).to.equal(sub.replace('\u0001', '\ufffd'))
  })
})
