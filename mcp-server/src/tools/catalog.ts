import type { Tool } from './define-tool.ts'
import { getMetricData } from './get-metric-data.ts'
import { listAlarms } from './list-alarms.ts'
import { listLogGroups } from './list-log-groups.ts'
import { queryLogs } from './query-logs.ts'

/** Every tool of the server, in the order in which a client sees them. */
export const TOOLS: readonly Tool[] = [listLogGroups, queryLogs, getMetricData, listAlarms]
