import { analyzeMetric } from './analyze-metric.ts'
import type { Tool } from './define-tool.ts'
import { getAlarm } from './get-alarm.ts'
import { getAlarmHistory } from './get-alarm-history.ts'
import { getDashboard } from './get-dashboard.ts'
import { getMetricData } from './get-metric-data.ts'
import { getMetricGraph } from './get-metric-graph.ts'
import { getMetricMetadata } from './get-metric-metadata.ts'
import { getSyntaxHelp } from './get-syntax-help.ts'
import { listAlarms } from './list-alarms.ts'
import { listDashboards } from './list-dashboards.ts'
import { listMetrics } from './list-metrics.ts'
import { LOG_TOOLS } from './log-tools.ts'
import { promqlLabels } from './promql-labels.ts'
import { queryPromql } from './query-promql.ts'
import { recommendAlarms } from './recommend-alarms.ts'

/** Every tool of the server, in the order in which a client sees them. */
export const TOOLS: readonly Tool[] = [
  ...LOG_TOOLS,
  listMetrics,
  getMetricData,
  getMetricGraph,
  getMetricMetadata,
  analyzeMetric,
  recommendAlarms,
  queryPromql,
  promqlLabels,
  listAlarms,
  getAlarm,
  getAlarmHistory,
  listDashboards,
  getDashboard,
  getSyntaxHelp,
]
