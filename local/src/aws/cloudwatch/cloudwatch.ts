import type { Operation } from '../call.ts'
import type { Story } from '../story/story.ts'
import { describeAlarmHistory } from './describe-alarm-history.ts'
import { describeAlarms } from './describe-alarms.ts'
import { getMetricData } from './get-metric-data.ts'
import { listMetrics } from './list-metrics.ts'

/** The operations of CloudWatch, by name. */
export function createCloudWatch(story: Story): Readonly<Record<string, Operation>> {
  return {
    DescribeAlarmHistory: describeAlarmHistory(story),
    DescribeAlarms: describeAlarms(story),
    GetMetricData: getMetricData(story),
    ListMetrics: listMetrics(story),
  }
}
