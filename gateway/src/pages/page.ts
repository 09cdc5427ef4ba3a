import { type Html, html, NOTHING } from './html.ts'
import { STYLE, STYLE_SOURCE } from './style.ts'

/** The parts of a page that differ; all of them are safe already. */
type Frame = Readonly<{
  /** What the tab says. */
  title: string
  /** Which gateway this is, beside its name: a host. */
  host?: string
  /** More of the head: `<meta http-equiv="refresh">`. */
  head?: Html
  main: Html
  footer?: Html
  /** A page to read, rather than a question. */
  wide?: boolean
}>

/** A whole page: no script, and nothing of another host. */
export function page({ title, host, head, main, footer, wide = false }: Frame): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
${head ?? NOTHING}<style>${{ markup: STYLE }}</style>
</head>
<body${wide ? html` class="wide"` : NOTHING}>
<header><b>CloudWatch gateway</b>${host === undefined ? NOTHING : html`<span>${host}</span>`}</header>
<main>
${main}
</main>
${footer === undefined ? NOTHING : html`<footer>${footer}</footer>\n`}</body>
</html>
`.markup
}

/** Features of the browser that no page of ours asks for. */
const PERMISSIONS = ['camera', 'geolocation', 'microphone', 'payment', 'usb']
  .map((feature) => `${feature}=()`)
  .join(', ')

/**
 * The headers of every page: it may load nothing, run nothing, be framed by nobody and be kept by no cache.
 * `formAction` says where its forms may go.
 *
 * There is no Cross-Origin-Opener-Policy: clients in a browser open the sign-in as a popup, and the policy would cut it off
 * from them for good: to them it looks closed, and their callback finds no opener.
 */
export function pageHeaders(formAction: "'self'" | "'none'") {
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': [
      "default-src 'none'",
      `style-src ${STYLE_SOURCE}`,
      "frame-ancestors 'none'",
      "base-uri 'none'",
      `form-action ${formAction}`,
    ].join('; '),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    // With no-referrer a form comes with "Origin: null" (Fetch §3.2) and could not be told from one of another site.
    'referrer-policy': formAction === "'self'" ? 'same-origin' : 'no-referrer',
    'cache-control': 'no-store',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': PERMISSIONS,
  } as const
}
