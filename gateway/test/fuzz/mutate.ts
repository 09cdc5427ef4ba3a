/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export type Pick = <T>(values: readonly T[]) => T

export function createPick(random: () => number): Pick {
  return (values) => {
    const value = values[Math.floor(random() * values.length)]
    if (value === undefined) throw new RangeError('nothing to pick from')
    return value
  }
}

/** Changes a text of bytes (latin-1) in one to four places: by a byte, a piece, a hostile piece, a line. */
export function mutate(text: string, hostile: readonly string[], random: () => number): string {
  const pick = createPick(random)
  const somewhere = (length: number) => Math.floor(random() * (length + 1))
  // Line ends and colons are where parsers decide.
  const edge = (from: string) => {
    const edges = [...from.matchAll(/\r\n|: |\n/g)].map(({ index }) => index)
    return edges.length > 0 && random() < 0.7 ? pick(edges) : somewhere(from.length)
  }
  const changes: ReadonlyArray<(from: string) => string> = [
    (from) => {
      const at = somewhere(from.length - 1)
      const byte = String.fromCharCode(Math.floor(random() * 256))
      return from.slice(0, at) + byte + from.slice(at + 1)
    },
    (from) => {
      const at = edge(from)
      return from.slice(0, at) + pick(hostile) + from.slice(at)
    },
    (from) => {
      const at = edge(from)
      return from.slice(0, at) + from.slice(at + 1 + somewhere(4))
    },
    (from) => {
      const at = edge(from)
      const piece = from.slice(at, at + 1 + somewhere(60))
      const to = edge(from)
      return from.slice(0, to) + piece + from.slice(to)
    },
    (from) => {
      const lines = from.split('\r\n')
      const line = pick(lines)
      lines.splice(somewhere(lines.length), 0, line)
      return lines.join('\r\n')
    },
    (from) => from.slice(0, somewhere(from.length)),
    (from) => from.replace('\r\n', pick(['\n', '\r', '\r\r\n', '\r\n\r\n', ' \r\n ', '\0\r\n'])),
    (from) =>
      from.replace(/\d+/, pick(['0', '1', '-1', '+2', '0x2', '2 2', '99999999999999999999'])),
  ]
  let changed = text
  for (let count = 1 + somewhere(3); count > 0; count -= 1) changed = pick(changes)(changed)
  return changed
}
