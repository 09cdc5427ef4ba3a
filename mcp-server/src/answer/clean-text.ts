// biome-ignore-start lint/suspicious/noControlCharactersInRegex: control characters are what is looked for here
/** Terminal sequences: CSI, OSC up to its terminator, and two-character escapes; 7-bit and 8-bit forms. */
const TERMINAL_SEQUENCES =
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b\]|\u009d)[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[@-_]/g

/** C0 and C1 controls other than tab and line feed, and DEL. */
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: see above

/**
 * Characters that a reader does not see but a model does, or that reorder what is shown: bidirectional marks and
 * overrides, zero-width space and joiners of words, the tag block, line and paragraph separators, lone surrogates.
 */
const INVISIBLE =
  /[\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]|\p{Cs}/gu

/** Text that strangers wrote, without control characters, terminal sequences and invisible marks. */
export function cleanText(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(TERMINAL_SEQUENCES, '')
    .replace(CONTROLS, '')
    .replace(INVISIBLE, '')
}

/** Clean text on one line: line feeds and tabs become visible escapes. */
export function cleanLine(text: string): string {
  return cleanText(text).replaceAll('\n', '\\n').replaceAll('\t', ' ')
}

/** The first `max` characters, marked as cut; never half a surrogate pair. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text
  return `${text.slice(0, Math.max(0, max - 1)).replace(/[\ud800-\udbff]$/, '')}…`
}
