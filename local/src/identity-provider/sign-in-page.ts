import type { Person } from '../world.ts'
import { createPage, html, localBanner, type Page } from './page.ts'

export type SignInRequest = Readonly<{
  label: string
  /** Who may be chosen. */
  people: readonly Person[]
  /** Where the form goes: the page's own path. */
  action: string
  /** The id of the interaction; the form carries it and the cookie must agree. */
  uid: string
  clientName: string
  redirectUri: string
  /** Whether that is a stop on the way to a client of its own, which may be anywhere. */
  leadsOn: boolean
  resource: string
  scopes: readonly string[]
}>

/** The page that asks who signs in: one button for each person, one to cancel. */
export function signInPage(request: SignInRequest): Page {
  const { label, people, action, uid, clientName, redirectUri, resource, scopes } = request
  const scopeList = scopes.map((scope) => html`<code>${scope}</code> `)
  return createPage(
    `Sign in for ${clientName}`,
    html`${localBanner(label)}
<h1>${clientName} asks for access</h1>
<dl>
<dt>returns to</dt><dd>${hostOf(redirectUri)}</dd>
<dt>resource</dt><dd><code>${resource}</code></dd>
<dt>scope</dt><dd>${scopeList}</dd>
</dl>
<p>Who are you? Choosing signs you in and grants what is asked.</p>
<form method="post" action="${action}">
<input type="hidden" name="interaction" value="${uid}">
${people.map(personButton)}
<button class="cancel" name="cancel" value="yes">Cancel</button>
</form>`,
    formTargets(request),
  )
}

function personButton(person: Person) {
  return html`<button name="person" value="${person.id}"><b>${person.name}</b>
<span>${person.title}</span><span>May use: ${person.may}</span></button>
`
}

function hostOf(uri: string): string {
  const { protocol, host } = new URL(uri)
  return host === '' ? protocol : host
}

/**
 * Browsers hold `form-action` against every redirect that follows the form, the client's callback included. A callback
 * on the web may lead back to a program on this machine (vscode.dev does), so loopback is always allowed; a gateway leads
 * to clients on the web and to apps.
 */
function formTargets({ redirectUri, leadsOn }: SignInRequest): readonly string[] {
  if (leadsOn) return ["'self'", 'http:', 'https:', 'cursor:']
  const { protocol, host, hostname } = new URL(redirectUri)
  const loopback = ['http://localhost:*', 'http://127.0.0.1:*']
  if (protocol !== 'http:' && protocol !== 'https:') return ["'self'", protocol]
  // CSP has no notation for an IPv6 host.
  const callback = hostname.startsWith('[') ? protocol : `${protocol}//${host}`
  return ["'self'", callback, ...loopback]
}
