import type { Operation } from '../call.ts'
import { limitOf, optionalString, optionalStrings, requiredString } from '../input.ts'
import { pageOf, requestScope } from '../page.ts'
import { muteStatusOf } from '../story/mute-rules.ts'
import type { Story } from '../story/story.ts'
import { invalidNextToken, resourceNotFound, validationError } from './cloudwatch-errors.ts'

const STATUSES = ['SCHEDULED', 'ACTIVE', 'EXPIRED']

/** ListAlarmMuteRules: the rules that keep alarms quiet, by alarm and by status. */
export function listAlarmMuteRules(story: Story): Operation {
  return (input, call) => {
    const { account } = call.session
    const resource = `arn:aws:cloudwatch:${call.region}:${account}:alarm-mute-rule:*`
    call.authorize('cloudwatch:ListAlarmMuteRules', [resource])
    const alarmName = optionalString(input, 'AlarmName')
    const statuses = optionalStrings(input, 'Statuses') ?? STATUSES
    const limit = limitOf(input, 'MaxRecords', { min: 1, max: 100, fallback: 50 })
    if (!statuses.every((status) => STATUSES.includes(status))) {
      throw validationError(`The Statuses must be among ${STATUSES.join(', ')}.`)
    }
    const now = call.now.getTime()
    const found = story
      .region(account, call.region)
      .muteRules.filter(
        (rule) =>
          (alarmName === undefined || rule.alarmNames.includes(alarmName)) &&
          statuses.includes(muteStatusOf(rule, now)),
      )
    const scope = requestScope(call, input)
    const token = optionalString(input, 'NextToken')
    const { page, nextToken } = pageOf(found, limit, token, scope, invalidNextToken)
    return {
      AlarmMuteRuleSummaries: page.map((rule) => ({
        AlarmMuteRuleArn: rule.arn,
        ExpireDate: rule.to / 1000,
        Status: muteStatusOf(rule, now),
        MuteType: 'ONE_TIME',
        LastUpdatedTimestamp: rule.lastUpdatedAt / 1000,
      })),
      ...(nextToken === undefined ? {} : { NextToken: nextToken }),
    }
  }
}

/** GetAlarmMuteRule: one rule with its schedule and the alarms it keeps quiet. */
export function getAlarmMuteRule(story: Story): Operation {
  return (input, call) => {
    const { account } = call.session
    const name = requiredString(input, 'AlarmMuteRuleName')
    const resource = `arn:aws:cloudwatch:${call.region}:${account}:alarm-mute-rule:${name}`
    call.authorize('cloudwatch:GetAlarmMuteRule', [resource])
    const rule = story.region(account, call.region).muteRules.find((one) => one.name === name)
    if (rule === undefined) throw resourceNotFound(`Alarm mute rule ${name} does not exist`)
    return {
      Name: rule.name,
      AlarmMuteRuleArn: rule.arn,
      Description: rule.description,
      Rule: {
        Schedule: { Expression: rule.expression, Duration: rule.duration, Timezone: 'UTC' },
      },
      MuteTargets: { AlarmNames: rule.alarmNames },
      StartDate: rule.from / 1000,
      ExpireDate: rule.to / 1000,
      Status: muteStatusOf(rule, call.now.getTime()),
      LastUpdatedTimestamp: rule.lastUpdatedAt / 1000,
      MuteType: 'ONE_TIME',
    }
  }
}
