import { createHash } from 'node:crypto'
import type { Line, WriteLines } from './log-lines.ts'
import { LOG_MINUTES, remember, type Traffic } from './traffic.ts'

/** Where and when: the account and region of a log group, and the minute that counts as 0. */
export type Place = Readonly<{ startMinute: number; account: string; region: string }>

export type LogEvent = Readonly<{
  id: string
  /** Milliseconds since 1970. */
  timestamp: number
  ingestionTime: number
  stream: string
  message: string
}>

export type LogGroup = Readonly<{
  name: string
  arn: string
  account: string
  creationTime: number
  retentionInDays: number
  /**
   * Events from `from` to `to`, both inclusive, oldest first, none later than `now` and none that the group no longer
   * keeps. All in milliseconds.
   */
  events: (from: number, to: number, now: number) => readonly LogEvent[]
  /** About how many bytes of events the group keeps at `now`: every so many minutes are counted for all. */
  storedBytes: (now: number) => number
}>

const MINUTE_MS = 60_000
const RETENTION_DAYS = LOG_MINUTES / 1440
/** What CloudWatch Logs counts for an event beside its message. */
const EVENT_OVERHEAD_BYTES = 26
const SAMPLE_MINUTES = 16
const DAY_MS = 86_400_000

/** A log group whose lines are made from traffic, from three days before the start of the program until now. */
export function logGroup(
  place: Place,
  name: string,
  traffic: Traffic,
  write: WriteLines,
  extra?: (index: number) => readonly Line[],
): LogGroup {
  const linesOf = (index: number) => [...traffic(index).flatMap(write), ...(extra?.(index) ?? [])]
  return makeGroup(place, name, linesOf, SAMPLE_MINUTES)
}

/** A log group with few lines, each of which somebody wrote. */
export function writtenLogGroup(
  place: Place,
  name: string,
  linesOf: (index: number) => readonly Line[],
): LogGroup {
  return makeGroup(place, name, linesOf, 1)
}

/** `sampleMinutes`: of so many minutes one is counted for all of them. */
function makeGroup(
  place: Place,
  name: string,
  linesOf: (index: number) => readonly Line[],
  sampleMinutes: number,
): LogGroup {
  const { startMinute } = place
  const eventsOf = remember((index) =>
    linesOf(index)
      .toSorted((left, right) => left.offsetMs - right.offsetMs)
      .map((line, at) => toEvent(line, startMinute + index * MINUTE_MS, `${name}${index}.${at}`)),
  )
  const bytesOf = rememberNumber((index) =>
    eventsOf(index).reduce(
      (sum, event) => sum + Buffer.byteLength(event.message) + EVENT_OVERHEAD_BYTES,
      0,
    ),
  )
  return {
    name,
    arn: `arn:aws:logs:${place.region}:${place.account}:log-group:${name}`,
    account: place.account,
    creationTime: startMinute - 30 * DAY_MS,
    retentionInDays: RETENTION_DAYS,
    events(from, to, now) {
      const last = Math.min(to, now)
      const first = Math.max(from, now - RETENTION_DAYS * DAY_MS)
      const firstIndex = Math.max(-LOG_MINUTES, Math.floor((first - startMinute) / MINUTE_MS))
      const lastIndex = Math.floor((last - startMinute) / MINUTE_MS)
      const found: LogEvent[] = []
      for (let index = firstIndex; index <= lastIndex; index += 1) {
        for (const event of eventsOf(index)) {
          if (event.timestamp >= first && event.timestamp <= last) found.push(event)
        }
      }
      return found
    },
    storedBytes(now) {
      const last = Math.floor((now - startMinute) / MINUTE_MS)
      const first = Math.ceil(Math.max(-LOG_MINUTES, last - LOG_MINUTES) / sampleMinutes)
      let bytes = 0
      for (let sample = first; sample * sampleMinutes < last; sample += 1) {
        bytes += sampleMinutes * bytesOf(sample * sampleMinutes)
      }
      return bytes
    },
  }
}

function rememberNumber(make: (index: number) => number): (index: number) => number {
  const made = new Map<number, number>()
  return (index) => {
    const known = made.get(index)
    if (known !== undefined) return known
    const fresh = make(index)
    made.set(index, fresh)
    return fresh
  }
}

function toEvent(line: Line, minute: number, key: string): LogEvent {
  const timestamp = minute + line.offsetMs
  const digest = createHash('sha1').update(key).digest()
  return {
    // Like AWS's: a number of 56 digits that grows with time.
    id: `3${timestamp}${[...digest].join('').padEnd(42, '0').slice(0, 42)}`,
    timestamp,
    ingestionTime: timestamp + 300 + ((digest[0] ?? 0) % 200),
    stream: line.stream,
    message: line.message,
  }
}
