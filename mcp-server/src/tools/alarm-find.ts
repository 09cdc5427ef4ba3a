import {
  type CloudWatchClient,
  DescribeAlarmsCommand,
  type DescribeAlarmsInput,
} from '@aws-sdk/client-cloudwatch'
import { ALARM_TYPES, type AnyAlarm, alarmsOf } from './alarm-text.ts'
import type { ToolContext } from './define-tool.ts'
import { didYouMean } from './near-names.ts'
import { ToolProblem } from './tool-problem.ts'

/** Pages of 100 alarms read to find a name like one that is not there, or all relatives of an alarm. */
const MOST_PAGES = 5

/** Pages of alarms until the end or a bound of five pages; AWS may give an empty page with a token. */
export async function describeAlarms(
  cloudwatch: CloudWatchClient,
  input: DescribeAlarmsInput,
  signal: AbortSignal,
): Promise<readonly AnyAlarm[]> {
  const alarms: AnyAlarm[] = []
  let token: string | undefined
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const command = new DescribeAlarmsCommand({ ...input, NextToken: token })
    const answer = await cloudwatch.send(command, { abortSignal: signal })
    alarms.push(...alarmsOf(answer))
    token = answer.NextToken
    if (token === undefined) break
  }
  return alarms
}

/** The alarm of a name, of any type. Throws a ToolProblem with near names when there is none. */
export async function findAlarm(
  name: string,
  context: Pick<ToolContext, 'cloudwatch' | 'signal' | 'region'>,
): Promise<AnyAlarm> {
  const types = Object.values(ALARM_TYPES)
  const { cloudwatch, signal, region } = context
  const found = await describeAlarms(cloudwatch, { AlarmNames: [name], AlarmTypes: types }, signal)
  const alarm = found.find((one) => one.alarm.AlarmName === name) ?? found[0]
  if (alarm !== undefined) return alarm
  const all = await describeAlarms(cloudwatch, { AlarmTypes: types, MaxRecords: 100 }, signal)
  const names = all.map((one) => one.alarm.AlarmName ?? '')
  const hint = didYouMean(name, names).join(' ')
  throw new ToolProblem(
    `There is no alarm "${name}" in ${region}.${hint === '' ? '' : ` ${hint}`} Names are case-sensitive and each region and account has its own.`,
  )
}
