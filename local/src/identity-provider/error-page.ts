import type { ErrorOut } from 'oidc-provider'

import type { Dress } from './dress.ts'
import { createPage, html, localBanner, type Page } from './page.ts'

/** What went wrong, for the person at the browser. `expired` is the usual case: an old tab, or a restart in between. */
export function errorPage(dress: Pick<Dress, 'label'>, out: ErrorOut, expired: boolean): Page {
  const title = expired ? 'This sign-in is over' : 'Sign-in cannot start'
  const advice = expired
    ? 'It was finished, took longer than an hour, or the local stack was restarted. Connect again from your client.'
    : out.error === 'invalid_client'
      ? 'This issuer does not know the client. Remove the stored sign-in in your client and connect again.'
      : 'The request of your client was refused. Close this page and connect again.'
  return createPage(
    title,
    html`${localBanner(dress.label)}
<h1>${title}</h1>
<p>${advice}</p>
<dl><dt>error</dt><dd><code>${out.error}</code></dd>
<dt>reason</dt><dd>${out.error_description ?? 'none given'}</dd></dl>`,
  )
}
