import { dateText } from '../answer/value-text.ts'
import { ToolProblem } from './tool-problem.ts'

export type TimeRange = Readonly<{ start: Date; end: Date }>

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

const RELATIVE = /^(?:now)?\s*-\s*(\d{1,6})\s*([smhdw])$/
const ISO = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)?(Z|[+-]\d\d:?\d\d)?$/i

/** How times are written, for the descriptions of inputs. */
export const TIME_FORMS = 'Relative (-1h, now-30m, now), ISO 8601 (UTC) or epoch'

const DEFAULT_MS = 3_600_000

/**
 * The absolute range that two written times mean at `now`; the last hour when they are absent, and an hour before
 * `end` when only that is given. Throws a ToolProblem that says what is wrong and which forms are understood.
 */
export function resolveRange(
  given: Readonly<{ start?: string | undefined; end?: string | undefined }>,
  now: Date,
): TimeRange {
  const end = given.end === undefined ? now : parseTime('end', given.end, now)
  const start =
    given.start === undefined
      ? new Date(end.getTime() - DEFAULT_MS)
      : parseTime('start', given.start, now)
  if (start > now) {
    throw new ToolProblem(
      `start lies in the future (${dateText(start)}); now is ${dateText(now)}. Give a start in the past.`,
    )
  }
  if (start >= end) {
    throw new ToolProblem(
      `start (${dateText(start)}) is not before end (${dateText(end)}). Swap them or move one.`,
    )
  }
  return { start, end }
}

/** The range as an answer shows it. */
export function rangeText({ start, end }: TimeRange): string {
  return `${dateText(start)} to ${dateText(end)}`
}

/** One written time. `name` is the argument's, for the message. */
export function parseTime(name: string, written: string, now: Date): Date {
  const text = written.trim()
  const time = relative(text, now) ?? epoch(text) ?? iso(text)
  if (time === undefined || Number.isNaN(time) || Math.abs(time) > 8.64e15) {
    throw new ToolProblem(`${name} is not a time that is understood here. ${TIME_FORMS}.`)
  }
  return new Date(time)
}

function relative(text: string, now: Date): number | undefined {
  const lower = text.toLowerCase()
  if (lower === 'now') return now.getTime()
  const [, amount, unit] = RELATIVE.exec(lower) ?? []
  const unitMs = UNIT_MS[unit ?? '']
  return unitMs === undefined ? undefined : now.getTime() - Number(amount) * unitMs
}

/** Ten digits are seconds until the year 2286, thirteen are milliseconds. */
function epoch(text: string): number | undefined {
  if (/^\d{9,10}(\.\d+)?$/.test(text)) return Number(text) * 1_000
  return /^\d{12,13}$/.test(text) ? Number(text) : undefined
}

function iso(text: string): number | undefined {
  const match = ISO.exec(text)
  if (match === null) return undefined
  const whole = text.length === 10 ? `${text}T00:00` : text.replace(' ', 'T')
  // JavaScript reads a time without an offset as local time; here it is UTC, wherever the server runs.
  return Date.parse(match[1] === undefined ? `${whole}Z` : whole.toUpperCase())
}
