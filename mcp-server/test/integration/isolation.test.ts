import { expect } from 'chai'
import { callerHeaders } from '../support/caller-headers.ts'
import { modern, post, textOf, toolCall } from '../support/rpc.ts'
import { type RunningServer, startServer } from '../support/running-server.ts'

describe('many callers at once', () => {
  let server: RunningServer
  beforeEach(async () => {
    server = await startServer()
  })
  afterEach(() => server.close())

  it('each reach AWS with their own key, token and region, and get their own answer', async () => {
    // All calls are held until every caller has one open: no order of arrival can hide a mix-up.
    let release = (): void => {}
    const all = new Promise<void>((resolve) => {
      release = resolve
    })
    let arrived = 0
    server.aws.on('DescribeLogGroups', async (_input, call) => {
      arrived += 1
      if (arrived === 20) release()
      await all
      return { output: { logGroups: [{ logGroupName: `/owned-by/${call.accessKeyId}` }] } }
    })

    const asked = Array.from({ length: 20 }, async (_, at) => {
      const key = `ASIACALLER${String(at).padStart(10, '0')}`
      const region = at % 2 === 0 ? 'us-east-1' : 'eu-west-1'
      const own = callerHeaders({
        'x-aws-access-key-id': key,
        'x-aws-session-token': `token-of-${key}`,
        'x-aws-region': region,
        'x-aws-role-arn': `arn:aws:iam::${111_111_111_100 + at}:role/Reader`,
        'x-mcp-principal': `principal-${at}`,
        'x-request-id': `request-${at}`,
      })
      // Both eras side by side.
      const request =
        at % 3 === 0
          ? { body: toolCall('list_log_groups', { prefix: `/of-${key}` }), headers: {} }
          : modern('tools/call', { name: 'list_log_groups', arguments: { prefix: `/of-${key}` } })
      const { reply } = await post(server.mcp, request.body, { ...request.headers, ...own })
      return { at, key, region, text: textOf(reply) }
    })

    for (const { at, key, region, text } of await Promise.all(asked)) {
      expect(text).to.include(`/owned-by/${key}`)
      expect(text).to.include(`account: ${111_111_111_100 + at}`)
      const call = server.aws.calls.find(({ accessKeyId }) => accessKeyId === key)
      expect(call).to.deep.include({ sessionToken: `token-of-${key}`, region })
      expect(call?.input.logGroupNamePrefix).to.equal(`/of-${key}`)
      const record = server.toolRecords().find(({ requestId }) => requestId === `request-${at}`)
      expect(record).to.include({ accessKeyId: key, principal: `principal-${at}`, outcome: 'ok' })
    }
    expect(server.aws.calls).to.have.length(20)
  })

  it('share one pool of connections, which no request closes', async () => {
    server.aws.on('DescribeLogGroups', () => ({ output: { logGroups: [] } }))
    server.aws.on('DescribeAlarms', () => ({ output: {} }))
    for (let at = 0; at < 30; at += 1) {
      const tool = at % 2 === 0 ? 'list_log_groups' : 'list_alarms'
      const key = `ASIACALLER${String(at).padStart(10, '0')}`
      await post(server.mcp, toolCall(tool), callerHeaders({ 'x-aws-access-key-id': key }))
    }
    expect(server.aws.calls).to.have.length(30)
    expect(server.aws.connections()).to.equal(1)
    expect(server.aws.openConnections()).to.equal(1)
  })

  it('are told apart from other software by the user agent', async () => {
    server.aws.on('DescribeLogGroups', () => ({ output: { logGroups: [] } }))
    await post(server.mcp, toolCall('list_log_groups'))
    expect(server.aws.calls[0]?.userAgent).to.match(/ cloudwatch-mcp-server\/\d+\.\d+\.\d+/)
  })
})
