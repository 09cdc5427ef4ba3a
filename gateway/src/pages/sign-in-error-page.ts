import { html, NOTHING } from './html.ts'
import { page, pageHeaders } from './page.ts'
import { showText } from './show-text.ts'

/** What a person reads when a sign-in cannot go on. None of it but `back` comes from a client or an issuer. */
export type SignInErrorPage = Readonly<{
  title: string
  /** What happened. */
  text: string
  /** What to do about it. */
  fix: string
  /** The client's own address, for the person to go to: an https URL that has been checked, and its host. */
  back?: Readonly<{ url: string; to: string }> | undefined
  requestId: string
}>

/** The headers that the page is sent with. */
export const PAGE_HEADERS = pageHeaders("'none'")

const MAX_HOST = 120

/** A page that ends a sign-in which cannot be answered to the client, or not without the person's own doing. */
export function signInErrorPage({ title, text, fix, back, requestId }: SignInErrorPage): string {
  return page({
    title,
    main: html`<h1>${title}</h1>
<p>${text}</p>
<h2>What to do</h2>
<p>${fix}</p>${
      back === undefined
        ? NOTHING
        : html`
<p><a class="button" href="${back.url}" rel="noreferrer">Go to ${showText(back.to, MAX_HOST)}</a></p>`
    }`,
    footer: html`If you ask an administrator for help, name this request: <code>${requestId}</code>`,
  })
}
