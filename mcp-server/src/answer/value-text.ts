/** A time in ISO 8601, UTC, without milliseconds; `-` when there is none. */
export function dateText(time: Date | number | undefined): string {
  if (time === undefined) return '-'
  const date = new Date(time)
  return Number.isNaN(date.getTime()) ? '-' : date.toISOString().replace(/\.\d{3}Z$/, 'Z')
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'] as const

/** A number of bytes in the largest unit that leaves a whole part, powers of 1024; `-` when there is none. */
export function bytesText(bytes: number | undefined): string {
  if (bytes === undefined) return '-'
  const step = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10))
  return `${numberText(bytes / 1024 ** step, 3)} ${UNITS[step]}`
}

/** A number with at most `digits` significant digits and no trailing zeros; whole numbers stay whole. */
export function numberText(value: number, digits = 6): string {
  if (!Number.isFinite(value)) return '-'
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value)
  return String(Number(value.toPrecision(digits)))
}

/** A count with thousands separated by commas. */
export function countText(count: number): string {
  return Math.round(count).toLocaleString('en-US')
}

/** A length of time in its two largest units, `2d 3h`, `5m 20s`, `0s`. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000))
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const
  const first = parts.findIndex(([amount]) => amount > 0)
  if (first < 0) return '0s'
  return parts
    .slice(first, first + 2)
    .flatMap(([amount, unit]) => (amount > 0 ? [`${amount}${unit}`] : []))
    .join(' ')
}
