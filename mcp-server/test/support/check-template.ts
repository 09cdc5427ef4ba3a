import { UNITS } from '../../src/metric-catalogue/schema.ts'

type Json = Record<string, unknown>

const ALARM_PROPERTIES = [
  'ActionsEnabled',
  'AlarmActions',
  'AlarmDescription',
  'AlarmName',
  'ComparisonOperator',
  'DatapointsToAlarm',
  'Dimensions',
  'EvaluationPeriods',
  'ExtendedStatistic',
  'Metrics',
  'MetricName',
  'Namespace',
  'OKActions',
  'Period',
  'Statistic',
  'Threshold',
  'ThresholdMetricId',
  'TreatMissingData',
  'Unit',
]
const DETECTOR_PROPERTIES = ['Dimensions', 'MetricName', 'Namespace', 'Stat']
const FIXED = [
  'GreaterThanThreshold',
  'GreaterThanOrEqualToThreshold',
  'LessThanThreshold',
  'LessThanOrEqualToThreshold',
]
const BAND = [
  'LessThanLowerOrGreaterThanUpperThreshold',
  'LessThanLowerThreshold',
  'GreaterThanUpperThreshold',
]

/**
 * What is wrong with a CloudFormation template of alarms and anomaly detectors, by the rules of their resource types:
 * known and required properties, their types and values, references that lead somewhere. Empty for a valid one.
 */
export function checkTemplate(template: unknown): string[] {
  if (!isObject(template)) return ['the template is no object']
  const problems: string[] = []
  const need = (holds: boolean, problem: string) => {
    if (!holds) problems.push(problem)
  }
  const parameters = isObject(template.Parameters) ? template.Parameters : {}
  const resources = isObject(template.Resources) ? template.Resources : {}
  need(template.AWSTemplateFormatVersion === '2010-09-09', 'no format version')
  need(Object.keys(resources).length > 0, 'no resources')
  for (const [name, parameter] of Object.entries(parameters)) {
    need(/^[A-Za-z0-9]+$/.test(name), `parameter name ${name}`)
    const known = isObject(parameter) && ['String', 'Number'].includes(String(parameter.Type))
    need(known, `parameter type of ${name}`)
  }
  const declared = [...Object.keys(parameters), ...Object.keys(resources)]
  const used = referencesIn(resources)
  for (const name of used) need(declared.includes(name), `reference to nothing: ${name}`)
  for (const name of Object.keys(parameters)) need(used.includes(name), `unused parameter ${name}`)
  for (const [name, resource] of Object.entries(resources)) {
    need(/^[A-Za-z0-9]+$/.test(name), `resource name ${name}`)
    if (!isObject(resource) || !isObject(resource.Properties)) {
      problems.push(`resource ${name} without properties`)
    } else if (resource.Type === 'AWS::CloudWatch::Alarm') {
      checkAlarm(resource.Properties, need)
    } else if (resource.Type === 'AWS::CloudWatch::AnomalyDetector') {
      checkDetector(resource.Properties, need)
    } else {
      problems.push(`type of ${name}`)
    }
  }
  return problems
}

type Need = (holds: boolean, problem: string) => void

