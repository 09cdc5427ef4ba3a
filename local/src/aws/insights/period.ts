import type { Lexer } from './lexer.ts'

/** The width of a time bin: so many milliseconds, or so many months of the calendar. */
export type Period =
  | Readonly<{ unit: 'millisecond'; count: number }>
  | Readonly<{ unit: 'month'; count: number }>

const UNITS: Readonly<Record<string, Period>> = {
  ms: { unit: 'millisecond', count: 1 },
  msec: { unit: 'millisecond', count: 1 },
  s: { unit: 'millisecond', count: 1000 },
  sec: { unit: 'millisecond', count: 1000 },
  m: { unit: 'millisecond', count: 60_000 },
  min: { unit: 'millisecond', count: 60_000 },
  h: { unit: 'millisecond', count: 3_600_000 },
  hr: { unit: 'millisecond', count: 3_600_000 },
  d: { unit: 'millisecond', count: 86_400_000 },
  w: { unit: 'millisecond', count: 604_800_000 },
  mo: { unit: 'month', count: 1 },
  mon: { unit: 'month', count: 1 },
  q: { unit: 'month', count: 3 },
  qtr: { unit: 'month', count: 3 },
  y: { unit: 'month', count: 12 },
  yr: { unit: 'month', count: 12 },
}

/** Reads a period such as `5m` or `1mo`. */
export function parsePeriod(lexer: Lexer): Period {
  const token = lexer.next()
  const [, count, unit = ''] = /^(\d+)([a-z]+)$/.exec(token.text) ?? []
  const known = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined
  if (token.kind !== 'duration' || known === undefined || Number(count) < 1) {
    throw lexer.unexpected(token)
  }
  return { ...known, count: known.count * Number(count) }
}

/** The beginning of the period that holds `time`; both in milliseconds since 1970. */
export function periodStart(time: number, period: Period): number {
  if (period.unit === 'millisecond') return Math.floor(time / period.count) * period.count
  const date = new Date(time)
  const months = date.getUTCFullYear() * 12 + date.getUTCMonth()
  const first = Math.floor(months / period.count) * period.count
  return Date.UTC(Math.floor(first / 12), first % 12)
}
