import type { DimensionFilter, ListMetricsCommandInput } from '@aws-sdk/client-cloudwatch'
import { z } from 'zod'
import type { Table } from '../answer/answer.ts'
import { countText } from '../answer/value-text.ts'
import { cursorAfter, decodeCursor } from './cursor.ts'
import { defineTool, type ToolContext } from './define-tool.ts'
import { dimensionsText } from './metric-dimensions.ts'
import { type ListedMetric, listMetricPages } from './metric-pages.ts'
import { didYouMean } from './near-names.ts'
import { ToolProblem } from './tool-problem.ts'

/** Pages of 500 metrics in one call: the account's quota of 25 calls a second is shared with everyone. */
const MOST_PAGES = 10

/** Rows that a list of single metrics aims at. */
const ENOUGH_SERIES = 500

/** Pages read to find names like one that is not there. */
const HINT_PAGES = 4

type Input = Readonly<{
  namespace?: string | undefined
  metricName?: string | undefined
  dimensions?: ReadonlyArray<{ name: string; value?: string | undefined }> | undefined
  valuesOf?: string | undefined
}>

export const listMetrics = defineTool({
  name: 'list_metrics',
  title: 'List metrics',
  description:
    'Find CloudWatch metrics. Without arguments: the namespaces. With a namespace: its metric names and their sets of dimensions. ' +
    'With a metric name or dimensions: the single metrics. With valuesOf: the values of one dimension, such as the functions or queues that exist. ' +
    'Use it before get_metric_data, which needs the exact dimensions. Metrics silent for two weeks are not listed.',
  input: z.strictObject({
    namespace: z.string().min(1).max(255).optional().describe('Exact, such as AWS/Lambda.'),
    metricName: z.string().min(1).max(255).optional().describe('Exact, such as Errors.'),
    dimensions: z
      .array(
        z.strictObject({
          name: z.string().min(1).max(255),
          value: z.string().min(1).max(1_024).optional(),
        }),
      )
      .max(10)
      .optional()
      .describe('Only metrics that have these dimensions, among others; value may be left out.'),
    valuesOf: z
      .string()
      .min(1)
      .max(255)
      .optional()
      .describe('Name of a dimension: list its values in place of metrics.'),
    match: z
      .string()
      .min(1)
      .max(255)
      .optional()
      .describe('Only rows that contain this text, in any case.'),
    recentlyActive: z
      .boolean()
      .default(false)
      .describe('Only metrics with data in the last three hours.'),
    linkedAccounts: z
      .boolean()
      .default(false)
      .describe('In a monitoring account: the metrics of linked accounts too.'),
    account: z
      .string()
      .regex(/^\d{12}$/, 'is an account number of 12 digits')
      .optional()
      .describe('With linkedAccounts: only those of this account.'),
    cursor: z.string().max(30_000).optional().describe('The cursor of the page before, as given.'),
  }),
  run: async ({ cursor, match, recentlyActive, linkedAccounts, account, ...input }, context) => {
    if (account !== undefined && !linkedAccounts) {
      throw new ToolProblem('account narrows linkedAccounts: set linkedAccounts to true with it.')
    }
    const binding = context.binding([input, match, recentlyActive, linkedAccounts, account])
    const at = decodeCursor(cursor, binding)
    const request: ListMetricsCommandInput = {
      ...filterOf(input),
      RecentlyActive: recentlyActive ? 'PT3H' : undefined,
      IncludeLinkedAccounts: linkedAccounts || undefined,
      OwningAccount: account,
    }
    const view = viewOf(input)
    const pages = await listMetricPages(
      context.cloudwatch,
      { ...request, NextToken: at.token },
      {
        mostPages: MOST_PAGES,
        enough: view.name === 'metrics' ? ENOUGH_SERIES : Number.POSITIVE_INFINITY,
        signal: context.signal,
      },
    )
    const table = view.table(pages.metrics)
    const matching =
      match === undefined
        ? table.rows
        : table.rows.filter((row) => row.join(' ').toLowerCase().includes(match.toLowerCase()))
    const rows = matching.slice(at.skip)
    const more = pages.nextToken !== undefined
    const notes = more
      ? [
          `Made from ${countText(pages.metrics.length)} metrics; the cursor goes on behind them, and a name may then come again.${input.namespace === undefined ? ' Naming a namespace is quicker.' : ''}`,
        ]
      : []
    return {
      summary: `${countText(rows.length)} ${rows.length === 1 ? view.one : view.name}${match === undefined ? '' : ` with "${match}"`}${whereText(input)}${more ? ', and there are more' : ''}.`,
      table: { columns: table.columns, rows },
      notes:
        rows.length === 0 && !more && cursor === undefined
          ? await hintsFor(input, match, table.rows.length, request, context)
          : notes,
      cursorAfter: cursorAfter(at, rows.length, pages.nextToken, binding),
    }
  },
})

