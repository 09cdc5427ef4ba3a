import { isStructure } from '../input.ts'
import type { LogEvent } from '../story/log-group.ts'

/** Where an event is: what `@ptr` says. */
export type Pointer = Readonly<{ arn: string; id: string; timestamp: number }>

/** The value of `@ptr` for an event of the group with this ARN. */
export function pointerTo(arn: string, event: LogEvent): string {
  return Buffer.from(JSON.stringify([arn, event.id, event.timestamp])).toString('base64')
}

/** Reads a pointer; undefined when the text is none. */
export function readPointer(text: string): Pointer | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64').toString())
    if (!Array.isArray(value) || isStructure(value)) return undefined
    const [arn, id, timestamp] = value
    return typeof arn === 'string' && typeof id === 'string' && typeof timestamp === 'number'
      ? { arn, id, timestamp }
      : undefined
  } catch {
    return undefined
  }
}
