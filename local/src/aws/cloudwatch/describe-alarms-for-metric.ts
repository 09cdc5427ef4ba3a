import type { Operation } from '../call.ts'
import { optionalNumber, optionalString, requiredString } from '../input.ts'
import type { Story } from '../story/story.ts'
import { describeAlarm } from './describe-alarms.ts'
import { readDimensions, sameDimensions } from './dimensions.ts'

/**
 * DescribeAlarmsForMetric: the alarms on exactly this metric, all its dimensions given. Alarms on expressions and
 * composite alarms are not found this way.
 */
export function describeAlarmsForMetric(story: Story): Operation {
  return (input, call) => {
    const { account } = call.session
    const resource = `arn:aws:cloudwatch:${call.region}:${account}:alarm:*`
    call.authorize('cloudwatch:DescribeAlarmsForMetric', [resource])
    const wanted = {
      Namespace: requiredString(input, 'Namespace'),
      MetricName: requiredString(input, 'MetricName'),
    }
    const optional = {
      Statistic: optionalString(input, 'Statistic'),
      ExtendedStatistic: optionalString(input, 'ExtendedStatistic'),
      Period: optionalNumber(input, 'Period'),
      Unit: optionalString(input, 'Unit'),
    }
    const dimensions = readDimensions(input)
    const found = story
      .region(account, call.region)
      .alarms.filter(
        ({ detail }) =>
          Object.entries(wanted).every(([name, value]) => detail[name] === value) &&
          Object.entries(optional).every(
            ([name, value]) => (value ?? detail[name]) === detail[name],
          ) &&
          sameDimensions(readDimensions(detail), dimensions),
      )
    return { MetricAlarms: found.map(describeAlarm) }
  }
}
