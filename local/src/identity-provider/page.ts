import { createHash } from 'node:crypto'

/** Text that is safe in HTML, as an element's content or a quoted attribute. Made by `html` and `text` only. */
export type Html = Readonly<{ safe: string }>

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(value: string): string {
  return value.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}

/** A template tag: every value is escaped unless it is Html already; a list of Html is joined. */
export function html(parts: TemplateStringsArray, ...values: Array<string | Html | Html[]>): Html {
  const written = values.map((value) => {
    if (typeof value === 'string') return escapeHtml(value)
    return Array.isArray(value) ? value.map(({ safe }) => safe).join('') : value.safe
  })
  return { safe: parts.map((part, index) => part + (written[index] ?? '')).join('') }
}

const STYLE = `
:root { color-scheme: light dark; --ground: #eef1f5; --card: #fff; --ink: #18202b; --soft: #566172; --line: #d5dbe3;
  --accent: #1f5fbf; --tint: #eaf1fc; --chip: #e8ecf2 }
@media (prefers-color-scheme: dark) { :root { --ground: #0f1319; --card: #181e27; --ink: #e8ecf2; --soft: #9aa6b6;
  --line: #2c3542; --accent: #86b4ff; --tint: #1d2a3f; --chip: #262f3c } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem; background: var(--ground);
  color: var(--ink); font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif }
main { width: 100%; max-width: 30rem; background: var(--card); border: 1px solid var(--line); border-radius: 1rem;
  padding: 1.5rem; overflow-wrap: anywhere }
.local { margin: 0 0 1rem; color: var(--soft); font-size: .8125rem; letter-spacing: .02em }
.local b { color: var(--accent) }
h1 { margin: 0 0 .75rem; font-size: 1.375rem; line-height: 1.25 }
p { margin: 0 0 1rem }
dl { margin: 0 0 1.25rem; display: grid; grid-template-columns: auto 1fr; gap: .375rem .875rem; font-size: .9375rem }
dt { color: var(--soft) }
dd { margin: 0 }
code { font: .875rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; background: var(--chip);
  border-radius: .3125rem; padding: .0625rem .3125rem }
button { display: block; width: 100%; margin: 0 0 .625rem; padding: .875rem 1rem; border: 1px solid var(--line);
  border-radius: .75rem; background: transparent; color: inherit; font: inherit; text-align: left; cursor: pointer }
button:hover { background: var(--tint); border-color: var(--accent) }
button:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
button b { display: block; font-size: 1.0625rem }
button span { display: block; color: var(--soft); font-size: .875rem }
button.cancel { margin: .5rem 0 0; text-align: center; border-color: transparent; color: var(--soft) }
`
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

/** The least that a page writer needs of a response; a Koa context has it. */
type Target = {
  status: number
  type: string
  body: unknown
  set: (name: string, value: string) => void
}

export type Page = Readonly<{ write: (to: Target, status?: number) => void }>

/**
 * A whole page without script, image or font of anybody. `formTargets` are the CSP sources that its form may lead to,
 * redirects included.
 */
export function createPage(
  title: string,
  content: Html,
  formTargets: readonly string[] = [],
): Page {
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${{ safe: STYLE }}</style>
</head>
<body>
<main>
${content}
</main>
</body>
</html>
`
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${STYLE_HASH}'`,
    `form-action ${formTargets.length === 0 ? "'none'" : formTargets.join(' ')}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
  return {
    write: (to, status) => {
      if (status !== undefined) to.status = status
      to.type = 'html'
      to.set('content-security-policy', policy)
      to.set('cache-control', 'no-store')
      to.set('x-content-type-options', 'nosniff')
      to.set('referrer-policy', 'no-referrer')
      to.body = document.safe
    },
  }
}

/** The line at the top of every page: nobody should take this for a real sign-in. */
export function localBanner(label: string): Html {
  return html`<p class="local"><b>Local stand-in</b> · no password, no real account · dressed as ${label}</p>`
}
