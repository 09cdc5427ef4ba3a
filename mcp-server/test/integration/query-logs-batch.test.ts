import { expect } from 'chai'
import { callerHeaders } from '../support/caller-headers.ts'
import { gate } from '../support/fake-aws.ts'
import { post, textOf, toolCall } from '../support/rpc.ts'
import { type RunningServer, startServer } from '../support/running-server.ts'

const row = (fields: Record<string, string>) =>
  Object.entries(fields).map(([field, value]) => ({ field, value }))
const BOTH = callerHeaders({ 'x-aws-regions': 'us-east-1,eu-west-1' })
const groups = (count: number) => Array.from({ length: count }, (_, at) => `/group/${at}`)

describe('query_logs_batch', () => {
  let server: RunningServer
  beforeEach(async () => {
    server = await startServer({ CLOUDWATCH_MCP_QUERY_DEADLINE_MS: '2500' })
    server.aws.on('DescribeLogGroups', ({ logGroupIdentifiers }) => ({
      output: { logGroups: [logGroupIdentifiers].flat().map((name) => ({ logGroupName: name })) },
    }))
    // The query id says what was asked and where, so that the results can.
    server.aws.on('StartQuery', ({ logGroupNames, logGroupIdentifiers }, { region }) => {
      const names = [logGroupNames ?? logGroupIdentifiers].flat()
      const first = String(names[0]).replace(/\W/g, '-')
      return { output: { queryId: `${region}_${first}_${names.length}` } }
    })
    server.aws.on('StopQuery', () => ({ output: { success: true } }))
    results((id) => [row({ count: '1', id })])
  })
  afterEach(() => server.close())

  const results = (rowsOf: (queryId: string) => unknown[]) =>
    server.aws.on('GetQueryResults', ({ queryId }) => ({
      output: {
        status: 'Complete',
        results: rowsOf(String(queryId)),
        statistics: { bytesScanned: 1_024 ** 3 },
      },
    }))
  const ask = async (args: Record<string, unknown>, headers = BOTH) => {
    const call = toolCall('query_logs_batch', { query: 'stats count(*) as count', ...args })
    const { reply } = await post(server.mcp, call, headers)
    return { text: textOf(reply), isError: reply.result?.isError === true }
  }
  const stopped = () => server.aws.callsOf('StopQuery').map(({ input }) => input.queryId)
  const started = () => server.aws.callsOf('StartQuery').length

  it('asks each log group in each region by itself, and says that nothing is added up', async () => {
    const { text, isError } = await ask({
      logGroups: ['/a', '/b'],
      regions: ['us-east-1', 'eu-west-1'],
    })
    expect(isError).to.equal(false)
    expect(text).to.match(/^4 of 4 queries are complete: 4 rows in all\./)
    expect(text).to.include('_region | _logGroup | count | id')
    for (const line of [
      'us-east-1 | /a | 1 | us-east-1_-a_1',
      'eu-west-1 | /b | 1 | eu-west-1_-b_1',
    ]) {
      expect(text).to.include(line)
    }
    expect(text).to.include('averages, percentiles and distinct counts of several rows must not be')
    expect(text).to.include('regions: us-east-1, eu-west-1').and.to.include('scanned: 4 GB')
    expect(text).to.include('account: 111122223333').and.not.to.include('\nregion: ')
    for (const { region, input } of server.aws.callsOf('StartQuery')) {
      expect(['us-east-1', 'eu-west-1']).to.include(region)
      expect(input.limit).to.equal(50)
    }
    expect(stopped()).to.deep.equal([])
  })

  it('takes an ARN to its own region only', async () => {
    const arn = 'arn:aws:logs:eu-west-1:444455556666:log-group:/linked'
    server.aws.on('DescribeLogGroups', () => ({
      output: { logGroups: [{ logGroupName: '/linked' }] },
    }))
    const { text } = await ask({ logGroups: [arn] })
    expect(text).to.include('eu-west-1 | /linked | 1')
    const { region, input } = await server.aws.called('StartQuery')
    expect(region).to.equal('eu-west-1')
    expect(input.logGroupIdentifiers).to.deep.equal([arn])
  })

  it('refuses a region outside the list before it asks AWS', async () => {
    for (const args of [
      { logGroups: ['/a'], regions: ['us-east-1', 'ap-south-1'] },
      { logGroups: ['arn:aws:logs:ap-south-1:444455556666:log-group:/a'] },
    ]) {
      const { text, isError } = await ask(args)
      expect(isError).to.equal(true)
      expect(text).to.include('The region "ap-south-1" is not among')
    }
    // Not even in the regions that may be named: nobody would await those calls.
    expect(server.aws.calls).to.have.length(0)
  })

  it('takes chunks of 50 when there are many, at most five at a time in a region', async () => {
    let running = 0
    let most = 0
    server.aws.on('StartQuery', ({ logGroupNames }, { region }) => {
      running += 1
      most = Math.max(most, running)
      const names = [logGroupNames].flat()
      return {
        output: { queryId: `${region}_${String(names[0]).replace(/\W/g, '-')}_${names.length}` },
      }
    })
    server.aws.on('GetQueryResults', ({ queryId }) => {
      running -= 1
      return { output: { status: 'Complete', results: [row({ id: String(queryId) })] } }
    })
    const { text } = await ask({ logGroups: groups(320) })
    expect(text).to.match(/^7 of 7 queries are complete/)
    expect(text).to.include('us-east-1 | /group/0 and 49 more | us-east-1_-group-0_50')
    expect(text).to.include('/group/300 and 19 more')
    expect(most).to.be.at.most(5)
    // 50 at a time too.
    expect(server.aws.callsOf('DescribeLogGroups')).to.have.length(7)
  })

  it('leaves out log groups that are not there, and names them', async () => {
    server.aws.on('DescribeLogGroups', (_input, { region }) => ({
      output: { logGroups: region === 'us-east-1' ? [{ logGroupName: '/a' }] : [] },
    }))
    const { text } = await ask({ logGroups: ['/a'], regions: ['us-east-1', 'eu-west-1'] })
    expect(text).to.include('Not there, so not queried: eu-west-1 /a.')
    expect(started()).to.equal(1)
  })

  it('puts events in one order of time', async () => {
    results((id) => [
      row({
        '@timestamp': id.includes('-a_') ? '2026-01-01 10:00:02' : '2026-01-01 10:00:01',
        '@message': id,
        '@ptr': 'p',
      }),
      row({ '@timestamp': '2026-01-01 10:00:00', '@message': `${id} early`, '@ptr': 'p' }),
    ])
    const query = 'fields @timestamp, @message | sort @timestamp'
    const newest = await ask({ query: `${query} desc`, logGroups: ['/b', '/a'] })
    const oldest = await ask({ query: `${query} asc`, logGroups: ['/b', '/a'] })
    const times = (text: string) => [...text.matchAll(/10:00:0(\d)/g)].map((match) => match[1])
    expect(times(newest.text)).to.deep.equal(['2', '1', '0', '0'])
    expect(times(oldest.text)).to.deep.equal(['0', '0', '1', '2'])
    expect(newest.text).not.to.include('sums up').and.not.to.include('@ptr')
  })

  it('goes on when one part fails, and tells which and why', async () => {
    server.aws.on('StartQuery', ({ logGroupNames }) =>
      [logGroupNames].flat()[0] === '/secret'
        ? {
            status: 400,
            type: 'AccessDeniedException',
            message:
              'not authorized to perform: logs:StartQuery on resource: x because no session policy allows it',
          }
        : { output: { queryId: 'fine' } },
    )
    const { text, isError } = await ask({ logGroups: ['/a', '/secret'] })
    expect(isError).to.equal(false)
    expect(text).to.match(/^1 of 2 queries are complete: 1 row in all\./)
    expect(text).to.match(
      /Failed: us-east-1 \/secret: .*may not do logs:StartQuery on x, because no session policy allows it/,
    )
  })

  it('is a failure when every part fails, with each reason once', async () => {
    server.aws.on('StartQuery', () => ({
      status: 400,
      type: 'MalformedQueryException',
      message: 'unexpected symbol',
    }))
    const { text, isError } = await ask({ logGroups: ['/a', '/b', '/c'] })
    expect(isError).to.equal(true)
    expect(text.match(/unexpected symbol/g)).to.have.length(1)
  })

  it('is a failure, and no query, when none of the log groups exists', async () => {
    server.aws.on('DescribeLogGroups', () => ({ output: { logGroups: [] } }))
    const { text, isError } = await ask({ logGroups: ['/a', '/b'] })
    expect(isError).to.equal(true)
    expect(text).to.include('None of these log groups exists there: us-east-1 /a, us-east-1 /b.')
    expect(text).to.include('list_log_groups')
    expect(started()).to.equal(0)
  })

  it('stops everything at the deadline, and tells what is incomplete', async () => {
    server.aws.on('GetQueryResults', ({ queryId }) => ({
      output: { status: 'Running', results: [row({ id: String(queryId) })] },
    }))
    const { text, isError } = await ask({ logGroups: groups(7) })
    expect(isError).to.equal(false)
    expect(text).to.match(/^0 of 7 queries are complete: 5 rows in all\./)
    expect(text).to.include('Stopped after 2.5 s, so incomplete: us-east-1 /group/0')
    expect(text).to.match(/Failed: us-east-1 \/group\/5, us-east-1 \/group\/6: not begun/)
    expect(stopped()).to.have.length(5)
    expect(new Set(stopped()).size).to.equal(5)
  })

  it('stops every query that runs when its caller goes, also one that is starting', async () => {
    const slow = gate()
    const polled = gate()
    let starts = 0
    server.aws.on('StartQuery', async (_input, { region }) => {
      starts += 1
      const at = starts
      if (at === 5) {
        await polled.opened
        await slow.opened
      }
      return { output: { queryId: `${region}_${at}` } }
    })
    server.aws.on('GetQueryResults', async () => {
      polled.open()
      await new Promise(() => {})
      return { output: {} }
    })
    const client = new AbortController()
    const call = toolCall('query_logs_batch', { query: 'stats count(*)', logGroups: groups(8) })
    const answer = post(server.mcp, call, BOTH, client.signal).catch((error: Error) => error.name)
    await polled.opened
    client.abort()
    expect(await answer).to.equal('AbortError')
    slow.open()
    await server.drain()
    expect(starts).to.equal(5)
    expect([...stopped()].sort()).to.deep.equal([1, 2, 3, 4, 5].map((at) => `us-east-1_${at}`))
    expect(server.toolRecords()[0]).to.include({ outcome: 'cancelled' })
  })

  it('holds the cost of all parts together against the limit', async () => {
    server.aws.on('DescribeLogGroups', ({ logGroupIdentifiers }) => ({
      output: {
        logGroups: [logGroupIdentifiers].flat().map((name) => ({
          logGroupName: name,
          storedBytes: 150 * 1_024 ** 3,
          retentionInDays: 1,
          creationTime: 0,
        })),
      },
    }))
    const one = await ask({ logGroups: ['/a'], start: '-1d' })
    expect(one.isError).to.equal(false)
    const calls = started()
    const two = await ask({ logGroups: ['/a'], start: '-1d', regions: ['us-east-1', 'eu-west-1'] })
    expect(two.isError).to.equal(true)
    expect(two.text).to.include('cost about $1.50; the limit is $1.')
    expect(started()).to.equal(calls)
  })

  it('tells its progress', async () => {
    const call = toolCall(
      'query_logs_batch',
      { query: 'stats count(*)', logGroups: ['/a', '/b'] },
      { progressToken: 'p' },
    )
    const { messages } = await post(server.mcp, call, BOTH)
    const told = messages.flatMap(({ method, params }) =>
      method === 'notifications/progress' ? String(params?.message) : [],
    )
    expect(told).to.deep.equal(['1 of 2 queries ended', '2 of 2 queries ended'])
  })
})
