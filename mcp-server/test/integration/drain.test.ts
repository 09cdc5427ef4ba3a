import { expect } from 'chai'
import { gate } from '../support/fake-aws.ts'
import { modern, post, textOf, toolCall } from '../support/rpc.ts'
import { type RunningServer, startServer } from '../support/running-server.ts'

describe('stopping the server', () => {
  let server: RunningServer
  afterEach(() => server.close())

  it('lets a running call finish, and accepts no new connection meanwhile', async () => {
    server = await startServer()
    const slow = gate()
    server.aws.on('DescribeLogGroups', async () => {
      await slow.opened
      return { output: { logGroups: [{ logGroupName: '/late' }] } }
    })
    const answer = post(server.mcp, toolCall('list_log_groups'))
    await server.aws.called('DescribeLogGroups')
    const drained = server.drain()
    const refused = await fetch(`${server.url}/healthz`, {
      headers: { connection: 'close' },
    }).catch((error: Error) => error)
    expect(refused).to.be.instanceOf(Error)
    slow.open()
    expect(textOf((await answer).reply)).to.include('/late')
    await drained
    expect(server.toolRecords()[0]).to.include({ outcome: 'ok' })
    await server.aws.quiet()
    expect(server.aws.openConnections()).to.equal(0)
  })

  it('aborts what outlasts the drain time, and stops its query', async () => {
    server = await startServer({ CLOUDWATCH_MCP_DRAIN_TIMEOUT_MS: '50' })
    const never = gate()
    server.aws.on('StartQuery', () => ({ output: { queryId: 'query-1' } }))
    server.aws.on('GetQueryResults', async () => {
      await never.opened
      return { output: {} }
    })
    server.aws.on('StopQuery', () => ({ output: { success: true } }))
    const query = toolCall('query_logs', { logGroups: ['/a'], query: 'fields @message' })
    const answer = post(server.mcp, query).catch((error: Error) => error)
    await server.aws.called('GetQueryResults')
    await server.drain()
    expect(await answer).to.be.instanceOf(Error)
    expect(server.aws.callsOf('StopQuery')).to.have.length(1)
    expect(server.toolRecords()[0]).to.include({ outcome: 'cancelled' })
    never.open()
  })

  it('is not held up by a subscription, which ends at once because nothing is ever announced', async () => {
    server = await startServer()
    const { body, headers } = modern('subscriptions/listen', {
      notifications: { toolsListChanged: true },
    })
    const { status, messages, reply } = await post(server.mcp, body, headers)
    expect(status).to.equal(200)
    expect(messages[0]?.method).to.equal('notifications/subscriptions/acknowledged')
    expect(messages[0]?.params?.notifications).to.deep.equal({})
    expect(reply.result).to.include({ resultType: 'complete' })
  })

  it('can be asked for twice', async () => {
    server = await startServer()
    await Promise.all([server.drain(), server.drain()])
  })
})
