import type { Operation } from '../call.ts'
import type { Story } from '../story/story.ts'
import { describeLogGroups } from './describe-log-groups.ts'
import { describeLogStreams } from './describe-log-streams.ts'
import { describeQueryDefinitions } from './describe-query-definitions.ts'
import {
  describeAccountPolicies,
  describeFieldIndexes,
  describeIndexPolicies,
} from './field-indexes.ts'
import { filterLogEvents } from './filter-log-events.ts'
import { getLogEvents } from './get-log-events.ts'
import { getLogGroupFields } from './get-log-group-fields.ts'
import { getLogRecord } from './get-log-record.ts'
import { listLogGroups } from './list-log-groups.ts'
import { listTagsForResource } from './list-tags-for-resource.ts'
import { listAnomalies, listLogAnomalyDetectors } from './log-anomalies.ts'
import { createQueries } from './queries.ts'

/** The operations of CloudWatch Logs, by name. */
export function createLogs(
  story: Story,
  queryMilliseconds: number,
): Readonly<Record<string, Operation>> {
  return {
    DescribeAccountPolicies: describeAccountPolicies,
    DescribeFieldIndexes: describeFieldIndexes(story),
    DescribeIndexPolicies: describeIndexPolicies(story),
    DescribeLogGroups: describeLogGroups(story),
    DescribeLogStreams: describeLogStreams(story),
    DescribeQueryDefinitions: describeQueryDefinitions(story),
    FilterLogEvents: filterLogEvents(story),
    GetLogEvents: getLogEvents(story),
    GetLogGroupFields: getLogGroupFields(story),
    GetLogRecord: getLogRecord(story),
    ListAnomalies: listAnomalies(story),
    ListLogAnomalyDetectors: listLogAnomalyDetectors(story),
    ListLogGroups: listLogGroups(story),
    ListTagsForResource: listTagsForResource(story),
    ...createQueries(story, queryMilliseconds),
  }
}
