import { expect } from 'chai'
import {
  accountNeeds,
  gatewayPermissions,
  issuerName,
  type NeedsSource,
} from '../../../src/iam/account-needs.ts'
import { cloudFormationTemplate } from '../../../src/iam/cloudformation.ts'
import type { Rule } from '../../../src/role/rule.ts'
import { SESSION_POLICIES } from '../../../src/role/session-policy.ts'
import type { Preset, Provider } from '../../../src/token/provider.ts'

const provider = (preset: Preset, issuer: string, over: Partial<Provider> = {}): Provider => ({
  preset,
  issuer,
  audience: [],
  clientIds: [],
  scopes: [],
  groupsClaim: undefined,
  ...over,
})
const rule = (name: string, over: Partial<Rule> = {}): Rule => ({
  name,
  when: {},
  targets: ['default'],
  role: `arn:aws:iam::111122223333:role/${name}`,
  mode: 'web-identity',
  sessionSeconds: 3600,
  policy: 'cloudwatch-read',
  tools: ['*'],
  ...over,
})
const OKTA = provider('okta', 'https://a.okta.com/oauth2/default', { audience: ['api://default'] })
const RESOURCES = ['https://gw/mcp', 'https://gw/mcp/prod']

const needs = (over: Partial<NeedsSource>) =>
  accountNeeds({
    rules: [],
    providers: [OKTA],
    resources: RESOURCES,
    gatewayRole: 'arn:aws:iam::999988887777:role/gw',
    ...over,
  })

