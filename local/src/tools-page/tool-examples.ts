import type { ReadAnswer } from '../demo-answer.ts'

type Input = Readonly<Record<string, unknown>>

/** One call of a tool that the local stack answers with something worth reading. */
export type ToolExample = Readonly<{
  tool: string
  /** A call that comes first: `input` is made from its answer. */
  first?: Readonly<{ tool: string; input: Input }>
  input: (first: ReadAnswer) => Input
}>

const CHECKOUT = [{ name: 'Service', value: 'checkout' }]
const EVENTS = {
  tool: 'query_logs',
  input: {
    logGroups: ['/shop/checkout'],
    query:
      'filter level = "ERROR" | fields @timestamp, message, latencyMs, version | sort @timestamp asc',
    limit: 3,
  },
}
const MANY_EVENTS = {
  tool: 'query_logs',
  input: {
    logGroups: ['/shop/payments'],
    query: 'fields @timestamp, level, message, latencyMs, pool.inUse | sort @timestamp asc',
    limit: 285,
  },
}
const handleOf = (answer: ReadAnswer) => answer.facts.get('query')

const simply =
  (input: Input): ToolExample['input'] =>
  () =>
    input

/** One example for each tool, in the order of the catalogue; all of them together tell the story of the shop. */
export const TOOL_EXAMPLES: readonly ToolExample[] = [
  { tool: 'list_log_groups', input: simply({ prefix: '/shop/' }) },
  { tool: 'get_log_group', input: simply({ logGroup: '/shop/checkout', streams: 2 }) },
  {
    tool: 'query_logs',
    input: simply({
      logGroups: ['/shop/checkout'],
      query:
        'filter ispresent(requestId) | stats count(*) as requests, sum(strcontains(level, "ERROR")) as errors, pct(latencyMs, 99) as p99 by version',
      start: '-1h',
    }),
  },
  {
    tool: 'query_logs_batch',
    input: simply({
      logGroups: ['/shop/checkout', '/shop/payments', '/shop/frontend', '/shop/nothing'],
      query: 'stats count(*) as events by level',
      start: '-1h',
    }),
  },
  {
    tool: 'get_query_results',
    first: MANY_EVENTS,
    input: (first) => ({ query: handleOf(first), cursor: cursorOf(first) }),
  },
  { tool: 'cancel_query', first: EVENTS, input: (first) => ({ query: handleOf(first) }) },
  { tool: 'get_log_record', first: EVENTS, input: (first) => ({ query: handleOf(first), row: 1 }) },
  {
    tool: 'filter_log_events',
    input: simply({
      logGroup: '/shop/deployments',
      pattern: '{ $.service = "checkout" }',
      start: '-3h',
      order: 'oldest',
    }),
  },
  { tool: 'analyze_log_group', input: simply({ logGroup: '/shop/checkout', start: '-1h' }) },
  {
    tool: 'correlate_logs',
    first: {
      tool: 'query_logs',
      input: {
        logGroups: ['/shop/checkout'],
        query: 'filter level = "ERROR" | fields requestId | sort @timestamp asc | limit 1',
      },
    },
    input: (first) => ({
      id: first.rows[0]?.requestId,
      logGroups: ['/shop/checkout', '/shop/payments', '/shop/frontend'],
    }),
  },
  { tool: 'recommend_indexes', input: simply({ logGroup: '/shop/checkout' }) },
  { tool: 'list_metrics', input: simply({ namespace: 'Shop/Checkout' }) },
  {
    tool: 'get_metric_data',
    input: simply({
      queries: [
        {
          id: 'errors',
          namespace: 'Shop/Checkout',
          metricName: 'Errors',
          dimensions: CHECKOUT,
          statistic: 'Sum',
          hidden: true,
        },
        {
          id: 'requests',
          namespace: 'Shop/Checkout',
          metricName: 'Requests',
          dimensions: CHECKOUT,
          statistic: 'Sum',
        },
        { id: 'rate', expression: 'errors / requests * 100', label: 'error rate, %' },
        {
          id: 'p99',
          namespace: 'Shop/Checkout',
          metricName: 'Latency',
          dimensions: CHECKOUT,
          statistic: 'p99',
        },
      ],
      start: '-2h',
    }),
  },
  {
    tool: 'get_metric_graph',
    input: simply({ dashboard: 'shop-overview', widget: 3, start: '-2h' }),
  },
  {
    tool: 'get_metric_metadata',
    input: simply({ namespace: 'AWS/Lambda', metricName: 'Throttles' }),
  },
  {
    tool: 'analyze_metric',
    input: simply({
      namespace: 'Shop/Checkout',
      metricName: 'Requests',
      dimensions: CHECKOUT,
      statistic: 'Sum',
    }),
  },
  {
    tool: 'recommend_alarms',
    input: simply({
      namespace: 'Shop/Checkout',
      metricName: 'Requests',
      dimensions: CHECKOUT,
      statistic: 'Sum',
    }),
  },
  {
    tool: 'query_promql',
    input: simply({
      query: 'sum by (service) (rate(shop_errors_total[5m])) * 60',
      start: '-2h',
      step: 300,
    }),
  },
  { tool: 'promql_labels', input: simply({ list: 'values', label: '__name__' }) },
  { tool: 'list_alarms', input: simply({ state: 'ALARM' }) },
  { tool: 'get_alarm', input: simply({ name: 'shop-health' }) },
  {
    tool: 'get_alarm_history',
    input: simply({ name: 'checkout-latency-p99', start: '-7d' }),
  },
  { tool: 'list_dashboards', input: simply({}) },
  { tool: 'get_dashboard', input: simply({ name: 'shop-overview' }) },
  { tool: 'get_syntax_help', input: simply({ topic: 'filter-pattern' }) },
]

/** The cursor stands in a line of its own at the end. */
function cursorOf({ notes }: ReadAnswer): string | undefined {
  return /^cursor: (\S+)$/m.exec(notes.at(-1) ?? '')?.[1]
}
