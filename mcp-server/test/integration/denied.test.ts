import { expect } from 'chai'
import { callerHeaders } from '../support/caller-headers.ts'
import { post, textOf, toolCall } from '../support/rpc.ts'
import { type RunningServer, startServer } from '../support/running-server.ts'

const GROUPS = { logGroups: ['/shop/checkout'] }
const QUERY = { ...GROUPS, query: 'fields @message' }

/** Every AWS action of the log tools, and the arguments of each tool that needs it. */
const ACTIONS: ReadonlyArray<readonly [string, string, Record<string, unknown>]> = [
  ['DescribeLogGroups', 'list_log_groups', {}],
  ['DescribeLogGroups', 'get_log_group', { logGroup: '/shop/checkout' }],
  ['GetLogGroupFields', 'get_log_group', { logGroup: '/shop/checkout' }],
  ['DescribeLogStreams', 'get_log_group', { logGroup: '/shop/checkout' }],
  ['DescribeFieldIndexes', 'get_log_group', { logGroup: '/shop/checkout' }],
  ['DescribeIndexPolicies', 'get_log_group', { logGroup: '/shop/checkout' }],
  ['DescribeQueryDefinitions', 'get_log_group', { logGroup: '/shop/checkout' }],
  ['StartQuery', 'query_logs', QUERY],
  ['GetQueryResults', 'query_logs', QUERY],
  ['StartQuery', 'query_logs_batch', QUERY],
  ['GetQueryResults', 'query_logs_batch', QUERY],
  ['GetQueryResults', 'get_query_results', {}],
  ['StopQuery', 'cancel_query', {}],
  ['GetQueryResults', 'get_log_record', { row: 1 }],
  ['GetLogRecord', 'get_log_record', { row: 1 }],
  ['FilterLogEvents', 'filter_log_events', { logGroup: '/shop/checkout' }],
  ['StartQuery', 'analyze_log_group', { logGroup: '/shop/checkout' }],
  ['ListLogAnomalyDetectors', 'analyze_log_group', { logGroup: '/shop/checkout' }],
  ['ListAnomalies', 'analyze_log_group', { logGroup: '/shop/checkout' }],
  ['StartQuery', 'correlate_logs', { ...GROUPS, id: 'req-42' }],
  ['GetQueryResults', 'correlate_logs', { ...GROUPS, id: 'req-42' }],
  ['DescribeQueries', 'recommend_indexes', {}],
  ['DescribeAccountPolicies', 'recommend_indexes', {}],
  ['DescribeIndexPolicies', 'recommend_indexes', { logGroup: '/shop/checkout' }],
  ['DescribeFieldIndexes', 'recommend_indexes', { logGroup: '/shop/checkout' }],
]

const FINE: Readonly<Record<string, Record<string, unknown>>> = {
  DescribeLogGroups: { logGroups: [{ logGroupName: '/shop/checkout' }] },
  GetLogGroupFields: {},
  DescribeLogStreams: {},
  DescribeFieldIndexes: {},
  DescribeIndexPolicies: {},
  DescribeQueryDefinitions: {},
  StartQuery: { queryId: 'query-1' },
  GetQueryResults: { status: 'Complete', results: [[{ field: '@ptr', value: 'p' }]] },
  StopQuery: { success: true },
  GetLogRecord: { logRecord: {} },
  FilterLogEvents: {},
  ListLogAnomalyDetectors: { anomalyDetectors: [{ anomalyDetectorArn: 'd' }] },
  ListAnomalies: {},
  DescribeQueries: {},
  DescribeAccountPolicies: {},
}

describe('a call that AWS refuses', () => {
  let server: RunningServer
  let query = ''
  before(async () => {
    server = await startServer({ CLOUDWATCH_MCP_MAX_ATTEMPTS: '1' })
  })
  after(() => server.close())
  beforeEach(async () => {
    for (const [operation, output] of Object.entries(FINE))
      server.aws.on(operation, () => ({ output }))
    if (query === '') query = /^query: (\S+)$/m.exec(await ask('query_logs', QUERY))?.[1] ?? ''
  })

  const ask = async (name: string, args: Record<string, unknown>) => {
    const { reply } = await post(server.mcp, toolCall(name, args), callerHeaders())
    return textOf(reply)
  }
  const withHandle = (name: string, args: Record<string, unknown>) =>
    /^(get_query_results|cancel_query|get_log_record)$/.test(name) ? { ...args, query } : args

  for (const [action, tool, args] of ACTIONS) {
    it(`makes ${tool} name logs:${action} when the role lacks it`, async () => {
      server.aws.on(action, () => ({
        status: 400,
        type: 'AccessDeniedException',
        message: `User: arn:aws:sts::1:assumed-role/R/s is not authorized to perform: logs:${action} on resource: arn:x because no session policy allows the logs:${action} action`,
      }))
      const text = await ask(tool, withHandle(tool, args))
      expect(text).to.include(
        `The role arn:aws:iam::111122223333:role/CloudWatchSre may not do logs:${action} on arn:x, because no session policy allows it`,
      )
      expect(text).not.to.include('assumed-role/R/s')
    })

    it(`makes ${tool} say "sign in again" when the session ends at ${action}`, async () => {
      server.aws.on(action, () => ({ status: 400, type: 'ExpiredTokenException', message: 'x' }))
      expect(await ask(tool, withHandle(tool, args))).to.include('sign in again')
    })

    it(`makes ${tool} say that ${action} is throttled`, async () => {
      server.aws.on(action, () => ({ status: 400, type: 'ThrottlingException', message: 'x' }))
      expect(await ask(tool, withHandle(tool, args))).to.include('throttling this account')
    })
  }
})
