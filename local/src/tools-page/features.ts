/** How far something goes: wholly, partly, not at all, or only through a general call of any API. */
export type Mark = '●' | '◐' | '○' | 'g'

/** One capability: the marks of the others in the order of PEERS, ours, and the tests that prove ours. */
export type Feature = Readonly<{
  capability: string
  peers: string
  ours: Mark
  note?: string
  /** Paths from the root of the repository. */
  tests: readonly string[]
}>

/** What is compared, with what was looked at. */
export const PEERS = [
  'awslabs cloudwatch-mcp-server 0.1.8',
  'ascending-llc/aws-mcp-cloudwatch',
  'Log-Analyzer-with-MCP',
  'mcp-grafana',
  'Datadog',
  'AWS MCP Server',
  'ivandir/mcp-cloudwatch',
] as const

const SERVER = 'mcp-server/test/integration'
const UNIT = 'mcp-server/test/unit'
const E2E = 'local/test/e2e'

/** The table of capabilities; the marks of the others stand in one word, a letter for each. */
export const FEATURES: readonly Feature[] = [
  feature('Metric series, one metric', '●●○●●g●', [`${SERVER}/tools.test.ts`]),
  feature('Metric math, percentiles, batches', '●○○○●g○', [`${SERVER}/metric-batches.test.ts`]),
  feature('Metrics Insights SQL', '●●○○◐g○', [`${SERVER}/metric-batches.test.ts`]),
  feature('Series summary (min, max, average, last) in place of raw points', '○○○●●○○', [
    `${UNIT}/tools/metric-series.test.ts`,
  ]),
  feature('Namespaces, metrics, dimension values', '○○○●●g◐', [`${SERVER}/list-metrics.test.ts`]),
  feature('Metric documentation', '●●○◐●g○', [`${SERVER}/metric-metadata.test.ts`]),
  feature('Trend and seasonality', '●○○○◐○○', [
    `${UNIT}/metric-analysis/analyze-series.test.ts`,
    `${SERVER}/recommend-alarms.test.ts`,
  ]),
  feature('Alarm recommendation', '●◐○○○○○', [`${SERVER}/recommend-alarms.test.ts`]),
  feature('PromQL', '●○○●○g○', [`${SERVER}/promql.test.ts`]),
  feature('Graph as an image', '○○○●◐g○', [`${SERVER}/metric-graph.test.ts`]),
  feature('Alarms in ALARM', '●●○●●g●', [`${SERVER}/tools.test.ts`]),
  feature('Alarms by state, name, prefix, metric', '○○○●●g●', [
    `${SERVER}/tools.test.ts`,
    `${SERVER}/alarms.test.ts`,
  ]),
  feature('Children and parents of composite alarms', '◐◐○○●g○', [`${SERVER}/alarms.test.ts`]),
  feature('Alarm history with time suggestions', '●●○◐●g○', [
    `${SERVER}/alarms.test.ts`,
    `${UNIT}/tools/alarm-transitions.test.ts`,
  ]),
  feature('Log alarms, mute rules, contributors', '○○○◐●g○', [`${SERVER}/alarms.test.ts`]),
  feature('Log group discovery', '●●●●●g●', [`${SERVER}/tools.test.ts`]),
  {
    ...feature('Log groups by substring, regular expression, tags', '○○○●●g○', [
      `${SERVER}/tools.test.ts`,
    ]),
    ours: '◐',
    note: 'by substring; not by regular expression or tags',
  },
  feature('Fields of a log group', '○○◐●●g○', [`${SERVER}/log-tools.test.ts`]),
  feature('Logs Insights query', '●●●○●g●', [`${SERVER}/query-logs.test.ts`]),
  feature('Logs Insights in SQL and PPL', '○○○○●g○', [`${SERVER}/query-logs.test.ts`]),
  feature('Results by handle, cancel', '●●○○○g○', [`${SERVER}/query-logs.test.ts`]),
  feature('Many log groups and regions in one call', '●○◐○○◐○', [
    `${SERVER}/query-logs-batch.test.ts`,
  ]),
  feature('Filter events without a query', '○○●●●g●', [`${SERVER}/log-tools.test.ts`]),
  feature('Whole log record', '○○○○●g○', [`${SERVER}/log-tools.test.ts`]),
  feature('Patterns and error patterns', '●●●●●g○', [`${SERVER}/log-analysis.test.ts`]),
  feature('Log anomalies', '●●○○●g○', [`${SERVER}/log-analysis.test.ts`]),
  feature('One id through many log groups', '○○●◐●g○', [`${SERVER}/log-analysis.test.ts`]),
  feature('Saved queries', '●●○○◐g○', [`${SERVER}/log-tools.test.ts`]),
  feature('Field index advice', '●○○○○○○', [
    `${SERVER}/log-analysis.test.ts`,
    `${UNIT}/tools/index-advice.test.ts`,
  ]),
  feature('Dashboards: list and get', '○○○●●g○', [`${SERVER}/dashboards.test.ts`]),
  {
    ...feature('Live tail', '○○○○○g○', []),
    ours: '○',
    note: 'an answer ends; filter_log_events shows events seconds after they came',
  },
  feature('Bounded answers that say what was cut', '○○○●●○○', [
    `${UNIT}/answer/render-answer.test.ts`,
  ]),
  feature('Cursor', '○○◐◐●○○', [`${UNIT}/tools/cursor.test.ts`]),
  feature('Relative times', '○○◐●●○○', [`${UNIT}/tools/time-range.test.ts`]),
  feature('Hints in empty results', '○○○●●○○', [
    `${SERVER}/query-logs.test.ts`,
    `${SERVER}/list-metrics.test.ts`,
  ]),
  feature('Cost guard', '○○○●○○○', [
    `${SERVER}/query-logs.test.ts`,
    `${UNIT}/tools/query-cost.test.ts`,
  ]),
  feature('Tool annotations', '○○○●●●○', [`${SERVER}/revisions.test.ts`]),
  {
    ...feature('Structured output', '◐◐○○◐◐○', []),
    ours: '○',
    note: 'one text of columns and rows, the same for every client',
  },
  feature('Resources and prompts', '○○●○◐◐○', [`${SERVER}/resources.test.ts`]),
  feature('Progress and cancel', '◐○○○○◐○', [
    `${SERVER}/clients.test.ts`,
    `${SERVER}/abort.test.ts`,
  ]),
  feature('Remote HTTP with the credentials of each person', '○◐○●●●○', [
    `${E2E}/stack.test.ts`,
    `${E2E}/tools.test.ts`,
  ]),
]

function feature(capability: string, peers: string, tests: readonly string[]): Feature {
  return { capability, peers, ours: '●', tests }
}
