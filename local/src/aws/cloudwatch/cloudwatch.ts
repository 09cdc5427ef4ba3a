import type { Operation } from '../call.ts'
import type { Story } from '../story/story.ts'
import { getAlarmMuteRule, listAlarmMuteRules } from './alarm-mute-rules.ts'
import { getDashboard, listDashboards } from './dashboards.ts'
import { describeAlarmContributors } from './describe-alarm-contributors.ts'
import { describeAlarmHistory } from './describe-alarm-history.ts'
import { describeAlarms } from './describe-alarms.ts'
import { describeAlarmsForMetric } from './describe-alarms-for-metric.ts'
import { describeAnomalyDetectors } from './describe-anomaly-detectors.ts'
import { getMetricData } from './get-metric-data.ts'
import { getMetricWidgetImage } from './get-metric-widget-image.ts'
import { describeInsightRules, getInsightRuleReport } from './insight-rules.ts'
import { listMetrics } from './list-metrics.ts'

/** The operations of CloudWatch, by name. */
export function createCloudWatch(story: Story): Readonly<Record<string, Operation>> {
  return {
    DescribeAlarmContributors: describeAlarmContributors(story),
    DescribeAlarmHistory: describeAlarmHistory(story),
    DescribeAlarms: describeAlarms(story),
    DescribeAlarmsForMetric: describeAlarmsForMetric(story),
    DescribeAnomalyDetectors: describeAnomalyDetectors(story),
    DescribeInsightRules: describeInsightRules,
    GetAlarmMuteRule: getAlarmMuteRule(story),
    GetDashboard: getDashboard(story),
    GetInsightRuleReport: getInsightRuleReport,
    GetMetricData: getMetricData(story),
    GetMetricWidgetImage: getMetricWidgetImage(story),
    ListAlarmMuteRules: listAlarmMuteRules(story),
    ListDashboards: listDashboards(story),
    ListMetrics: listMetrics(story),
  }
}
