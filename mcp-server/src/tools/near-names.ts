/** Names worth offering in place of one that is not there. */
const MOST_NAMES = 5

/** Names looked at, at most: comparing is quadratic in the length of a name. */
const MOST_COMPARED = 5_000

/**
 * The names most like a wanted one, nearest first: other case, a part of one another, or few letters apart. Gives
 * nothing rather than far-fetched names.
 */
export function nearNames(wanted: string, names: Iterable<string>): readonly string[] {
  const scored: Array<readonly [name: string, distance: number]> = []
  const lower = wanted.toLowerCase()
  for (const name of new Set(names)) {
    if (scored.length >= MOST_COMPARED) break
    if (name !== wanted) scored.push([name, distanceOf(lower, name.toLowerCase())])
  }
  return scored
    .filter(([, distance]) => distance <= Math.max(2, wanted.length / 4))
    .toSorted(([one, a], [other, b]) => a - b || one.localeCompare(other))
    .slice(0, MOST_NAMES)
    .map(([name]) => name)
}

/** The sentence that offers near names; nothing when there are none. */
export function didYouMean(wanted: string, names: Iterable<string>): string[] {
  const near = nearNames(wanted, names)
  return near.length === 0 ? [] : [`Did you mean ${near.join(', ')}?`]
}

function distanceOf(wanted: string, name: string): number {
  if (wanted === name) return 0
  // A last part (Lambda for AWS/Lambda) or a part of a longer name is nearer than any misspelling of equal length.
  if (name.endsWith(`/${wanted}`)) return 0.5
  const [short, long] = wanted.length < name.length ? [wanted, name] : [name, wanted]
  if (short.length >= 3 && long.includes(short)) return 1
  return editDistance(wanted.slice(0, 256), name.slice(0, 256))
}

/** Levenshtein's distance, one row at a time. */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= other.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