function checkAlarm(alarm: Json, need: Need): void {
  for (const name of Object.keys(alarm)) need(ALARM_PROPERTIES.includes(name), `unknown: ${name}`)
  const evaluation = Number(alarm.EvaluationPeriods)
  need(Number.isInteger(evaluation) && evaluation >= 1, 'EvaluationPeriods')
  const needed = Number(alarm.DatapointsToAlarm ?? evaluation)
  need(Number.isInteger(needed) && needed >= 1 && needed <= evaluation, 'DatapointsToAlarm')
  const missing = String(alarm.TreatMissingData)
  need(['missing', 'notBreaching', 'breaching', 'ignore'].includes(missing), 'TreatMissingData')
  need(String(alarm.AlarmDescription).length <= 1_024, 'AlarmDescription too long')
  need(alarm.Unit === undefined || UNITS.some((unit) => unit === alarm.Unit), 'Unit')
  if (alarm.Metrics === undefined) {
    checkMetric(alarm, need)
    checkStatistic(alarm, need)
    checkPeriod(alarm.Period, need)
    need(FIXED.includes(String(alarm.ComparisonOperator)), 'ComparisonOperator')
    need(typeof alarm.Threshold === 'number' || isObject(alarm.Threshold), 'Threshold')
    need(alarm.ThresholdMetricId === undefined, 'ThresholdMetricId without Metrics')
    return
  }
  for (const name of [
    'MetricName',
    'Namespace',
    'Dimensions',
    'Period',
    'Statistic',
    'Threshold',
  ]) {
    need(alarm[name] === undefined, `${name} beside Metrics`)
  }
  need(BAND.includes(String(alarm.ComparisonOperator)), 'ComparisonOperator of a band')
  const metrics = Array.isArray(alarm.Metrics) ? alarm.Metrics.filter(isObject) : []
  const ids = metrics.map(({ Id }) => String(Id))
  need(new Set(ids).size === ids.length && ids.every((id) => /^[a-z]\w*$/.test(id)), 'Ids')
  const band = metrics.find(({ Id }) => Id === alarm.ThresholdMetricId)
  const of = /^ANOMALY_DETECTION_BAND\((\w+), \d+(\.\d+)?\)$/.exec(String(band?.Expression))?.[1]
  need(of !== undefined && ids.includes(of), 'ThresholdMetricId')
  for (const { MetricStat, Expression, ReturnData } of metrics) {
    need(ReturnData === true, 'ReturnData')
    need((MetricStat === undefined) !== (Expression === undefined), 'MetricStat or Expression')
    if (!isObject(MetricStat)) continue
    need(isObject(MetricStat.Metric), 'MetricStat.Metric')
    if (isObject(MetricStat.Metric)) checkMetric(MetricStat.Metric, need)
    need(typeof MetricStat.Stat === 'string', 'MetricStat.Stat')
    checkPeriod(MetricStat.Period, need)
  }
}

function checkDetector(detector: Json, need: Need): void {
  for (const name of Object.keys(detector)) {
    need(DETECTOR_PROPERTIES.includes(name), `unknown: ${name}`)
  }
  checkMetric(detector, need)
  need(typeof detector.Stat === 'string', 'Stat')
}

function checkMetric(metric: Json, need: Need): void {
  need(typeof metric.Namespace === 'string' && metric.Namespace !== '', 'Namespace')
  need(typeof metric.MetricName === 'string' && metric.MetricName !== '', 'MetricName')
  if (metric.Dimensions === undefined) return
  const dimensions = Array.isArray(metric.Dimensions) ? metric.Dimensions : [undefined]
  for (const dimension of dimensions) {
    const whole =
      isObject(dimension) &&
      Object.keys(dimension).sort().join() === 'Name,Value' &&
      Object.values(dimension).every((text) => typeof text === 'string' && text !== '')
    need(whole, 'Dimensions')
  }
}

function checkStatistic({ Statistic, ExtendedStatistic }: Json, need: Need): void {
  need((Statistic === undefined) !== (ExtendedStatistic === undefined), 'one statistic')
  const simple = ['Average', 'Sum', 'Minimum', 'Maximum', 'SampleCount']
  if (Statistic !== undefined) need(simple.includes(String(Statistic)), 'Statistic')
  else need(/^(p|tm|tc|ts|wm)\d|^IQM$|^[A-Z]{2}\(/.test(String(ExtendedStatistic)), 'Extended')
}

function checkPeriod(period: unknown, need: Need): void {
  const seconds = Number(period)
  need([10, 20, 30].includes(seconds) || (seconds >= 60 && seconds % 60 === 0), 'Period')
}

function referencesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn)
  if (!isObject(value)) return []
  if (typeof value.Ref === 'string') return [value.Ref]
  return Object.values(value).flatMap(referencesIn)
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
