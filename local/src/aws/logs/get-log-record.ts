import { AwsError } from '../aws-error.ts'
import type { Operation } from '../call.ts'
import { requiredString } from '../input.ts'
import { eventRow, jsonFieldNames } from '../insights/record.ts'
import { toText } from '../insights/value.ts'
import type { Story } from '../story/story.ts'
import { invalidParameter, noGroupResource, readableGroups } from './log-groups.ts'
import { readPointer } from './pointer.ts'

/** GetLogRecord: the whole event behind an `@ptr`, as a map of its fields. */
export function getLogRecord(story: Story): Operation {
  return (input, call) => {
    call.authorize('logs:GetLogRecord', [noGroupResource(call)])
    const text = requiredString(input, 'logRecordPointer')
    const pointer = readPointer(text)
    if (pointer === undefined) throw invalidParameter('The log record pointer is not valid.')
    // Only groups that the caller's account can read in this region are looked through.
    const group = readableGroups(story, call).find((one) => one.arn === pointer.arn)
    const event = group
      ?.events(pointer.timestamp, pointer.timestamp, call.now.getTime())
      .find((one) => one.id === pointer.id)
    if (group === undefined || event === undefined) {
      throw new AwsError('ResourceNotFoundException', 'The log record does not exist.')
    }
    const row = eventRow(event, `${group.account}:${group.name}`, text)
    const names = ['@log', '@logStream', '@message', '@ptr', ...jsonFieldNames(event.message)]
    return {
      logRecord: {
        ...Object.fromEntries(names.map((name) => [name, toText(row.get(name)) ?? ''])),
        '@timestamp': String(event.timestamp),
        '@ingestionTime': String(event.ingestionTime),
      },
    }
  }
}
