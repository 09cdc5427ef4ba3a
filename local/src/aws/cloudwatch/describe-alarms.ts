import type { Input, Operation } from '../call.ts'
import { limitOf, optionalOneOf, optionalString, optionalStrings } from '../input.ts'
import { pageOf, requestScope } from '../page.ts'
import { type Alarm, lastChangeOf, stateOf } from '../story/alarms.ts'
import type { Story } from '../story/story.ts'
import { invalidCombination, invalidNextToken, validationError } from './cloudwatch-errors.ts'

const STATES = ['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const
const TYPES = ['MetricAlarm', 'CompositeAlarm', 'LogAlarm']

/** DescribeAlarms. Without `AlarmTypes` it speaks of metric alarms only, as CloudWatch does. */
export function describeAlarms(story: Story): Operation {
  return (input, call) => {
    const { account } = call.session
    const resource = `arn:aws:cloudwatch:${call.region}:${account}:alarm:*`
    call.authorize('cloudwatch:DescribeAlarms', [resource])
    const limit = limitOf(input, 'MaxRecords', { min: 1, max: 100, fallback: 50 })
    const { alarms } = story.region(account, call.region)
    const family = readFamily(input, alarms)
    const found = family ?? filterAlarms(input, alarms)
    const scope = requestScope(call, input)
    const token = optionalString(input, 'NextToken')
    const { page, nextToken } = pageOf(found, limit, token, scope, invalidNextToken)
    const show = family === undefined ? describeAlarm : describeShortly
    const ofType = (type: Alarm['type']) => page.filter((alarm) => alarm.type === type).map(show)
    return {
      MetricAlarms: ofType('MetricAlarm'),
      CompositeAlarms: ofType('CompositeAlarm'),
      LogAlarms: ofType('LogAlarm'),
      ...(nextToken === undefined ? {} : { NextToken: nextToken }),
    }
  }
}

/** Reads `AlarmTypes`; metric alarms only when it is absent. */
export function readAlarmTypes(input: Input): readonly string[] {
  const types = optionalStrings(input, 'AlarmTypes') ?? ['MetricAlarm']
  if (types.every((type) => TYPES.includes(type))) return types
  throw validationError(`The AlarmTypes must be among ${TYPES.join(', ')}.`)
}

function filterAlarms(input: Input, alarms: readonly Alarm[]): readonly Alarm[] {
  const types = readAlarmTypes(input)
  const names = optionalStrings(input, 'AlarmNames')
  const prefix = optionalString(input, 'AlarmNamePrefix')
  const state = optionalOneOf(input, 'StateValue', STATES)
  const action = optionalString(input, 'ActionPrefix')
  if (names !== undefined && prefix !== undefined) {
    throw invalidCombination('AlarmNames and AlarmNamePrefix cannot both be specified.')
  }
  return alarms.filter(
    (alarm) =>
      types.includes(alarm.type) &&
      (names?.includes(alarm.name) ?? true) &&
      alarm.name.startsWith(prefix ?? '') &&
      (state ?? stateOf(alarm)) === stateOf(alarm) &&
      (action === undefined ||
        [...alarm.alarmActions, ...alarm.okActions].some((one) => one.startsWith(action))),
  )
}

/** The relatives of an alarm, when the request asks for them; that excludes every other filter. */
function readFamily(input: Input, alarms: readonly Alarm[]): readonly Alarm[] | undefined {
  const childrenOf = optionalString(input, 'ChildrenOfAlarmName')
  const parentsOf = optionalString(input, 'ParentsOfAlarmName')
  const name = childrenOf ?? parentsOf
  if (name === undefined) return undefined
  const others = Object.keys(input).filter((key) => !['MaxRecords', 'NextToken'].includes(key))
  if (others.length > 1) {
    throw invalidCombination(`${others.join(' and ')} cannot be specified together.`)
  }
  const alarm = alarms.find((one) => one.name === name)
  if (childrenOf !== undefined) {
    return alarms.filter((one) => alarm?.children.includes(one.name) ?? false)
  }
  return alarms.filter((one) => one.children.includes(name))
}

function describeShortly(alarm: Alarm) {
  return {
    AlarmName: alarm.name,
    AlarmArn: alarm.arn,
    StateValue: stateOf(alarm),
    StateUpdatedTimestamp: lastChangeOf(alarm).at / 1000,
  }
}

/** An alarm as the API describes it. */
export function describeAlarm(alarm: Alarm) {
  const change = lastChangeOf(alarm)
  return {
    ...describeShortly(alarm),
    AlarmDescription: alarm.description,
    AlarmConfigurationUpdatedTimestamp: (alarm.configurations.at(-1)?.at ?? 0) / 1000,
    ActionsEnabled: true,
    OKActions: alarm.okActions,
    AlarmActions: alarm.alarmActions,
    InsufficientDataActions: [],
    StateReason: change.reason,
    StateReasonData: JSON.stringify(change.data),
    StateTransitionedTimestamp: change.at / 1000,
    ...alarm.detail,
  }
}
