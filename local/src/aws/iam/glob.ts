/** Whether `text` matches an IAM pattern, in which `*` stands for any text and `?` for one character. */
export function matchesGlob(pattern: string, text: string): boolean {
  let [at, in_, starAt, starIn] = [0, 0, -1, 0]
  // The classic two-pointer walk: linear memory, no regular expression made from foreign text.
  while (in_ < text.length) {
    if (pattern[at] === '*') {
      starAt = at
      starIn = in_
      at += 1
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[in_])) {
      at += 1
      in_ += 1
    } else if (starAt >= 0) {
      at = starAt + 1
      starIn += 1
      in_ = starIn
    } else {
      return false
    }
  }
  while (pattern[at] === '*') at += 1
  return at === pattern.length
}
