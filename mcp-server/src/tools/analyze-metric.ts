import { z } from 'zod'
import { analysisRows, seasonText, trendText } from './analysis-text.ts'
import { defineTool, type ToolContext } from './define-tool.ts'
import { dimensionsText, toDimensions } from './metric-dimensions.ts'
import { missingMetricNote } from './metric-fetch.ts'
import { OneMetric, readHistory, statisticFor } from './metric-history.ts'
import { rangeText } from './time-range.ts'

export const analyzeMetric = defineTool({
  name: 'analyze_metric',
  title: 'Analyze a metric',
  description:
    'How one CloudWatch metric has behaved over the last 14 days: trend, daily, weekly and shorter cycles, how regularly it is published, spread and extremes. ' +
    'Use it before choosing a threshold, or to tell an unusual value from a usual one.',
  input: z.strictObject(OneMetric),
  run: async (input, context) => {
    const { range, analysis, notes } = await readHistory(input, context)
    const statistic = statisticFor(input)
    const of = dimensionsText(toDimensions(input.dimensions ?? []))
    const name = `${input.namespace} ${input.metricName}${of === '' ? '' : ` ${of}`}`
    const facts = [
      ['metric', name],
      ['statistic', `${statistic} per minute`],
      ['range', rangeText(range)],
    ] as const
    if (analysis === undefined) {
      return {
        summary: `${input.metricName} has no points in the last 14 days.`,
        facts,
        notes: [...notes, missingMetricNote('The metric', context.mayUse('list_metrics'))],
      }
    }
    const season = analysis.season === undefined ? 'no cycle' : seasonText(analysis.season)
    return {
      summary: `${input.metricName}: ${season}, trend ${trendText(analysis)}.`,
      facts,
      table: { columns: ['what', 'value'], rows: analysisRows(analysis) },
      notes: [...notes, ...nextSteps(context)],
    }
  },
})

function nextSteps({ mayUse }: Pick<ToolContext, 'mayUse'>): string[] {
  return mayUse('recommend_alarms') ? ['recommend_alarms writes an alarm that fits this.'] : []
}
