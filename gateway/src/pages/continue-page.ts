import { html } from './html.ts'
import { page, pageHeaders } from './page.ts'
import { showText } from './show-text.ts'

/** A page that sends the browser on. */
export type ContinuePage = Readonly<{
  /** Where to; absolute, as a URL parser writes it. */
  url: string
  /** What is there, in words ("Okta (example.okta.com)"), or the scheme of an app (`cursor:`). */
  to: string
  /** The person said no. */
  declined?: boolean
}>

/** The headers that the page is sent with. */
export const PAGE_HEADERS = pageHeaders("'none'")

/** They would run or show what their own text says, in place of a page of somebody's. */
const NO_PLACES = /^(?:javascript|data|vbscript|blob|file|about|view-source|filesystem):/i
/** What a URL parser has either encoded or left out (URL Standard §4.4). */
const UNENCODED = /[\s\p{Cc}\p{Cs}]/u
const MAX_WORDS = 120

/**
 * The answer to a form that leads on to another origin: a redirect would be held to the form's `form-action`, a page that
 * refreshes itself is not. The link is for browsers that do not refresh. Throws for a URL that no page may lead to: whoever
 * calls has checked it, so this is a bug.
 */
export function continuePage({ url, to, declined = false }: ContinuePage): string {
  if (!URL.canParse(url) || NO_PLACES.test(url) || UNENCODED.test(url)) {
    throw new Error('a page cannot lead to this URL')
  }
  const place = /^[a-z][a-z0-9+.-]*:\/*$/i.test(to) ? html`the app` : showText(to, MAX_WORDS)
  // Everything behind "url=" is the URL, whatever it holds, since it begins with no quote (HTML §4.2.5.3).
  const head = html`<meta http-equiv="refresh" content="0;url=${url}">\n`
  const main = declined
    ? html`<h1>Nothing was shared</h1>
<p>You said no. The program is told so, and gets no access.</p>
<p class="soft">If this page stays, go back by yourself:</p>
<p><a class="button" href="${url}" rel="noreferrer">Return to ${place}</a></p>`
    : html`<h1>One moment</h1>
<p>You go on to ${place}.</p>
<p class="soft">If this page stays, go on by yourself:</p>
<p><a class="button" href="${url}" rel="noreferrer">Continue to ${place}</a></p>`
  return page({ title: declined ? 'Nothing was shared' : 'One moment', head, main })
}
