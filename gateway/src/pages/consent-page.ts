import { type Html, html, NOTHING } from './html.ts'
import { page, pageHeaders } from './page.ts'
import { type OfferedRole, roleList } from './role-list.ts'
import { plainText, showText } from './show-text.ts'

type Issuer = Readonly<{ issuer: string; name: string }>

/** What a person is asked. Names, hosts and addresses of the client are its own words. */
export type ConsentPage = Readonly<{
  client: Readonly<{
    /** What it calls itself. */
    name: string | undefined
    /** The host that vouches for it, that of its metadata document; a registered client has none. */
    host: string | undefined
    /** Where the answer is sent: a host, or for an app its scheme with the colon (`cursor:`). */
    redirectTo: string
    /** The answer is sent to a loopback address. */
    onThisComputer: boolean
  }>
  /** The protected resource, as clients name it; an absolute URL. */
  resource: string
  target: Readonly<{ name: string; region: string }>
  /** Every role that somebody may get there. */
  roles: readonly OfferedRole[]
  /** Where one can sign in; at least one. */
  issuers: readonly Issuer[]
  /** The sealed value that the form brings back. */
  transaction: string
}>

/** The headers that the page is sent with. */
export const PAGE_HEADERS = pageHeaders("'self'")

const MAX_NAME = 60
const MAX_HOST = 253
const MAX_TEXT = 200

/**
 * The page that asks whether a client may act for the person. Its forms post `transaction`, `decision` (`allow` or
 * `deny`) and, where there are several issuers, `issuer` to `/oauth/consent`, each once and without script. What
 * strangers wrote is shown in full view and obeyed nowhere; whether it is true is not judged here.
 */
export function consentPage(asked: ConsentPage): string {
  const { client, resource, target, roles, issuers, transaction } = asked
  const isNamed = plainText(client.name ?? '', MAX_NAME) !== ''
  const name = isNamed ? showText(client.name ?? '', MAX_NAME) : html`An unnamed client`
  const subject = isNamed ? html`<strong class="claim">${name}</strong>` : html`an unnamed client`
  return page({
    title: 'Let a program read CloudWatch as you?',
    host: new URL(resource).host,
    main: html`<h1>Let ${subject} read CloudWatch as you?</h1>
${caution(client.onThisComputer)}
<dl>
<div><dt>Who asks</dt><dd><b>${name}</b>${standing(client.host, isNamed)}</dd></div>
<div><dt>Answer goes to</dt><dd>${destination(client)}</dd></div>
<div><dt>May read</dt><dd><b>CloudWatch in ${showText(target.region, MAX_TEXT)}</b><span class="soft">target ${showText(
      target.name,
      MAX_TEXT,
    )}, at <code>${showText(resource, MAX_TEXT)}</code></span></dd></div>
<div><dt>With the role</dt><dd>${roleList(roles)}</dd></div>
</dl>
<h2>What happens next</h2>
<ol class="steps">
<li>You sign in at ${issuers.length === 1 ? issuers.map(nameOf) : 'the provider that you choose'}.</li>
<li>Your account there decides the role.</li>
<li>The program gets a pass for this gateway: no password and no AWS key. What it reads is recorded under your name.</li>
</ol>
${choices(issuers, transaction)}`,
  })
}

function standing(host: string | undefined, isNamed: boolean): Html {
  if (host !== undefined) {
    return html`<span class="soft">the name is its own claim; <b>${showText(host, MAX_HOST)}</b> vouches for it</span>`
  }
  return html`<span class="soft">registered itself; ${isNamed ? 'anyone can use any name' : 'it gave no name'}</span>`
}

function destination({ redirectTo, onThisComputer }: ConsentPage['client']): Html {
  const place = showText(redirectTo, MAX_HOST)
  if (onThisComputer) {
    return html`<b>A program on this computer</b><span class="soft">at <code>${place}</code></span>`
  }
  if (/:\/*$/.test(redirectTo)) {
    return html`<b>An app on this device</b><span class="soft">the one that opens links with <code>${place}</code></span>`
  }
  return html`<b>${place}</b><span class="soft">a site outside this computer</span>`
}

function caution(onThisComputer: boolean): Html {
  if (!onThisComputer) {
    return html`<p>Go on only if you have just started to connect this program yourself.</p>`
  }
  return html`<div class="note"><p><b>Any program on this computer could have asked this</b>, under any name, and would get the
answer. Go on only if you have just started to connect it yourself.</p></div>`
}

/** Two forms, so that `decision` stands once in each, whichever button is pressed. */
function choices(issuers: readonly Issuer[], transaction: string): Html {
  const form = (
    decision: 'allow' | 'deny',
    buttons: Html,
  ) => html`<form method="post" action="/oauth/consent">
<input type="hidden" name="transaction" value="${transaction}"><input type="hidden" name="decision" value="${decision}">
${buttons}
</form>`
  const several = issuers.length > 1
  const allow = several
    ? issuers.map(
        (one) =>
          html`<button name="issuer" value="${one.issuer}">Continue to ${nameOf(one)}</button>\n`,
      )
    : issuers.map((one) => html`<button>Continue to ${nameOf(one)}</button>`)
  return html`<div class="choices${several ? '' : ' pair'}">
${several ? html`<h2>Where do you sign in?</h2>\n` : NOTHING}${form('allow', html`${allow}`)}
${form('deny', html`<button class="deny">Deny</button>`)}
</div>`
}

function nameOf({ name }: Issuer): Html {
  return showText(name, MAX_TEXT)
}
