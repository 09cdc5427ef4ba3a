/** Numbers in [0, 1) that depend on nothing but `seed`. */
export type Random = () => number

/** A small generator (mulberry32) seeded with a hash of the text (FNV-1a): the same story on every machine. */
export function randomFrom(seed: string): Random {
  let state = 0x811c9dc5
  for (let at = 0; at < seed.length; at += 1) {
    state = Math.imul(state ^ seed.charCodeAt(at), 0x01000193)
  }
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** A latency-like number: most near `median`, a long tail to the right, wider with `spread`. */
export function logNormal(random: Random, median: number, spread: number): number {
  const gauss = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return median * Math.exp(spread * gauss)
}

/** `length` hexadecimal digits, eight from each number. */
export function hex(random: Random, length: number): string {
  let digits = ''
  while (digits.length < length) {
    digits += Math.floor(random() * 4294967296)
      .toString(16)
      .padStart(8, '0')
  }
  return digits.slice(0, length)
}

/** One of `items`, which must not be empty. */
export function pick<T>(random: Random, items: readonly [T, ...T[]]): T {
  return items[Math.floor(random() * items.length)] ?? items[0]
}
