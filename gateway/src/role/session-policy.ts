/**
 * Session policies by their names in the rules. A session's rights are the intersection of the role's and this, so a
 * wide role is read-only through the gateway. `logs:Unmask` is in none.
 */
export const SESSION_POLICIES: Readonly<Record<'cloudwatch-read' | 'none', string | undefined>> = {
  none: undefined,
  'cloudwatch-read': JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: [
          'cloudwatch:GetMetricData',
          'cloudwatch:ListMetrics',
          'cloudwatch:GetMetricWidgetImage',
          'cloudwatch:DescribeAlarms',
          'cloudwatch:DescribeAlarmHistory',
          'cloudwatch:DescribeAlarmsForMetric',
          'cloudwatch:DescribeAlarmContributors',
          'cloudwatch:DescribeAnomalyDetectors',
          'cloudwatch:ListAlarmMuteRules',
          'cloudwatch:GetAlarmMuteRule',
          'cloudwatch:ListDashboards',
          'cloudwatch:GetDashboard',
          'cloudwatch:DescribeInsightRules',
          'cloudwatch:GetInsightRuleReport',
          'logs:DescribeLogGroups',
          'logs:ListLogGroups',
          'logs:DescribeQueryDefinitions',
          'logs:DescribeQueries',
          'logs:ListLogAnomalyDetectors',
          'logs:ListAnomalies',
          'logs:DescribeAccountPolicies',
          'logs:GetQueryResults',
          'logs:StopQuery',
          'logs:GetLogRecord',
        ],
        Resource: '*',
      },
      {
        Effect: 'Allow',
        Action: [
          'logs:StartQuery',
          'logs:FilterLogEvents',
          'logs:GetLogEvents',
          'logs:DescribeLogStreams',
          'logs:GetLogGroupFields',
          'logs:DescribeFieldIndexes',
          'logs:DescribeIndexPolicies',
        ],
        Resource: 'arn:*:logs:*:*:log-group:*',
      },
    ],
  }),
}
