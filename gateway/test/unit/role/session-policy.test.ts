import { expect } from 'chai'
import { SESSION_POLICIES } from '../../../src/role/session-policy.ts'

type Statement = Readonly<{ Effect: string; Action: readonly string[]; Resource: string }>

describe('the session policy cloudwatch-read', () => {
  const text = SESSION_POLICIES['cloudwatch-read'] ?? ''
  // The test below shows that it is JSON of this shape.
  const policy = JSON.parse(text) as { Version: string; Statement: readonly Statement[] }
  const actions = policy.Statement.flatMap(({ Action }) => Action)

  it('fits into what STS takes in plain text', () => {
    expect(text.length).to.be.within(1, 2048)
  })

  it('is a policy of Allow statements with named actions', () => {
    expect(policy.Version).to.equal('2012-10-17')
    for (const statement of policy.Statement) {
      expect(Object.keys(statement)).to.have.members(['Effect', 'Action', 'Resource'])
      expect(statement.Effect).to.equal('Allow')
      expect(statement.Action).to.be.an('array').that.is.not.empty
      expect(statement.Resource).to.match(/^(\*|arn:)/)
    }
  })

  it('names each action once', () => {
    expect(new Set(actions).size).to.equal(actions.length)
  })

  for (const action of actions) {
    it(`only reads by ${action}`, () => {
      // StartQuery and StopQuery read: they run and end a search.
      expect(action).to.match(
        /^(cloudwatch|logs):(Get|List|Describe|Filter)[A-Za-z]+$|^logs:(StartQuery|StopQuery)$/,
      )
      expect(action).to.not.match(/Unmask/i)
    })
  }

  for (const action of [
    'cloudwatch:GetMetricData',
    'cloudwatch:ListMetrics',
    'cloudwatch:DescribeAlarms',
    'logs:DescribeLogGroups',
    'logs:StartQuery',
    'logs:GetQueryResults',
    'logs:StopQuery',
    'logs:FilterLogEvents',
  ]) {
    it(`allows ${action}, which the tools need`, () => {
      expect(actions).to.include(action)
    })
  }

  it('leaves the role as it is by the name none', () => {
    expect(SESSION_POLICIES.none).to.equal(undefined)
  })
})
