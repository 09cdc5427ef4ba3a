import { DescribeAlarmsForMetricCommand } from '@aws-sdk/client-cloudwatch'
import { z } from 'zod'
import { numberText } from '../answer/value-text.ts'
import type { Analysis } from '../metric-analysis/analyze-series.ts'
import { adviceFor, findMetric } from '../metric-catalogue/catalogue.ts'
import type { AlarmAdvice } from '../metric-catalogue/schema.ts'
import { adviceText, setText } from './advice-text.ts'
import {
  type AlarmMetric,
  BAND_PERIOD_SECONDS,
  BAND_PERIODS,
  bandTemplate,
  thresholdTemplate,
} from './alarm-template.ts'
import { alarmsOf, thresholdText } from './alarm-text.ts'
import { seasonText } from './analysis-text.ts'
import { defineTool, type ToolContext } from './define-tool.ts'
import { dimensionsText, toDimensions } from './metric-dimensions.ts'
import { OneMetric, type OneMetricInput, readHistory, statisticFor } from './metric-history.ts'
import { orNote } from './or-note.ts'

export const recommendAlarms = defineTool({
  name: 'recommend_alarms',
  title: 'Recommend alarms',
  description:
    'Which CloudWatch alarms fit one metric: published advice for metrics of AWS services, else a band of anomaly detection where the metric repeats itself, else how to choose a threshold from its last 14 days. ' +
    'Each with a CloudFormation template; nothing is created. Tells which alarms are there already.',
  input: z.strictObject(OneMetric),
  run: async (input, context) => {
    const dimensions = input.dimensions ?? []
    const doc = findMetric(input.namespace, input.metricName)
    const names = dimensions.map(({ name }) => name)
    const advice = doc === undefined ? [] : adviceFor(doc, names)
    // A number that fits everyone needs no look at this metric's own course.
    const open = advice.length === 0 || advice.some(({ threshold }) => 'choose' in threshold)
    const [existing, history] = await Promise.all([
      orNote(context, 'the alarms that exist', existingAlarms(input, context)),
      open
        ? orNote(context, 'the last 14 days', readHistory(input, context))
        : { value: undefined, notes: [] },
    ])
    const analysis = history.value?.analysis
    const rows = [
      ...advice.map((one) => adviceRow(input, one)),
      ...(open ? bandRows(input, analysis) : []),
      ...(advice.length === 0 ? ownThresholdRows(input, analysis) : []),
    ]
    const of = dimensionsText(toDimensions(dimensions))
    return {
      summary: summaryOf(input.metricName, rows.length, advice.length),
      facts: [
        ['metric', `${input.namespace} ${input.metricName}${of === '' ? '' : ` ${of}`}`],
        ...(analysis === undefined ? [] : [['last 14 days', usualText(input, analysis)] as const]),
      ],
      table: { columns: ['kind', 'alarm', 'cloudformation'], rows },
      notes: [
        ...existing.notes,
        ...history.notes,
        ...(history.value?.notes ?? []),
        ...(existing.value ?? []),
        ...(advice.length === 0 && doc !== undefined && doc.alarms.length > 0
          ? [
              `There is published advice for ${[...new Set(doc.alarms.map((one) => setText(one.dimensions)))].join(', ')}, and none for ${setText(names)}: give exactly those dimensions.`,
            ]
          : []),
        ...(open && history.value !== undefined && analysis === undefined
          ? ['The metric has no points in the last 14 days: check its dimensions and the region.']
          : []),
      ],
      narrow: 'ask for one statistic',
    }
  },
})

function summaryOf(metricName: string, rows: number, published: number): string {
  if (rows === 0) return `There is no advice for ${metricName}.`
  const count = `${rows} ${rows === 1 ? 'alarm' : 'alarms'} for ${metricName}`
  return `${count}, ${published === 0 ? 'none of them from published advice' : `${published} from published advice`}.`
}

