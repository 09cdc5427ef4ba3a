import { createHash, timingSafeEqual } from 'node:crypto'

/** Whether a text is the secret one. Takes the same time wherever the two differ, and whatever their lengths. */
export function isSameText(presented: string, expected: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(hash(presented), hash(expected))
}