describe('accountNeeds', () => {
  it('lists each account once, with its providers and roles', () => {
    const rules = [
      rule('a'),
      rule('b', { role: 'arn:aws-cn:iam::444455556666:role/x/y/B' }),
      rule('a2', { role: 'arn:aws:iam::111122223333:role/a' }),
    ]
    const [first, second] = needs({ rules })
    expect(first?.account).to.equal('111122223333')
    expect(first?.roles.map(({ arn }) => arn)).to.deep.equal(['arn:aws:iam::111122223333:role/a'])
    expect(second).to.include({ account: '444455556666', partition: 'aws-cn' })
    expect(second?.roles[0]).to.include({ name: 'B', path: '/x/y/' })
    expect(second?.oidcProviders[0]?.arn).to.equal(
      'arn:aws-cn:iam::444455556666:oidc-provider/a.okta.com/oauth2/default',
    )
  })

  it('always names the audience in the trust of a web identity', () => {
    const presets: ReadonlyArray<readonly [Provider, unknown]> = [
      [OKTA, 'api://default'],
      [provider('generic', 'https://i.example'), RESOURCES],
      [
        provider('cognito', 'https://cognito-idp.x.amazonaws.com/p', { clientIds: ['c'] }),
        RESOURCES,
      ],
      [provider('auth0', 'https://t.auth0.com/', { clientIds: ['c1', 'c2'] }), ['c1', 'c2']],
      [provider('entra', 'https://login.microsoftonline.com/t/v2.0', { clientIds: ['c'] }), 'c'],
      [provider('keycloak', 'https://kc/realms/a', { clientIds: ['c'] }), 'c'],
      [provider('google', 'https://accounts.google.com', { clientIds: ['c'] }), 'c'],
    ]
    for (const [one, audience] of presets) {
      const [account] = needs({ rules: [rule('a')], providers: [one] })
      const [statement] = account?.roles[0]?.trust.Statement ?? []
      const name = one.preset === 'google' ? 'accounts.google.com' : issuerName(one.issuer)
      expect(statement?.Condition, one.preset).to.deep.equal({
        StringEquals: { [`${name}:aud`]: audience },
      })
    }
  })

  it('names what goes to STS after a sign-in through the gateway', () => {
    const own = { clientIds: ['own', 'machine'], ownClientId: 'own' }
    const presets: ReadonlyArray<readonly [Provider, unknown]> = [
      [{ ...OKTA, ...own }, 'api://default'],
      [provider('cognito', 'https://cognito-idp.x.amazonaws.com/p', own), 'own'],
      [provider('auth0', 'https://t.auth0.com/', { ...own, audience: ['https://gw/mcp'] }), 'own'],
      [provider('keycloak', 'https://kc/realms/a', own), ['own', 'machine']],
      [provider('entra', 'https://login.microsoftonline.com/t/v2.0', own), ['own', 'machine']],
    ]
    for (const [one, audience] of presets) {
      const [account] = needs({ rules: [rule('a')], providers: [one] })
      const name = issuerName(one.issuer)
      expect(account?.roles[0]?.trust.Statement[0]?.Condition, one.preset).to.deep.equal({
        StringEquals: { [`${name}:aud`]: audience },
      })
      expect(account?.oidcProviders[0]?.clientIds, one.preset).to.deep.equal([audience].flat())
    }
  })

  it('allows what the session policy allows, in the partition of the role', () => {
    const [account] = needs({ rules: [rule('a', { role: 'arn:aws-cn:iam::111122223333:role/a' })] })
    const [, groups] = account?.roles[0]?.permissions.Statement ?? []
    expect(groups?.Resource).to.equal('arn:aws-cn:logs:*:*:log-group:*')
    const sessionPolicy = JSON.parse(SESSION_POLICIES['cloudwatch-read'] ?? '')
    const actions = (statements: ReadonlyArray<Readonly<Record<string, unknown>>>) =>
      statements.map(({ Action }) => Action)
    expect(actions(account?.roles[0]?.permissions.Statement ?? [])).to.deep.equal(
      actions(sessionPolicy.Statement),
    )
  })

  it("keeps Auth0's slash in the provider's name", () => {
    const auth0 = provider('auth0', 'https://t.auth0.com/', { clientIds: ['c'] })
    const [account] = needs({ rules: [rule('a')], providers: [auth0] })
    expect(account?.oidcProviders[0]).to.include({
      arn: 'arn:aws:iam::111122223333:oidc-provider/t.auth0.com/',
      url: 'https://t.auth0.com/',
    })
  })

  it('says where it cannot know the client ids', () => {
    const [account] = needs({
      rules: [rule('a')],
      providers: [provider('keycloak', 'https://kc/realms/a')],
    })
    expect(account?.oidcProviders[0]).to.include({ clientIdsUnknown: true })
  })

  it('needs no OIDC provider for Google, which AWS knows, nor for assume-role', () => {
    const google = provider('google', 'https://accounts.google.com', { clientIds: ['c'] })
    expect(needs({ rules: [rule('a')], providers: [google] })[0]?.oidcProviders).to.be.empty
    expect(needs({ rules: [rule('a', { mode: 'assume-role' })] })[0]?.oidcProviders).to.be.empty
  })

  it("trusts the gateway's role for what the rule sends, and no more", () => {
    const own = rule('a', {
      mode: 'assume-role',
      externalId: 'gw',
      tags: { team: 'x', issuer: '$.issuer' },
    })
    const [statement] = needs({ rules: [own] })[0]?.roles[0]?.trust.Statement ?? []
    expect(statement).to.deep.equal({
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::999988887777:role/gw' },
      Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
      Condition: {
        StringEquals: { 'sts:ExternalId': 'gw' },
        StringLike: { 'sts:SourceIdentity': '*' },
        'ForAllValues:StringEquals': { 'aws:TagKeys': ['team', 'issuer'] },
      },
    })
    const bare = rule('a', { mode: 'assume-role', sourceIdentity: false })
    expect(needs({ rules: [bare] })[0]?.roles[0]?.trust.Statement[0]).to.deep.equal({
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::999988887777:role/gw' },
      Action: ['sts:AssumeRole'],
    })
  })

  it('trusts only the issuers that a rule is for', () => {
    const other = provider('generic', 'https://other.example')
    const rules = [rule('a', { when: { issuer: OKTA.issuer } })]
    const [account] = needs({ rules, providers: [OKTA, other] })
    expect(account?.oidcProviders.map(({ url }) => url)).to.deep.equal([OKTA.issuer])
  })

  it('lets a session be as long as the longest rule asks', () => {
    const rules = [rule('a', { sessionSeconds: 900 }), rule('a', { sessionSeconds: 7200 })]
    expect(needs({ rules })[0]?.roles[0]?.maxSessionSeconds).to.equal(7200)
  })

  it('becomes a template whose roles wait for their providers', () => {
    const [account] = needs({ rules: [rule('a')] })
    if (account === undefined) throw new Error('no account')
    const { Resources } = cloudFormationTemplate(account)
    expect(Resources).to.have.nested.property('OidcProvider1.Properties.Url', OKTA.issuer)
    expect(Resources).to.have.nested.property('Role1a.Type', 'AWS::IAM::Role')
    expect(Resources)
      .to.have.nested.property('Role1a.DependsOn')
      .that.deep.equals(['OidcProvider1'])
  })

  it('becomes a template that keeps roles apart whose names differ by a sign alone', () => {
    const [account] = needs({ rules: [rule('a-b'), rule('a_b'), rule('ab')] })
    if (account === undefined) throw new Error('no account')
    const { Resources } = cloudFormationTemplate(account)
    expect(Object.keys(Object(Resources))).to.deep.equal([
      'OidcProvider1',
      'Role1ab',
      'Role2ab',
      'Role3ab',
    ])
  })

  it('becomes a template that asks for the gateway’s role where it is not known', () => {
    const source = { rules: [rule('a', { mode: 'assume-role' })], gatewayRole: undefined }
    const [account] = needs(source)
    if (account === undefined) throw new Error('no account')
    const template = cloudFormationTemplate(account)
    expect(template.Parameters).to.have.nested.property('GatewayRoleArn.Type', 'String')
    const path = 'Role1a.Properties.AssumeRolePolicyDocument.Statement[0].Principal.AWS'
    expect(template.Resources).to.have.nested.property(path).that.deep.equals({
      Ref: 'GatewayRoleArn',
    })
  })

  it('takes AWS for no issuer of web identities', () => {
    const aws = provider('aws-iam', 'https://sts.amazonaws.com')
    const [account] = needs({ rules: [rule('a')], providers: [OKTA, aws] })
    expect(account?.oidcProviders.map(({ url }) => url)).to.deep.equal([OKTA.issuer])
    expect(account?.roles[0]?.trust.Statement).to.have.lengthOf(1)
  })
})

describe('gatewayPermissions', () => {
  const assume = (name: string, over: Partial<Rule> = {}) =>
    rule(name, { mode: 'assume-role', ...over })

  it('allows to assume the roles of the rules with assume-role, by name, and no others', () => {
    const rules = [rule('web'), assume('a'), assume('a'), assume('b', { tags: { team: 'x' } })]
    expect(gatewayPermissions(rules)?.Statement).to.deep.equal([
      {
        Effect: 'Allow',
        Action: ['sts:AssumeRole', 'sts:SetSourceIdentity', 'sts:TagSession'],
        Resource: ['arn:aws:iam::111122223333:role/a', 'arn:aws:iam::111122223333:role/b'],
      },
    ])
  })

  it('leaves out what no rule sends', () => {
    const bare = gatewayPermissions([assume('a', { sourceIdentity: false })])
    expect(bare?.Statement[0]?.Action).to.deep.equal(['sts:AssumeRole'])
  })

  it('is not needed where every rule sends the token itself', () => {
    expect(gatewayPermissions([rule('a')])).to.equal(undefined)
  })
})
