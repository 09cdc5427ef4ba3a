import { FILTER_PATTERN } from './filter-pattern.ts'
import { INSIGHTS } from './insights.ts'
import { METRIC_MATH } from './metric-math.ts'
import { PPL } from './ppl.ts'
import { PROMQL } from './promql.ts'
import { SQL } from './sql.ts'

/** A cheat sheet: what it is for, and its text of plain lines. */
export type Topic = Readonly<{ title: string; text: string }>

/** Every topic of get_syntax_help, by the name it is asked for; also resources of the same name. */
export const TOPICS = {
  insights: { title: 'CloudWatch Logs Insights query language', text: INSIGHTS },
  sql: { title: 'OpenSearch SQL over log groups', text: SQL },
  ppl: { title: 'OpenSearch PPL over log groups', text: PPL },
  'filter-pattern': { title: 'Filter patterns for filter_log_events', text: FILTER_PATTERN },
  'metric-math': { title: 'Metric math, SEARCH and Metrics Insights', text: METRIC_MATH },
  promql: { title: 'PromQL over CloudWatch metrics', text: PROMQL },
} as const satisfies Record<string, Topic>

export type TopicName = keyof typeof TOPICS

/** The names, in the order of the table; at least one, as an enumeration needs. */
export const TOPIC_NAMES: readonly [TopicName, ...TopicName[]] = [
  'insights',
  'sql',
  'ppl',
  'filter-pattern',
  'metric-math',
  'promql',
]