function filterOf(input: Input): ListMetricsCommandInput {
  const filters: DimensionFilter[] = (input.dimensions ?? []).map(({ name, value }) => ({
    Name: name,
    Value: value,
  }))
  if (input.valuesOf !== undefined && !filters.some(({ Name }) => Name === input.valuesOf)) {
    filters.push({ Name: input.valuesOf })
  }
  return {
    Namespace: input.namespace,
    MetricName: input.metricName,
    Dimensions: filters.length === 0 ? undefined : filters,
  }
}

type View = Readonly<{
  /** What a row is, in the plural and in the singular. */
  name: string
  one: string
  table: (metrics: readonly ListedMetric[]) => Table
}>

function viewOf({ namespace, metricName, dimensions, valuesOf }: Input): View {
  if (valuesOf !== undefined) {
    return {
      name: `values of ${valuesOf}`,
      one: `value of ${valuesOf}`,
      table: (metrics) => valueTable(metrics, valuesOf),
    }
  }
  if (metricName !== undefined || dimensions !== undefined) {
    return { name: 'metrics', one: 'metric', table: metricTable }
  }
  return namespace === undefined
    ? { name: 'namespaces', one: 'namespace', table: namespaceTable }
    : { name: 'metric names', one: 'metric name', table: nameTable }
}

function namespaceTable(metrics: readonly ListedMetric[]): Table {
  const names = grouped(
    metrics,
    ({ metric }) => metric.Namespace ?? '',
    ({ metric }) => metric.MetricName ?? '',
  )
  return {
    columns: ['namespace', 'metric names', 'metrics'],
    rows: names.map(({ key, values, count }) => [key, String(values.length), String(count)]),
  }
}

function nameTable(metrics: readonly ListedMetric[]): Table {
  const names = grouped(
    metrics,
    ({ metric }) => metric.MetricName ?? '',
    ({ metric }) => (metric.Dimensions ?? []).map(({ Name }) => Name).join(',') || 'none',
  )
  return {
    columns: ['metric name', 'metrics', 'sets of dimensions'],
    rows: names.map(({ key, values, count }) => [key, String(count), values.join('; ')]),
  }
}

function valueTable(metrics: readonly ListedMetric[], dimension: string): Table {
  const values = grouped(
    metrics,
    ({ metric }) => metric.Dimensions?.find(({ Name }) => Name === dimension)?.Value ?? '',
    ({ metric }) => metric.MetricName ?? '',
  ).filter(({ key }) => key !== '')
  return {
    columns: [dimension, 'metrics'],
    rows: values.map(({ key, count }) => [key, String(count)]),
  }
}

function metricTable(metrics: readonly ListedMetric[]): Table {
  const accounts = metrics.some(({ account }) => account !== undefined)
  return {
    columns: ['namespace', 'metric name', 'dimensions', ...(accounts ? ['account'] : [])],
    rows: metrics.map(({ metric, account }) => [
      metric.Namespace ?? '',
      metric.MetricName ?? '',
      dimensionsText(metric.Dimensions) || 'none',
      ...(accounts ? [account ?? '-'] : []),
    ]),
  }
}

type Group = Readonly<{ key: string; values: readonly string[]; count: number }>

