/**
 * Whether a glob covers the whole text: `*` stands for any run of characters, `?` for any one, everything else for
 * itself. Takes time in proportion to both lengths multiplied, at worst: no pattern makes it run away.
 */
export function matchesGlob(text: string, glob: string): boolean {
  let at = 0
  let star = -1
  let retry = 0
  let position = 0
  while (at < text.length) {
    if (glob[position] === '*') {
      star = position
      retry = at
      position += 1
    } else if (position < glob.length && (glob[position] === '?' || glob[position] === text[at])) {
      position += 1
      at += 1
    } else if (star >= 0) {
      position = star + 1
      retry += 1
      at = retry
    } else {
      return false
    }
  }
  while (glob[position] === '*') position += 1
  return position === glob.length
}
