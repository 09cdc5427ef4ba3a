import { AwsError } from '../aws-error.ts'
import type { Operation } from '../call.ts'
import {
  limitOf,
  optionalBoolean,
  optionalNumber,
  optionalString,
  requiredString,
} from '../input.ts'
import { offsetOf, tokenOf } from '../page.ts'
import type { Story } from '../story/story.ts'
import { fitting } from './filter-log-events.ts'
import { authorizedGroup, invalidParameter, oneGroupIdentifier } from './log-groups.ts'

/** GetLogEvents: one stream, with tokens in both directions that are never absent; at an end the token repeats. */
export function getLogEvents(story: Story): Operation {
  return (input, call) => {
    const stream = requiredString(input, 'logStreamName')
    const identifier = oneGroupIdentifier(input)
    const group = authorizedGroup(story, call, 'logs:GetLogEvents', identifier, stream)
    const limit = limitOf(input, 'limit', { min: 1, max: 10_000, fallback: 10_000 })
    const now = call.now.getTime()
    const all = group.events(0, now, now).filter((event) => event.stream === stream)
    if (all.length === 0) {
      const text = 'The specified log stream does not exist.'
      throw new AwsError('ResourceNotFoundException', text)
    }
    const from = optionalNumber(input, 'startTime') ?? 0
    // The end is exclusive here, unlike in FilterLogEvents.
    const to = optionalNumber(input, 'endTime') ?? Number.POSITIVE_INFINITY
    const found = all.filter((event) => event.timestamp >= from && event.timestamp < to)
    const scope = JSON.stringify([group.arn, stream, from, input.endTime ?? null])
    const token = optionalString(input, 'nextToken')
    const reject = () => invalidParameter('The specified nextToken is invalid.')
    const [direction, offset] = [token?.slice(0, 2), token?.slice(2)]
    if (token !== undefined && direction !== 'f/' && direction !== 'b/') throw reject()
    const at = offset === undefined ? undefined : offsetOf(offset, scope, reject)
    const forward =
      direction === 'f/' || (direction === undefined && optionalBoolean(input, 'startFromHead'))
    const start = forward ? (at ?? 0) : Math.max(0, (at ?? found.length) - limit)
    const end = forward ? Math.min(found.length, start + limit) : (at ?? found.length)
    const taken = found.slice(start, end)
    const page = forward ? taken.slice(0, fitting(taken)) : lastFitting(taken)
    const first = forward ? start : end - page.length
    return {
      events: page.map(({ timestamp, message, ingestionTime }) => ({
        timestamp,
        message,
        ingestionTime,
      })),
      nextForwardToken: `f/${tokenOf(first + page.length, scope)}`,
      nextBackwardToken: `b/${tokenOf(first, scope)}`,
    }
  }
}

function lastFitting<T extends Parameters<typeof fitting>[0]>(events: T) {
  const count = fitting([...events].reverse())
  return events.slice(events.length - count)
}
