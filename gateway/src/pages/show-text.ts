import { escapeHtml, type Html } from './html.ts'

/** Everything that makes a space or a new line. */
const BLANKS = /[\p{Zs}\p{Zl}\p{Zp}\t\n\v\f\r\u0085]+/gu

/**
 * Characters that are not seen, or that change what others look like: controls, bidi controls (UAX #9), zero-width and
 * other ignorable characters, lone surrogates, private use, and letters that are drawn as nothing.
 */
const MISLEADING =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800]/gu

/** They choose between two drawings of the same sign: nobody misses them. */
const VARIATIONS = /[\ufe00-\ufe0f]/gu

/** More marks on one letter than any script writes: they would be drawn over the lines around it. */
const PILED_MARKS = /(\p{M}{3})\p{M}+/gu

/**
 * Text from a stranger as one line of plain text: blanks become single spaces, characters that could mislead are left
 * out, and what is longer than `maxCharacters` ends in an ellipsis. Empty where nothing is left. It does not escape.
 */
export function plainText(text: string, maxCharacters: number): string {
  // The blanks first, which are controls in part; the rest when nothing unseen stands between two letters any more.
  const line = oneLine(text.replaceAll(BLANKS, ' ').replaceAll(MISLEADING, '')).trim()
  return cut([...line], maxCharacters).join('')
}

/**
 * Text from a stranger as markup: as `plainText`, but what could mislead is shown by its number (`U+202E`), so that a
 * person sees that something is odd, and the whole is isolated: a name written from right to left leaves the words
 * around it where they are.
 */
export function showText(text: string, maxCharacters: number): Html {
  const signs = [...oneLine(text).trim()].flatMap((sign) =>
    sign.search(MISLEADING) === -1 ? [sign] : [...codeOf(sign)],
  )
  return { markup: `<bdi>${escapeHtml(cut(signs, maxCharacters).join(''))}</bdi>` }
}

function oneLine(text: string): string {
  return text
    .replaceAll(BLANKS, ' ')
    .normalize('NFC')
    .replaceAll(VARIATIONS, '')
    .replaceAll(PILED_MARKS, '$1')
}

function cut(signs: readonly string[], maxCharacters: number): readonly string[] {
  return signs.length <= maxCharacters ? signs : [...signs.slice(0, maxCharacters - 1), '…']
}

/** In brackets of its own, since the numbers of two characters in a row could not be told apart. */
function codeOf(sign: string): string {
  const code = sign.codePointAt(0) ?? 0
  return `[U+${code.toString(16).toUpperCase().padStart(4, '0')}]`
}