/** Metrics by a key, in alphabetical order, with the different values that each group holds. */
function grouped(
  metrics: readonly ListedMetric[],
  keyOf: (listed: ListedMetric) => string,
  memberOf: (listed: ListedMetric) => string,
): readonly Group[] {
  const groups = new Map<string, { values: Set<string>; count: number }>()
  for (const listed of metrics) {
    const key = keyOf(listed)
    const group = groups.get(key) ?? { values: new Set(), count: 0 }
    group.values.add(memberOf(listed))
    group.count += 1
    groups.set(key, group)
  }
  return [...groups]
    .map(([key, { values, count }]) => ({ key, values: [...values].sort(), count }))
    .toSorted((one, other) => (one.key < other.key ? -1 : 1))
}

function whereText({ namespace, metricName, dimensions }: Input): string {
  const parts = [namespace, metricName].filter((part) => part !== undefined).join(' ')
  const filters = (dimensions ?? []).map(({ name, value }) =>
    value === undefined ? name : `${name}=${value}`,
  )
  return `${parts === '' ? '' : ` in ${parts}`}${filters.length === 0 ? '' : ` with ${filters.join(', ')}`}`
}

/** Nothing found: reads a few pages with fewer filters, to tell which argument is at fault and what it may mean. */
async function hintsFor(
  input: Input,
  match: string | undefined,
  unmatched: number,
  request: ListMetricsCommandInput,
  context: ToolContext,
): Promise<string[]> {
  if (match !== undefined && unmatched > 0) {
    return [`${countText(unmatched)} rows are there without match: leave it out or shorten it.`]
  }
  const read = async (filter: Pick<ListMetricsCommandInput, 'Namespace' | 'MetricName'>) => {
    const wider = { ...request, Dimensions: undefined, ...filter, NextToken: undefined }
    const bounds = { mostPages: HINT_PAGES, enough: 2_000, signal: context.signal }
    return (await listMetricPages(context.cloudwatch, wider, bounds)).metrics
  }
  const always =
    'Names are case-sensitive, metrics belong to one region and account, those silent for two weeks are not listed, and new ones take up to 15 minutes to be.'
  const { namespace, metricName, dimensions, valuesOf } = input

  if (dimensions !== undefined || valuesOf !== undefined) {
    const there = await read({ Namespace: namespace, MetricName: metricName })
    if (there.length > 0) return [...dimensionHints(input, there), always]
  }
  if (namespace !== undefined) {
    const there = await read({ Namespace: namespace, MetricName: undefined })
    if (there.length > 0 && metricName !== undefined) {
      const names = there.map(({ metric }) => metric.MetricName ?? '')
      return [
        `The namespace ${namespace} has no metric ${metricName} now.`,
        ...didYouMean(metricName, names),
        always,
      ]
    }
  }
  const all = await read({ Namespace: undefined, MetricName: undefined })
  if (namespace === undefined) {
    const names = all.map(({ metric }) => metric.MetricName ?? '')
    return [...(metricName === undefined ? [] : didYouMean(metricName, names)), always]
  }
  return [
    `There is no namespace ${namespace} with metrics now.`,
    ...didYouMean(
      namespace,
      all.map(({ metric }) => metric.Namespace ?? ''),
    ),
    always,
  ]
}

function dimensionHints({ dimensions, valuesOf }: Input, there: readonly ListedMetric[]): string[] {
  const present = there.flatMap(({ metric }) => metric.Dimensions ?? [])
  const names = [...new Set(present.map(({ Name }) => Name ?? ''))]
  const hints: string[] = []
  for (const name of new Set([...(dimensions ?? []).map((one) => one.name), valuesOf])) {
    if (name === undefined || names.includes(name)) continue
    hints.push(`No metric there has the dimension ${name}.`, ...didYouMean(name, names))
  }
  for (const { name, value } of dimensions ?? []) {
    if (value === undefined || !names.includes(name)) continue
    const values = present.filter(({ Name }) => Name === name).map(({ Value }) => Value ?? '')
    if (!values.includes(value)) {
      hints.push(`${name} never has the value ${value} there.`, ...didYouMean(value, values))
    }
  }
  const known = `The dimensions there are ${names.slice(0, 20).join(', ') || 'none'}.`
  return hints.length === 0
    ? ['Each filter is there by itself, but no metric has them all.']
    : [...hints, known]
}
