/** STS's limits for session tags, wherever they come from (AssumeRole, Tag and Tags). */
const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u
const MAX_TAGS = 50

/** Whether these can be the tags of a session, and these their transitive keys. Keys that differ by case are the same. */
export function areSessionTags(
  tags: ReadonlyArray<readonly [key: string, value: string]>,
  transitive: readonly string[],
): boolean {
  const keys = tags.map(([key]) => key.toLowerCase())
  return (
    tags.length <= MAX_TAGS &&
    new Set(keys).size === keys.length &&
    transitive.every((key) => keys.includes(key.toLowerCase())) &&
    tags.every(
      ([key, value]) =>
        key.length >= 1 &&
        key.length <= 128 &&
        value.length <= 256 &&
        !key.toLowerCase().startsWith('aws:') &&
        ALLOWED.test(key) &&
        ALLOWED.test(value),
    )
  )
}
