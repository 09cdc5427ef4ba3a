import type { Operation } from '../call.ts'
import type { Story } from '../story/story.ts'
import { describeLogGroups } from './describe-log-groups.ts'
import { describeLogStreams } from './describe-log-streams.ts'
import { filterLogEvents } from './filter-log-events.ts'
import { getLogEvents } from './get-log-events.ts'
import { getLogGroupFields } from './get-log-group-fields.ts'
import { getLogRecord } from './get-log-record.ts'
import { createQueries } from './queries.ts'

/** The operations of CloudWatch Logs, by name. */
export function createLogs(
  story: Story,
  queryMilliseconds: number,
): Readonly<Record<string, Operation>> {
  return {
    DescribeLogGroups: describeLogGroups(story),
    DescribeLogStreams: describeLogStreams(story),
    FilterLogEvents: filterLogEvents(story),
    GetLogEvents: getLogEvents(story),
    GetLogGroupFields: getLogGroupFields(story),
    GetLogRecord: getLogRecord(story),
    ...createQueries(story, queryMilliseconds),
  }
}
