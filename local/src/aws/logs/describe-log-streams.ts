import type { Operation } from '../call.ts'
import { limitOf, optionalBoolean, optionalOneOf, optionalString } from '../input.ts'
import { pageOf, requestScope } from '../page.ts'
import type { LogEvent } from '../story/log-group.ts'
import type { Story } from '../story/story.ts'
import { authorizedGroup, invalidParameter, oneGroupIdentifier } from './log-groups.ts'

type Stream = { name: string; first: LogEvent; last: LogEvent }

/** DescribeLogStreams: the streams that have events, by name or by their last event. */
export function describeLogStreams(story: Story): Operation {
  return (input, call) => {
    const identifier = oneGroupIdentifier(input)
    const group = authorizedGroup(story, call, 'logs:DescribeLogStreams', identifier)
    const prefix = optionalString(input, 'logStreamNamePrefix')
    const orderBy =
      optionalOneOf(input, 'orderBy', ['LogStreamName', 'LastEventTime'] as const) ??
      'LogStreamName'
    const descending = optionalBoolean(input, 'descending') ?? false
    const limit = limitOf(input, 'limit', { min: 1, max: 50, fallback: 50 })
    if (orderBy === 'LastEventTime' && prefix !== undefined) {
      throw invalidParameter('Cannot order by LastEventTime with a logStreamNamePrefix.')
    }
    const streams = new Map<string, Stream>()
    const now = call.now.getTime()
    for (const event of group.events(0, now, now)) {
      const known = streams.get(event.stream)
      if (known === undefined) {
        streams.set(event.stream, { name: event.stream, first: event, last: event })
      } else {
        known.last = event
      }
    }
    const byName = (left: Stream, right: Stream) => (left.name < right.name ? -1 : 1)
    const byTime = (left: Stream, right: Stream) => left.last.timestamp - right.last.timestamp
    const sorted = [...streams.values()]
      .filter((stream) => stream.name.startsWith(prefix ?? ''))
      .sort(orderBy === 'LogStreamName' ? byName : byTime)
    if (descending) sorted.reverse()
    const scope = requestScope(call, input)
    const token = optionalString(input, 'nextToken')
    const reject = () => invalidParameter('The specified nextToken is invalid.')
    const { page, nextToken } = pageOf(sorted, limit, token, scope, reject)
    return {
      logStreams: page.map((stream) => ({
        logStreamName: stream.name,
        creationTime: stream.first.timestamp,
        firstEventTimestamp: stream.first.timestamp,
        lastEventTimestamp: stream.last.timestamp,
        lastIngestionTime: stream.last.ingestionTime,
        arn: `${group.arn}:log-stream:${stream.name}`,
        storedBytes: 0,
      })),
      ...(nextToken === undefined ? {} : { nextToken }),
    }
  }
}
