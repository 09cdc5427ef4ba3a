import { html } from './html.ts'
import { page, pageHeaders } from './page.ts'

/** What a person reads when a sign-in cannot go on. None of it comes from a client or an issuer. */
export type SignInErrorPage = Readonly<{
  title: string
  /** What happened. */
  text: string
  /** What to do about it. */
  fix: string
  requestId: string
}>

export const PAGE_HEADERS = pageHeaders("'none'")

/** A page that ends a sign-in which cannot be answered to the client. */
export function signInErrorPage({ title, text, fix, requestId }: SignInErrorPage): string {
  return page({
    title,
    main: html`<h1>${title}</h1>
<p>${text}</p>
<h2>What to do</h2>
<p>${fix}</p>`,
    footer: html`If you ask an administrator for help, name this request: <code>${requestId}</code>`,
  })
}
