import type { Call, Input, Operation } from '../call.ts'
import {
  limitOf,
  optionalBoolean,
  optionalNumber,
  optionalString,
  optionalStrings,
} from '../input.ts'
import { offsetOf, requestScope, tokenOf } from '../page.ts'
import type { LogEvent, LogGroup } from '../story/log-group.ts'
import type { Story } from '../story/story.ts'
import { compileFilterPattern } from './filter-pattern.ts'
import { authorizedGroup, invalidParameter, oneGroupIdentifier } from './log-groups.ts'

const MAX_PAGE_BYTES = 1024 * 1024
/** What AWS counts for an event beside its message. */
const EVENT_OVERHEAD_BYTES = 26

/** FilterLogEvents: times in milliseconds, 10,000 events or 1 MB per page, oldest first unless told otherwise. */
export function filterLogEvents(story: Story): Operation {
  return (input, call) => {
    const identifier = oneGroupIdentifier(input)
    const group = authorizedGroup(story, call, 'logs:FilterLogEvents', identifier)
    if (optionalBoolean(input, 'unmask') === true) {
      call.authorize('logs:Unmask', [`${group.arn}:log-stream:`])
    }
    const limit = limitOf(input, 'limit', { min: 1, max: 10_000, fallback: 10_000 })
    const found = findEvents(input, call, group)
    const scope = requestScope(call, input)
    const token = optionalString(input, 'nextToken')
    const reject = () => invalidParameter('The specified nextToken is invalid.')
    const start = token === undefined ? 0 : offsetOf(token, scope, reject)
    // A page may be empty and still have a successor: readers must go on.
    if (call.partial)
      return { events: [], searchedLogStreams: [], nextToken: tokenOf(start, scope) }
    const end = start + fitting(found.slice(start, start + limit))
    return {
      events: found.slice(start, end).map((event) => ({
        logStreamName: event.stream,
        timestamp: event.timestamp,
        message: event.message,
        ingestionTime: event.ingestionTime,
        eventId: event.id,
      })),
      searchedLogStreams: [],
      ...(end < found.length ? { nextToken: tokenOf(end, scope) } : {}),
    }
  }
}

function findEvents(input: Input, call: Call, group: LogGroup): readonly LogEvent[] {
  const now = call.now.getTime()
  const from = optionalNumber(input, 'startTime') ?? 0
  const to = optionalNumber(input, 'endTime') ?? now
  if (from > to) throw invalidParameter('startTime must not be after endTime')
  const names = optionalStrings(input, 'logStreamNames')
  const prefix = optionalString(input, 'logStreamNamePrefix')
  if (names !== undefined && prefix !== undefined) {
    throw invalidParameter('logStreamNames and logStreamNamePrefix cannot both be specified')
  }
  const matches = compileFilterPattern(optionalString(input, 'filterPattern') ?? '')
  const found = group
    .events(from, to, now)
    .filter(
      (event) =>
        (names?.includes(event.stream) ?? true) &&
        event.stream.startsWith(prefix ?? '') &&
        matches(event.message),
    )
  return optionalBoolean(input, 'startFromHead') === false ? found.reverse() : found
}

/** How many of the events fit into one page. */
export function fitting(events: readonly LogEvent[]): number {
  let bytes = 0
  const over = events.findIndex((event) => {
    bytes += Buffer.byteLength(event.message) + EVENT_OVERHEAD_BYTES
    return bytes > MAX_PAGE_BYTES
  })
  return over === -1 ? events.length : Math.max(1, over)
}
