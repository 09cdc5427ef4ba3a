import { z } from 'zod'
import type { Answer } from '../answer/answer.ts'
import type { PromqlRequest } from '../promql-client.ts'
import { defineTool } from './define-tool.ts'
import { labelsText } from './promql-result.ts'
import { checkRange, promqlTime } from './promql-time.ts'
import { rangeText, resolveRange, TIME_FORMS } from './time-range.ts'
import { ToolProblem } from './tool-problem.ts'

const Names = z.array(z.string())
const SeriesList = z.array(z.record(z.string(), z.string()))

/** What CloudWatch gives at most, and a warning with it. */
const MOST_RESULTS = 10_000

export const promqlLabels = defineTool({
  name: 'promql_labels',
  title: 'Find PromQL labels',
  description:
    'Find what PromQL can ask for: label names, the values of one label (label __name__ gives the metrics), or the series that selectors match. Use it before query_promql.',
  input: z.strictObject({
    list: z
      .enum(['labels', 'values', 'series'])
      .default('labels')
      .describe(
        'labels: names. values: those of label. series: those that match, which is needed and names the metric.',
      ),
    label: z.string().min(1).max(1_024).optional().describe('With values: the label.'),
    match: z
      .array(z.string().min(1).max(4_096))
      .min(1)
      .max(10)
      .optional()
      .describe(
        'Selectors; a series counts when one of them matches. Such as {"http.server.requests"}.',
      ),
    start: z.coerce.string().max(64).optional().describe(`${TIME_FORMS}. Default: -1h.`),
    end: z.coerce.string().max(64).optional().describe('Default: now.'),
    contains: z
      .string()
      .min(1)
      .max(255)
      .optional()
      .describe('Only results with this text, in any case.'),
    limit: z.int().min(1).max(MOST_RESULTS).default(500).describe('Most results to ask for.'),
  }),
  run: async ({ list, label, match, start, end, contains, limit }, context) => {
    const range = resolveRange({ start, end }, context.now)
    checkRange(range)
    const request = requestFor(list, label, match, {
      start: promqlTime(range.start),
      end: promqlTime(range.end),
      limit: String(limit),
    })
    const { data, warnings } = await context.promql(request, context.signal)
    const found = list === 'series' ? seriesTexts(data) : Names.safeParse(data).data
    if (found === undefined) {
      throw new ToolProblem('CloudWatch answered in a form that is not known here.')
    }
    const needle = contains?.toLowerCase()
    const shown = found.filter(
      (text) => needle === undefined || text.toLowerCase().includes(needle),
    )
    return {
      ...answerFor(list, label, shown, contains),
      facts: [['range', rangeText(range)]],
      notes: [
        ...warnings.slice(0, 5).map((warning) => `CloudWatch warns: ${warning}`),
        ...(found.length >= limit ? [`The limit of ${limit} is reached: there may be more.`] : []),
        ...(found.length === 0
          ? [
              'Nothing was found: metrics come by OpenTelemetry or, for AWS services, where OTel enrichment is on; they belong to one region and account. Try a longer range and fewer selectors.',
            ]
          : shown.length === 0
            ? [`${found.length} results are there without contains.`]
            : []),
      ],
    }
  },
})

function requestFor(
  list: 'labels' | 'values' | 'series',
  label: string | undefined,
  match: string[] | undefined,
  rest: Readonly<Record<string, string>>,
): PromqlRequest {
  if ((list === 'values') !== (label !== undefined)) {
    throw new ToolProblem('label goes with list "values", and that needs it.')
  }
  // Given several times and never joined: a selector has commas of its own.
  const query = { ...rest, ...(match !== undefined && { 'match[]': match }) }
  if (list === 'series') {
    if (match === undefined)
      throw new ToolProblem('list "series" needs match: one selector or more.')
    return { operation: 'GetSeries', path: 'series', query }
  }
  if (label === undefined) return { operation: 'GetLabels', path: 'labels', query }
  return { operation: 'GetLabels', path: `label/${encodeURIComponent(label)}/values`, query }
}

function seriesTexts(data: unknown): string[] | undefined {
  return SeriesList.safeParse(data).data?.map((labels) => labelsText(labels))
}

function answerFor(
  list: 'labels' | 'values' | 'series',
  label: string | undefined,
  shown: readonly string[],
  contains: string | undefined,
): Pick<Answer, 'summary' | 'table' | 'narrow'> {
  const one = shown.length === 1
  const what = {
    labels: one ? 'label' : 'labels',
    values: `${one ? 'value' : 'values'} of ${label}`,
    series: 'series',
  }[list]
  return {
    summary: `${shown.length} ${what}${contains === undefined ? '' : ` with "${contains}"`}.`,
    table: {
      columns: [list === 'values' ? (label ?? '') : list],
      rows: shown.map((text) => [text]),
    },
    narrow: 'narrow it with match or contains',
  }
}
