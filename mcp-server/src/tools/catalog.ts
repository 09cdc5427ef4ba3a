import type { Tool } from './define-tool.ts'
import { getAlarm } from './get-alarm.ts'
import { getAlarmHistory } from './get-alarm-history.ts'
import { getMetricData } from './get-metric-data.ts'
import { listAlarms } from './list-alarms.ts'
import { listMetrics } from './list-metrics.ts'
import { LOG_TOOLS } from './log-tools.ts'

/** Every tool of the server, in the order in which a client sees them. */
export const TOOLS: readonly Tool[] = [
  ...LOG_TOOLS,
  listMetrics,
  getMetricData,
  listAlarms,
  getAlarm,
  getAlarmHistory,
]
