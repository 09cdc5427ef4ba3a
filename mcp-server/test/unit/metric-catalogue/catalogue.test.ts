import { StandardUnit } from '@aws-sdk/client-cloudwatch'
import { expect } from 'chai'
import {
  adviceFor,
  CATALOGUE,
  dimensionSets,
  findMetric,
  findNamespace,
} from '../../../src/metric-catalogue/catalogue.ts'
import { NamespaceDocSchema, UNITS } from '../../../src/metric-catalogue/schema.ts'

const ALL = CATALOGUE.flatMap((namespace) =>
  namespace.metrics.map((metric) => ({
    namespace,
    metric,
    at: `${namespace.namespace} ${metric.name}`,
  })),
)
const ADVICE = ALL.flatMap(({ namespace, metric, at }) =>
  metric.alarms.map((advice) => ({ namespace, metric, advice, at })),
)
const sorted = (names: readonly string[]) => [...names].sort()

describe('the metric catalogue', () => {
  for (const namespace of CATALOGUE) {
    it(`follows its schema in ${namespace.namespace} (${namespace.metrics.length} metrics)`, () => {
      const parsed = NamespaceDocSchema.safeParse(namespace)
      expect(parsed.error?.issues ?? []).to.deep.equal([])
    })
  }

  it('names every namespace and every metric once', () => {
    const names = ALL.map(({ at }) => at)
    expect(new Set(names).size).to.equal(names.length)
    expect(new Set(CATALOGUE.map(({ namespace }) => namespace)).size).to.equal(CATALOGUE.length)
  })

  it('covers the common services', () => {
    const wanted =
      'AWS/Lambda AWS/EC2 AWS/EBS AWS/RDS AWS/DynamoDB AWS/SQS AWS/SNS AWS/S3 AWS/ApiGateway AWS/ApplicationELB AWS/NetworkELB AWS/ECS ECS/ContainerInsights ContainerInsights AWS/Kinesis AWS/States AWS/CloudFront AWS/ElastiCache AWS/ES AWS/NATGateway AWS/Bedrock AWS/Route53 AWS/Events AWS/Firehose AWS/EFS AWS/Redshift AWS/Cognito CWAgent'
    const have = CATALOGUE.map(({ namespace }) => namespace)
    expect(wanted.split(' ').filter((name) => !have.includes(name))).to.deep.equal([])
    expect(ALL.length).to.be.at.least(300)
    console.log(
      `      ${CATALOGUE.length} namespaces, ${ALL.length} metrics, ${ADVICE.length} alarms`,
    )
  })

  it('uses the units of CloudWatch only', () => {
    expect(sorted(UNITS)).to.deep.equal(sorted(Object.values(StandardUnit)))
  })

  it('names every set of dimensions of a namespace or metric once', () => {
    for (const { namespace, metric, at } of ALL) {
      for (const sets of [namespace.dimensions, metric.dimensions ?? []]) {
        const written = sets.map((set) => sorted(set).join(' '))
        expect(new Set(written).size, at).to.equal(written.length)
      }
    }
  })

  it('knows dimensions that differ from those of the namespace', () => {
    const ebs = findNamespace('AWS/EBS')
    const credits = findMetric('AWS/EBS', 'FastSnapshotRestoreCreditsBalance')
    if (ebs === undefined || credits === undefined) throw new Error('not described')
    expect(dimensionSets(ebs, credits)).to.deep.equal([
      ['SnapshotId'],
      ['SnapshotId', 'AvailabilityZone'],
    ])
  })

  it('gives advice only for dimensions that the metric is published with', () => {
    for (const { namespace, metric, advice, at } of ADVICE) {
      const have = dimensionSets(namespace, metric).map((set) => sorted(set).join(' '))
      expect(have, at).to.include(sorted(advice.dimensions).join(' '))
    }
  })

  it('gives advice that can fire: a number or words on how to find one, and enough data', () => {
    for (const { advice, at } of ADVICE) {
      const { threshold, evaluationPeriods, datapointsToAlarm, periodSeconds } = advice
      if ('value' in threshold) expect(Number.isFinite(threshold.value), at).to.equal(true)
      else expect(threshold.choose.length, at).to.be.above(10)
      expect(datapointsToAlarm, at).to.be.at.most(evaluationPeriods)
      // CloudWatch looks back a day at most for periods up to an hour, and a week for longer ones.
      const most = periodSeconds > 3_600 ? 604_800 : 86_400
      expect(evaluationPeriods * periodSeconds, at).to.be.at.most(most)
    }
  })

  it('gives percentages thresholds between 0 and 100', () => {
    for (const { metric, advice, at } of ADVICE) {
      if (metric.unit !== 'Percent' || !('value' in advice.threshold)) continue
      expect(advice.threshold.value, at).to.be.within(0, 100)
    }
  })

  it('writes sentences', () => {
    for (const { metric, at } of ALL) expect(metric.meaning, at).to.match(/^[\p{Lu}\d].*\.$/u)
    for (const { advice, at } of ADVICE) {
      expect(advice.why, at).to.match(/^[\p{Lu}\d].*\.$/u)
      if ('choose' in advice.threshold) {
        expect(advice.threshold.choose, at).to.match(/^[\p{Lu}\d].*\.$/u)
      }
    }
  })
})

describe('looking things up in the metric catalogue', () => {
  it('finds a metric by namespace and name, case and all', () => {
    expect(findMetric('AWS/Lambda', 'Errors')?.unit).to.equal('Count')
    expect(findMetric('AWS/Lambda', 'errors')).to.equal(undefined)
    expect(findMetric('AWS/Nothing', 'Errors')).to.equal(undefined)
    expect(findNamespace('AWS/SQS')?.service).to.equal('SQS queues')
  })

  it('gives advice for exactly the dimensions of a metric, in any order', () => {
    const metric = findMetric('AWS/ECS', 'CPUUtilization')
    if (metric === undefined) throw new Error('no such metric')
    expect(adviceFor(metric, ['ServiceName', 'ClusterName'])).to.have.length(1)
    expect(adviceFor(metric, ['ClusterName'])).to.have.length(0)
    expect(adviceFor(metric, ['ServiceName', 'ClusterName', 'TaskId'])).to.have.length(0)
  })
})
