import { cancelQuery } from './cancel-query.ts'
import type { Tool } from './define-tool.ts'
import { getAlarm } from './get-alarm.ts'
import { getAlarmHistory } from './get-alarm-history.ts'
import { getMetricData } from './get-metric-data.ts'
import { getQueryResults } from './get-query-results.ts'
import { listAlarms } from './list-alarms.ts'
import { listLogGroups } from './list-log-groups.ts'
import { listMetrics } from './list-metrics.ts'
import { queryLogs } from './query-logs.ts'

/** Every tool of the server, in the order in which a client sees them. */
export const TOOLS: readonly Tool[] = [
  listLogGroups,
  queryLogs,
  getQueryResults,
  cancelQuery,
  listMetrics,
  getMetricData,
  listAlarms,
]
