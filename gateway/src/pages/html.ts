/** Markup that is safe to put into a page. Made by `html` and by `showText` only. */
export type Html = Readonly<{ markup: string }>

/** What may stand between the pieces of a template: text is escaped, markup and lists of it are not. */
type Part = string | Html | readonly Html[]

/** Escapes text for an element's content and for a quoted attribute. It does not judge the text: see `showText`. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** A template tag for markup: whatever is put in is escaped, unless it is markup already. */
export function html(pieces: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const written = parts.map((part) => {
    if (typeof part === 'string') return escapeHtml(part)
    return 'markup' in part ? part.markup : part.map(({ markup }) => markup).join('')
  })
  return { markup: pieces.map((piece, index) => piece + (written[index] ?? '')).join('') }
}

/** No markup at all: the other half of a condition. */
export const NOTHING: Html = { markup: '' }
