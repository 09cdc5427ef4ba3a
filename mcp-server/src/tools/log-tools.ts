import { analyzeLogGroup } from './analyze-log-group.ts'
import { cancelQuery } from './cancel-query.ts'
import { correlateLogs } from './correlate-logs.ts'
import type { Tool } from './define-tool.ts'
import { filterLogEvents } from './filter-log-events.ts'
import { getLogGroup } from './get-log-group.ts'
import { getLogRecord } from './get-log-record.ts'
import { getQueryResults } from './get-query-results.ts'
import { listLogGroups } from './list-log-groups.ts'
import { queryLogs } from './query-logs.ts'
import { queryLogsBatch } from './query-logs-batch.ts'
import { recommendIndexes } from './recommend-indexes.ts'

/** The tools of CloudWatch Logs, from finding a log group to reading one event. */
export const LOG_TOOLS: readonly Tool[] = [
  listLogGroups,
  getLogGroup,
  queryLogs,
  queryLogsBatch,
  getQueryResults,
  cancelQuery,
  getLogRecord,
  filterLogEvents,
  analyzeLogGroup,
  correlateLogs,
  recommendIndexes,
]