function metricOf(input: OneMetricInput, statistic: string): AlarmMetric {
  const { namespace, metricName, dimensions = [] } = input
  return { namespace, metricName, dimensions, statistic }
}

function adviceRow(input: OneMetricInput, advice: AlarmAdvice): string[] {
  // Advice is for one statistic; another one that was asked for would need another threshold.
  const metric = metricOf(input, advice.statistic)
  return ['published advice', adviceText(advice), thresholdTemplate(metric, advice)]
}

/** A metric that repeats itself can be watched by what is usual at this time of day or week. */
function bandRows(input: OneMetricInput, analysis: Analysis | undefined): string[][] {
  const season = analysis?.season
  if (analysis === undefined || season === undefined) return []
  const published = analysis.publishing.periodSeconds ?? BAND_PERIOD_SECONDS
  const period = Math.max(BAND_PERIOD_SECONDS, Math.ceil(published / 60) * 60)
  const statistic = statisticFor(input)
  const why = `${input.metricName} ${seasonText(season)}; this alarm tells values that are unusual for the time.`
  const alarm = `${statistic} outside the band (width 2) for ${BAND_PERIODS} of ${BAND_PERIODS} periods of ${period} s, missing data missing. Why: ${why}`
  return [['anomaly detection', alarm, bandTemplate(metricOf(input, statistic), period, why)]]
}

/** Without advice and without a cycle, what is left is a threshold beyond the usual, which its owner chooses. */
function ownThresholdRows(input: OneMetricInput, analysis: Analysis | undefined): string[][] {
  if (analysis === undefined || analysis.season !== undefined) return []
  const published = analysis.publishing.periodSeconds ?? 60
  const periodSeconds = Math.min(86_400, Math.max(60, Math.ceil(published / 60) * 60))
  const advice: AlarmAdvice = {
    dimensions: (input.dimensions ?? []).map(({ name }) => name),
    statistic: statisticFor(input),
    comparison: 'GreaterThanThreshold',
    threshold: {
      choose: `A value that is worth a look: in the last 14 days p99 was ${numberText(analysis.values.p99)} and the highest ${numberText(analysis.values.max)}.`,
    },
    periodSeconds,
    evaluationPeriods: 3,
    datapointsToAlarm: 3,
    missingData: 'missing',
    why: `${input.metricName} is higher than it usually is.`,
  }
  return [
    [
      'own threshold',
      adviceText(advice),
      thresholdTemplate(metricOf(input, advice.statistic), advice),
    ],
  ]
}

function usualText(input: OneMetricInput, { values, season }: Analysis): string {
  const cycle = season === undefined ? 'no cycle' : seasonText(season)
  return `${statisticFor(input)} per minute: median ${numberText(values.median)}, p99 ${numberText(values.p99)}, highest ${numberText(values.max)}; ${cycle}`
}

/** The alarms on exactly this metric, a sentence for all of them. */
async function existingAlarms(
  { namespace, metricName, dimensions }: OneMetricInput,
  { cloudwatch, signal }: ToolContext,
): Promise<string[]> {
  const command = new DescribeAlarmsForMetricCommand({
    Namespace: namespace,
    MetricName: metricName,
    Dimensions: dimensions === undefined ? undefined : toDimensions(dimensions),
  })
  const alarms = alarmsOf(await cloudwatch.send(command, { abortSignal: signal }))
  if (alarms.length === 0) return ['No alarm watches exactly this metric now.']
  const shown = alarms.slice(0, 5).map((one) => {
    const statistic =
      one.type === 'metric' ? (one.alarm.Statistic ?? one.alarm.ExtendedStatistic) : ''
    return `${one.alarm.AlarmName} (${statistic ?? ''} ${thresholdText(one)})`
  })
  return [
    `Already there: ${shown.join('; ')}${alarms.length > 5 ? `; and ${alarms.length - 5} more` : ''}.`,
  ]
}
