const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const TIME_STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR_MS),
  ...[1, 2, 7, 14, 28].map((days) => days * DAY_MS),
]

/** A place on an axis and what is written there. */
export type Tick = Readonly<{ value: number; label: string }>

/** Round numbers from `low` to `high`, at most about `count` of them. */
export function numberTicks(low: number, high: number, count: number): readonly Tick[] {
  const rough = (high - low) / Math.max(1, count)
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 2.5, 5, 10].find((one) => one * power >= rough) ?? 10) * power
  const first = Math.ceil(low / step - 1e-9)
  const last = Math.floor(high / step + 1e-9)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => {
    const value = (first + at) * step
    return { value, label: numberLabel(value, step) }
  })
}

/** Times of the clock between two, at most `count` of them. `offsetMs` is the zone's distance from UTC. */
export function timeTicks(
  start: number,
  end: number,
  count: number,
  offsetMs: number,
): readonly Tick[] {
  const rough = (end - start) / Math.max(1, count)
  const step = TIME_STEPS.find((one) => one >= rough) ?? 28 * DAY_MS
  const first = Math.ceil((start + offsetMs) / step)
  const last = Math.floor((end + offsetMs) / step)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => {
    const local = new Date((first + at) * step).toISOString()
    return {
      value: (first + at) * step - offsetMs,
      label: step >= DAY_MS ? local.slice(5, 10).replace('-', '/') : local.slice(11, 16),
    }
  })
}

const SUFFIXES = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const

function numberLabel(value: number, step: number): string {
  const suffix = SUFFIXES.find(([size]) => Math.abs(value) >= size)
  const [size, letter] = suffix ?? [1, '']
  const digits = Math.min(10, Math.max(0, -Math.floor(Math.log10(step / size) + 1e-9)))
  const text = (value / size).toFixed(digits)
  return `${text.includes('.') ? text.replace(/\.?0+$/, '') : text}${letter}`
}
