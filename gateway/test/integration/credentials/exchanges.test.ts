import { expect } from 'chai'
import { failure, issued, type StsCall, triple } from '../../support/fake-sts.ts'
import { ROLES, startWorld, type World } from '../gateway/world.ts'

const number = ({ parameters }: StsCall) => Number(parameters.DurationSeconds)

describe('a session that ends with the token', () => {
  let world: World

  before(async () => {
    world = await startWorld(() => ({ scopeDown: 'duration' }))
  })
  after(() => world.stop())

  /** STS that keeps to the duration; the narrowed session says so in its key. */
  const honest = (call: StsCall) => {
    const name = call.parameters.Action === 'GetScopedCredentials' ? 'scoped' : 'base'
    return issued(triple(name, number(call)))
  }

  it('is what the MCP server gets, and the longer one stays in the gateway', async () => {
    world.sts.script(honest)
    const exp = Math.floor(Date.now() / 1000) + 200
    const { status } = await world.call(await world.tokenOf('okta', { exp }))
    expect(status).to.equal(200)
    const { headers } = await world.mcp.arrivals.take()
    expect(headers['x-aws-access-key-id']).to.equal(triple('scoped').AccessKeyId)
    expect(headers['x-aws-session-token']).to.equal(triple('scoped').SessionToken)
    expect(JSON.stringify(headers)).to.not.contain(triple('base').SessionToken)
    const end = Date.parse(String(headers['x-aws-credentials-expiration'])) / 1000
    expect(end).to.be.within(exp - 2, exp + 1)
    expect(await world.gateway.nextAudit()).to.include({
      access_key_id: triple('scoped').AccessKeyId,
    })
  })

  it('is not there, and so is no answer, where STS does not narrow', async () => {
    world.sts.script((call) =>
      call.parameters.Action === 'GetScopedCredentials'
        ? failure('InvalidAction', 400)
        : honest(call),
    )
    const { status } = await world.call(await world.tokenOf('okta', { uid: 'other' }))
    expect(status).to.equal(500)
    expect(world.mcp.arrivals.waiting()).to.equal(0)
  })
})

describe('a rule with assume-role', () => {
  const AMBIENT = {
    AWS_ACCESS_KEY_ID: 'ASIAGATEWAY',
    AWS_SECRET_ACCESS_KEY: 'gateway-secret',
    AWS_SESSION_TOKEN: 'gateway-session-token',
  }
  const saved: Record<string, string | undefined> = {}
  let world: World

  before(async () => {
    for (const [name, value] of Object.entries(AMBIENT)) {
      saved[name] = process.env[name]
      process.env[name] = value
    }
    world = await startWorld(() => ({
      rules: [
        { name: 'sre', when: { groups: { has: ['sre'] } }, role: ROLES.sre },
        {
          name: 'ci',
          when: { groups: { has: ['ci'] } },
          role: ROLES.ci,
          mode: 'assume-role',
          externalId: 'gw-prod',
          tags: { team: 'shop', issuer: '$.issuer' },
          transitiveTags: ['team'],
          policyArns: ['arn:aws:iam::aws:policy/CloudWatchLogsReadOnlyAccess'],
          policy: 'none',
        },
      ],
    }))
  })
  after(async () => {
    await world.stop()
    for (const [name, value] of Object.entries(saved)) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  })

  it('keeps the token to itself and says for whom it asks', async () => {
    const token = await world.tokenOf('okta', { groups: ['ci'] })
    expect((await world.call(token)).status).to.equal(200)
    const call = world.sts.calls.findLast(({ parameters }) => parameters.Action === 'AssumeRole')
    expect(call?.headers.authorization).to.contain('Credential=ASIAGATEWAY/')
    expect(JSON.stringify(call)).to.not.contain(token)
    expect(call?.parameters).to.include({
      RoleArn: ROLES.ci,
      ExternalId: 'gw-prod',
      'Tags.member.1.Key': 'team',
      'Tags.member.1.Value': 'shop',
      'Tags.member.2.Key': 'issuer',
      'Tags.member.2.Value': world.issuers.okta.issuer,
      'TransitiveTagKeys.member.1': 'team',
      'PolicyArns.member.1.arn': 'arn:aws:iam::aws:policy/CloudWatchLogsReadOnlyAccess',
    })
    expect(call?.parameters).to.not.have.property('Policy')
    expect(call?.parameters.SourceIdentity).to.match(/^00u1-[0-9a-f]{12}$/)
  })

  it('leaves the other rules to the token alone', async () => {
    const before = world.sts.calls.length
    expect((await world.call(await world.tokenOf('okta'))).status).to.equal(200)
    const calls = world.sts.calls.slice(before)
    expect(calls.map(({ parameters }) => parameters.Action)).to.deep.equal([
      'AssumeRoleWithWebIdentity',
    ])
    expect(calls[0]?.headers).to.not.have.property('authorization')
  })
})
