import type { AlarmAdvice } from '../metric-catalogue/schema.ts'

/** The metric that an alarm is for. */
export type AlarmMetric = Readonly<{
  namespace: string
  metricName: string
  dimensions: ReadonlyArray<Readonly<{ name: string; value: string }>>
  statistic: string
}>

const SIMPLE = ['Average', 'Sum', 'Minimum', 'Maximum', 'SampleCount']

/** Two standard deviations: what CloudWatch itself proposes for a band. */
const BAND_WIDTH = 2

/** The shortest period and the number of periods that keep a band from firing at every wiggle. */
export const BAND_PERIOD_SECONDS = 300
export const BAND_PERIODS = 2

const TOPIC = {
  AlarmTopicArn: { Type: 'String', Description: 'ARN of the SNS topic that is told.' },
}

/**
 * A CloudFormation template with one alarm on a fixed threshold (AWS::CloudWatch::Alarm); the threshold is a parameter
 * without a default where only its owner can choose it.
 */
export function thresholdTemplate(metric: AlarmMetric, advice: AlarmAdvice): string {
  const { threshold } = advice
  const parameters =
    'value' in threshold
      ? TOPIC
      : { Threshold: { Type: 'Number', Description: threshold.choose }, ...TOPIC }
  return templateText(parameters, {
    Alarm: {
      Type: 'AWS::CloudWatch::Alarm',
      Properties: {
        AlarmDescription: advice.why,
        Namespace: metric.namespace,
        MetricName: metric.metricName,
        Dimensions: dimensionsOf(metric),
        ...statisticOf(metric.statistic),
        Period: advice.periodSeconds,
        EvaluationPeriods: advice.evaluationPeriods,
        DatapointsToAlarm: advice.datapointsToAlarm,
        ComparisonOperator: advice.comparison,
        Threshold: 'value' in threshold ? threshold.value : { Ref: 'Threshold' },
        TreatMissingData: advice.missingData,
        AlarmActions: [{ Ref: 'AlarmTopicArn' }],
      },
    },
  })
}

/** A CloudFormation template with an anomaly detector and an alarm on its band. */
export function bandTemplate(metric: AlarmMetric, periodSeconds: number, why: string): string {
  const { namespace, metricName, statistic } = metric
  const Dimensions = dimensionsOf(metric)
  return templateText(TOPIC, {
    Detector: {
      Type: 'AWS::CloudWatch::AnomalyDetector',
      Properties: {
        Namespace: namespace,
        MetricName: metricName,
        Dimensions,
        Stat: statistic,
      },
    },
    Alarm: {
      Type: 'AWS::CloudWatch::Alarm',
      DependsOn: 'Detector',
      Properties: {
        AlarmDescription: why,
        Metrics: [
          {
            Id: 'm1',
            ReturnData: true,
            MetricStat: {
              Metric: { Namespace: namespace, MetricName: metricName, Dimensions },
              Period: periodSeconds,
              Stat: statistic,
            },
          },
          {
            Id: 'band',
            ReturnData: true,
            Expression: `ANOMALY_DETECTION_BAND(m1, ${BAND_WIDTH})`,
          },
        ],
        ThresholdMetricId: 'band',
        ComparisonOperator: 'LessThanLowerOrGreaterThanUpperThreshold',
        EvaluationPeriods: BAND_PERIODS,
        DatapointsToAlarm: BAND_PERIODS,
        TreatMissingData: 'missing',
        AlarmActions: [{ Ref: 'AlarmTopicArn' }],
      },
    },
  })
}

function dimensionsOf({ dimensions }: AlarmMetric): object[] | undefined {
  if (dimensions.length === 0) return undefined
  return dimensions.map(({ name, value }) => ({ Name: name, Value: value }))
}

/** AWS has one property for the five simple statistics and another for the rest. */
function statisticOf(statistic: string): object {
  return SIMPLE.includes(statistic) ? { Statistic: statistic } : { ExtendedStatistic: statistic }
}

/**
 * JSON in ASCII and without a bar: an answer's cells escape bars and leave out invisible characters, which would change
 * what the template says.
 */
function templateText(parameters: object, resources: object): string {
  const template = {
    AWSTemplateFormatVersion: '2010-09-09',
    Parameters: parameters,
    Resources: resources,
  }
  return JSON.stringify(template).replace(
    /[^\x20-\x7b\x7d\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
