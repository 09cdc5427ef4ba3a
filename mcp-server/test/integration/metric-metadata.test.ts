import { expect } from 'chai'
import { askTool } from '../support/ask-tool.ts'
import { callerHeaders } from '../support/caller-headers.ts'
import { type RunningServer, startServer } from '../support/running-server.ts'

describe('get_metric_metadata', () => {
  let server: RunningServer
  const ask = askTool(() => server)
  before(async () => {
    server = await startServer()
  })
  after(async () => {
    expect(server.aws.calls).to.have.length(0)
    await server.close()
  })

  it('explains a metric with unit, statistics, dimensions and alarm advice', async () => {
    const { text } = await ask('get_metric_metadata', {
      namespace: 'AWS/Lambda',
      metricName: 'DeadLetterErrors',
    })
    expect(text).to.match(/^DeadLetterErrors of AWS\/Lambda \(AWS Lambda functions\)\.$/m)
    expect(text).to.include('unit | Count').and.to.include('statistics | Sum')
    expect(text).to.include('dimensions | FunctionName; FunctionName+Resource;')
    expect(text).to.include(
      'alarm on FunctionName | Sum > 0 for 1 of 1 periods of 60 s, missing data notBreaching.',
    )
    expect(text).not.to.include('region:')
  })

  it('says how to choose a threshold in place of making one up', async () => {
    const { text } = await ask('get_metric_metadata', {
      namespace: 'AWS/SQS',
      metricName: 'ApproximateAgeOfOldestMessage',
    })
    expect(text).to.include('Maximum >= (choose) for 15 of 15')
    expect(text).to.include('Choose: The delay that the work may have')
  })

  it('lists the metrics of a namespace, and the namespaces', async () => {
    const metrics = await ask('get_metric_metadata', { namespace: 'AWS/SQS' })
    expect(metrics.text).to.include('AWS/SQS (SQS queues): 11 metrics.')
    expect(metrics.text).to.include('NumberOfEmptyReceives | Count | Sum | - | ')
    const namespaces = await ask('get_metric_metadata')
    expect(namespaces.text).to.include('ContainerInsights | Container Insights for EKS')
    expect(namespaces.text).to.match(/^28 namespaces with \d{3} metrics/)
  })

  it('finds a metric without its namespace', async () => {
    const { text } = await ask('get_metric_metadata', { metricName: 'CPUUtilization' })
    for (const namespace of ['AWS/EC2', 'AWS/RDS', 'AWS/ECS', 'AWS/Redshift']) {
      expect(text).to.include(`\n${namespace} | Percent | `)
    }
  })

  for (const [title, args, words] of [
    ['a misspelled namespace', { namespace: 'lambda' }, 'Did you mean AWS/Lambda?'],
    [
      'a misspelled metric',
      { namespace: 'AWS/Lambda', metricName: 'errors' },
      'Did you mean Errors',
    ],
    ['a name alone', { metricName: 'cpuutilization' }, 'Did you mean CPUUtilization'],
    [
      'a metric of another namespace',
      { namespace: 'AWS/Lambda', metricName: 'FreeableMemory' },
      'There is a FreeableMemory in AWS/ElastiCache, AWS/RDS.',
    ],
    ['a metric of one’s own', { namespace: 'Shop/Checkout' }, 'list_metrics shows which exist'],
  ] as const) {
    it(`has an answer for ${title}`, async () => {
      const { text, isError } = await ask('get_metric_metadata', args)
      expect(isError).to.equal(false)
      expect(text).to.include(words)
    })
  }

  it('advises only tools that the caller may use', async () => {
    const few = callerHeaders({ 'x-mcp-tools': 'get_metric_metadata' })
    for (const args of [{ namespace: 'x' }, { namespace: 'AWS/RDS', metricName: 'ReadLatency' }]) {
      const { text } = await ask('get_metric_metadata', args, few)
      expect(text).not.to.match(/list_metrics|recommend_alarms/)
    }
  })
})
