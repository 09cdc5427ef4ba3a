import { expect } from 'chai'
import { loadConfig } from '../../../src/config/load.ts'
import { explain } from '../../../src/explain/explain.ts'
import { renderExplanation } from '../../../src/explain/render-explanation.ts'
import { createIdentityRooms } from '../../../src/identity-rooms.ts'

const ISSUER = 'https://a.okta.com/oauth2/default'
const CLAIMS = {
  iss: ISSUER,
  sub: 'alice@a',
  uid: '00u1',
  cid: 'app',
  scp: ['read'],
  aud: 'api://default',
  iat: 1,
  exp: 2,
}

const config = loadConfig({ GATEWAY_CONFIG: 'x' }, () =>
  JSON.stringify({
    publicUrl: 'https://gw.example',
    providers: [{ provider: 'okta', issuer: ISSUER, audience: ['api://default'] }],
    targets: { default: { region: 'us-east-1' }, prod: { region: 'eu-west-1' } },
    rules: [
      {
        name: 'ops',
        when: { groups: { has: ['ops'] } },
        role: 'arn:aws:iam::111122223333:role/Ops',
      },
      {
        name: 'team',
        when: { claims: { team: { glob: 'catalog-*' } } },
        role: 'arn:aws:iam::111122223333:role/Team',
        mode: 'assume-role',
        tags: { team: "$.claims['team']" },
      },
      {
        name: 'staff',
        when: { machine: false },
        role: 'arn:aws:iam::111122223333:role/Staff',
      },
    ],
  }),
)

describe('explain', () => {
  const rooms = createIdentityRooms(config)
  const of = (claims: Record<string, unknown>, target = 'default') =>
    explain({ ...CLAIMS, ...claims }, target, {
      providers: rooms.providers.map(({ provider }) => provider),
      rules: config.rules,
      resources: rooms.targets.map(rooms.resourceOf),
      bindRole: rooms.bindRole,
      gatewayRole: undefined,
    })

  it('shows every rule up to the one that decides', () => {
    expect(of({}).rules).to.deep.equal([
      { name: 'ops', verdict: 'no' },
      { name: 'team', verdict: 'no' },
      { name: 'staff', verdict: 'yes' },
    ])
    expect(of({ groups: ['ops'] }).rules).to.deep.equal([{ name: 'ops', verdict: 'yes' }])
  })

  it('gives role, session name, provider and trust policy', () => {
    const { binding, needs } = of({})
    expect(binding).to.include({ rule: 'staff', region: 'us-east-1' })
    expect(needs?.oidcProvider).to.deep.equal({ url: ISSUER, clientIds: ['api://default'] })
    expect(JSON.stringify(needs?.trust)).to.contain('"a.okta.com/oauth2/default:aud"')
    expect(needs?.sts).to.match(/^accepts/)
  })

  it('gives tags and the trust of the gateway’s role with assume-role', () => {
    const { binding, needs } = of({ team: 'catalog-api' })
    expect(binding?.tags).to.deep.equal([{ key: 'team', value: 'catalog-api' }])
    expect(needs?.oidcProvider).to.equal(undefined)
    expect(JSON.stringify(needs?.trust)).to.contain('sts:TagSession')
  })

  it('asks for what a token with tags or a source identity needs', () => {
    const trusted = (claims: Record<string, unknown>) =>
      of(claims).needs?.trust.Statement.map(({ Action }) => Action)
    expect(trusted({})).to.deep.equal(['sts:AssumeRoleWithWebIdentity'])
    expect(
      trusted({
        'https://aws.amazon.com/tags/principal_tags/Team': 'blue',
        'https://aws.amazon.com/source_identity': 'alice',
      }),
    ).to.deep.equal([['sts:AssumeRoleWithWebIdentity', 'sts:TagSession', 'sts:SetSourceIdentity']])
    expect(trusted({ 'https://aws.amazon.com/tags': {} })).to.deep.equal([
      ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'],
    ])
  })

  it('says what STS will refuse before anyone asks it', () => {
    expect(of({ aud: ['one', 'two'] }).needs?.sts).to.match(/^refuses .*2/)
  })

  it('says why there is no role', () => {
    expect(of({}, 'prod').refused).to.match(/^target_not_granted/)
    expect(of({ uid: undefined }).refused).to.match(/^role_unmapped/)
    const undecidable = of({ team: { not: 'text' } })
    expect(undecidable.refused).to.match(/^rule_undecidable/)
    expect(undecidable.rules.at(-1)).to.deep.equal({ name: 'team', verdict: 'undecidable' })
  })

  it('names the issuers that there are for one that is not', () => {
    expect(() => of({ iss: 'https://other' })).to.throw(ISSUER)
    expect(() => of({ sub: 7 })).to.throw('sub')
  })

  it('reads as lines', () => {
    const text = renderExplanation(of({}))
    expect(text).to.contain('rule staff').and.contain('arn:aws:iam::111122223333:role/Staff')
    expect(renderExplanation(of({}, 'prod'))).to.contain('target_not_granted')
  })
})
