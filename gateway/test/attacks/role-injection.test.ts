import { expect } from 'chai'
import { ROLES } from '../integration/gateway/world.ts'
import { besiege, written } from './siege.ts'

const FOREIGN = 'arn:aws:iam::999999999999:role/Administrator'
const SRE = { name: 'sre', when: { groups: { has: ['sre'] } }, role: ROLES.sre }

describe('role injection', () => {
  const siege = besiege(() => ({
    rules: [SRE, { name: 'ci', when: { groups: { has: ['ci'] } }, role: ROLES.ci }],
  }))
  afterEach(() => siege.world().gateway.reload([SRE]))

  /** Of the newest STS call and of the request that reached the MCP server. */
  const rolesUsed = () => [
    siege.world().sts.calls.at(-1)?.parameters.RoleArn,
    siege
      .upstream()
      .requests.at(-1)
      ?.headers.filter(([name]) => name.toLowerCase() === 'x-aws-role-arn')
      .map(([, value]) => value)
      .join(),
  ]

  for (const name of [
    'X-Aws-Role-Arn',
    'x_aws_role_arn',
    'X-Amz-Role-Arn',
    'Mcp-Role-Arn',
    'X-Mcp-Role',
    'X-Aws-Account-Id',
  ]) {
    it(`by the header ${name} changes no role`, async () => {
      const token = await siege.world().tokenOf('generic', { sub: `by ${name}` })
      const { status } = await siege.exchange(written({ token, lines: [`${name}: ${FOREIGN}`] }))
      expect(status).to.equal(200)
      expect(rolesUsed()).to.deep.equal([ROLES.sre, ROLES.sre])
    })
  }

  it('by a query or the body changes no role', async () => {
    const token = await siege.world().tokenOf('generic', { sub: 'by query' })
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'query_logs', arguments: {}, role_arn: FOREIGN, RoleArn: FOREIGN },
      role_arn: FOREIGN,
    })
    const target = `/mcp?role_arn=${FOREIGN}&RoleArn=${FOREIGN}&target=prod`
    expect((await siege.exchange(written({ token, target, body }))).status).to.equal(200)
    expect(rolesUsed()).to.deep.equal([ROLES.sre, ROLES.sre])
  })

  it('by claims of the token changes no role', async () => {
    const claims = {
      role: FOREIGN,
      role_arn: FOREIGN,
      'cognito:preferred_role': FOREIGN,
      'cognito:roles': [FOREIGN],
      'https://aws.amazon.com/roles': [FOREIGN],
      'https://aws.amazon.com/SAML/Attributes/Role': FOREIGN,
    }
    await siege.expectForwarded(await siege.world().tokenOf('generic', claims))
    expect(rolesUsed()).to.deep.equal([ROLES.sre, ROLES.sre])
  })

  for (const role of [
    'arn:aws:iam::111122223333:role/*',
    'arn:aws:iam::*:role/Reader',
    'arn:*:iam::111122223333:role/Reader',
    'arn:aws:iam::111122223333:user/Reader',
    'arn:aws:sts::111122223333:assumed-role/Reader/x',
    "arn:aws:iam::111122223333:role/$.claims['team']",
    'arn:aws:iam::111122223333:role/Reader\n',
    'arn:aws-cn:iam::111122223333:role/Reader',
  ]) {
    it(`by the role ${JSON.stringify(role)} in the rules is kept out`, () => {
      expect(() => siege.world().gateway.reload([{ ...SRE, role }])).to.throw(/role/)
    })
  }

  it('by a session that is cached ends at once when the role is taken away', async () => {
    const { world } = siege
    world().gateway.reload([SRE, { ...SRE, name: 'ci', role: ROLES.ci }])
    const token = await world().tokenOf('okta', { sub: 'cached' })
    await siege.expectForwarded(token)
    await siege.expectForwarded(token)
    world().gateway.reload([{ ...SRE, when: { groups: { has: ['nobody'] } }, role: ROLES.ci }])
    await siege.expectRefused(token, 'role_unmapped')
  })

  it('by a stream that is open gives its holder nothing more when the role is taken away', async () => {
    const { gateway } = siege.world()
    const token = await siege.world().tokenOf('auth0', { sub: 'auth0|stream' })
    siege.answerWith(({ connection }) =>
      connection.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: first\n\n'),
    )
    const client = await siege.connect()
    client.write(written({ method: 'GET', token, lines: ['Accept: text/event-stream'] }))
    await client.readUntil('data: first')
    const before = [siege.world().sts.calls.length, siege.upstream().requests.length]

    gateway.reload([{ ...SRE, when: { groups: { has: ['nobody'] } } }])
    const answer = await siege.world().call(token)
    expect(answer.status).to.equal(403)
    expect((await siege.auditOf(answer)).reason).to.equal('role_unmapped')
    expect([siege.world().sts.calls.length, siege.upstream().requests.length]).to.deep.equal(before)

    // What runs is let run: the stream carries no credentials, and the server has had its session already.
    const { connection } = siege.upstream().requests.at(-1) ?? {}
    connection?.write('data: second\n\n')
    await client.readUntil('data: second')
  })
})
