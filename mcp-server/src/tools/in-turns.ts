/**
 * Does some work for each item, at most `atATime` at once, and gives the results in the order of the items. Rejects
 * with the first failure, after which no further item is begun, once the work that runs has ended.
 */
export async function inTurns<Item, Result>(
  items: readonly Item[],
  atATime: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results = new Map<number, Result>()
  let next = 0
  let failed = false
  const worker = async (): Promise<void> => {
    while (next < items.length && !failed) {
      const at = next
      next += 1
      // Within the length, so there is an item, which may itself be undefined.
      const item = items[at] as Item
      try {
        results.set(at, await work(item))
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  const workers = Array.from({ length: Math.min(atATime, items.length) }, worker)
  const ends = await Promise.allSettled(workers)
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  return [...results].sort(([one], [other]) => one - other).map(([, result]) => result)
}

/** The items by what `keyOf` says of each, in order of first appearance. */
export function groupBy<Item, Key>(
  items: readonly Item[],
  keyOf: (item: Item) => Key,
): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}
