import type { Operation } from '../call.ts'
import { optionalNumber } from '../input.ts'
import { jsonFieldNames } from '../insights/record.ts'
import type { Story } from '../story/story.ts'
import { authorizedGroup, oneGroupIdentifier } from './log-groups.ts'

const QUARTER_HOUR_MS = 15 * 60_000
const AROUND_MS = 8 * 60_000
const BUILT_IN = ['@timestamp', '@message', '@logStream', '@log', '@ingestionTime', '@ptr']

/** GetLogGroupFields: which fields a quarter of an hour of events has (8 minutes around `time`), in percent. */
export function getLogGroupFields(story: Story): Operation {
  return (input, call) => {
    const identifier = oneGroupIdentifier(input)
    const group = authorizedGroup(story, call, 'logs:GetLogGroupFields', identifier)
    const now = call.now.getTime()
    // Seconds, as in the rest of Insights.
    const time = optionalNumber(input, 'time')
    const events =
      time === undefined
        ? group.events(now - QUARTER_HOUR_MS, now, now)
        : group.events(time * 1000 - AROUND_MS, time * 1000 + AROUND_MS, now)
    const counts = new Map<string, number>()
    for (const event of events) {
      for (const name of [...BUILT_IN, ...jsonFieldNames(event.message)]) {
        counts.set(name, (counts.get(name) ?? 0) + 1)
      }
    }
    const logGroupFields = [...counts]
      .map(([name, count]) => ({ name, percent: Math.round((100 * count) / events.length) }))
      .sort((left, right) => right.percent - left.percent)
    return { logGroupFields }
  }
}
