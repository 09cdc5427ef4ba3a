import { expect } from 'chai'
import { callerHeaders } from '../support/caller-headers.ts'
import { gate } from '../support/fake-aws.ts'
import { modern, post, toolCall } from '../support/rpc.ts'
import { type RunningServer, startServer } from '../support/running-server.ts'

const QUERY = { logGroups: ['/shop/checkout'], query: 'fields @message' }

type Request = Readonly<{ body: unknown; headers: Record<string, string> }>

/** The same call in each era, with and without a progress token: the response streams at once or not until the end. */
const SHAPES: ReadonlyArray<
  readonly [string, (name: string, args: Record<string, unknown>) => Request]
> = [
  ['legacy', (name, args) => ({ body: toolCall(name, args), headers: callerHeaders() })],
  [
    'legacy with progress',
    (name, args) => ({
      body: toolCall(name, args, { progressToken: 'p' }),
      headers: callerHeaders(),
    }),
  ],
  ['2026-07-28', (name, args) => modern('tools/call', { name, arguments: args })],
  [
    '2026-07-28 with progress',
    (name, args) => modern('tools/call', { name, arguments: args }, { progressToken: 'p' }),
  ],
]

for (const [shape, request] of SHAPES) {
  describe(`a client that goes away, ${shape}`, () => {
    let server: RunningServer
    beforeEach(async () => {
      server = await startServer()
    })
    afterEach(() => server.close())

    const goAwayDuring = async (operation: string, { body, headers }: Request): Promise<void> => {
      const client = new AbortController()
      const answer = post(server.mcp, body, headers, client.signal).catch((error: Error) => error)
      await server.aws.called(operation)
      client.abort()
      expect(await answer).to.have.property('name', 'AbortError')
    }

    it('closes the AWS call that it waited for', async () => {
      const never = gate()
      server.aws.on('DescribeLogGroups', async () => {
        await never.opened
        return { output: {} }
      })
      await goAwayDuring('DescribeLogGroups', request('list_log_groups', {}))
      const call = await server.aws.called('DescribeLogGroups')
      expect(await call.ended).to.deep.equal({ finished: false })
      never.open()
      await server.drain()
      expect(server.toolRecords()[0]).to.include({ outcome: 'cancelled', requestId: 'request-1' })
      expect(server.aws.calls).to.have.length(1)
    })

    it('stops the query that ran for it, with the same credentials', async () => {
      const never = gate()
      server.aws.on('StartQuery', () => ({ output: { queryId: 'query-1' } }))
      server.aws.on('GetQueryResults', async () => {
        await never.opened
        return { output: { status: 'Running' } }
      })
      server.aws.on('StopQuery', () => ({ output: { success: true } }))
      await goAwayDuring('GetQueryResults', request('query_logs', QUERY))
      const poll = await server.aws.called('GetQueryResults')
      expect(await poll.ended).to.deep.equal({ finished: false })
      const stop = await server.aws.called('StopQuery')
      expect(stop.input).to.deep.equal({ queryId: 'query-1' })
      expect(stop.accessKeyId).to.equal(callerHeaders()['x-aws-access-key-id'])
      never.open()
    })

    it('stops the query even when it leaves while the query starts', async () => {
      const slow = gate()
      server.aws.on('StartQuery', async () => {
        await slow.opened
        return { output: { queryId: 'query-late' } }
      })
      server.aws.on('StopQuery', () => ({ output: { success: true } }))
      await goAwayDuring('StartQuery', request('query_logs', QUERY))
      slow.open()
      const stop = await server.aws.called('StopQuery')
      expect(stop.input).to.deep.equal({ queryId: 'query-late' })
      expect(server.aws.callsOf('GetQueryResults')).to.have.length(0)
    })
  })
}
