// AWS at its smallest: the same answer for the same operation, from a process of its own, so that its cost is not
// counted. Checks nothing. Sends its port to the parent.
import { createServer } from 'node:http'

const START = Date.parse('2026-01-01T00:00:00Z') / 1_000
const points = Array.from({ length: 60 }, (_, at) => at)

const ANSWERS = {
  DescribeAlarms: {
    MetricAlarms: Array.from({ length: 10 }, (_, at) => ({
      AlarmName: `alarm-${at}`,
      StateValue: 'OK',
      StateReason: 'Threshold Crossed: no datapoints were greater than the threshold (5.0).',
      StateUpdatedTimestamp: START,
      Namespace: 'Shop/Checkout',
      MetricName: 'Errors',
      Dimensions: [{ Name: 'Service', Value: 'checkout' }],
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 3,
      Threshold: 5,
      ComparisonOperator: 'GreaterThanThreshold',
    })),
  },
  GetMetricData: {
    MetricDataResults: [
      {
        Id: 'm1',
        Label: 'Errors',
        Timestamps: points.map((at) => START + at * 60),
        Values: points.map((at) => (at * 7) % 11),
        StatusCode: 'Complete',
      },
    ],
  },
}
const BODIES = new Map(
  Object.entries(ANSWERS).map(([operation, answer]) => [operation, JSON.stringify(answer)]),
)

const server = createServer((req, res) => {
  const target = String(req.headers['x-amz-target'])
  const body = BODIES.get(target.slice(target.indexOf('.') + 1))
  req.resume()
  req.once('end', () => {
    res.writeHead(body === undefined ? 400 : 200, { 'content-type': 'application/x-amz-json-1.0' })
    res.end(body ?? '{"__type":"UnknownOperationException"}')
  })
})
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
