import { pathOf } from '../http/route.ts'
import { type Html, html } from './html.ts'
import { page, pageHeaders } from './page.ts'
import { showText } from './show-text.ts'

/** What the page for people shows; all of it is public. */
export type HomePage = Readonly<{
  publicUrl: string
  targets: ReadonlyArray<Readonly<{ name: string; region: string }>>
  issuers: readonly string[]
  /** Given where clients sign in at the gateway itself: the names of the providers behind it. */
  signIn?: Readonly<{ providers: readonly string[] }>
}>

/** The headers that the page is sent with. */
export const PAGE_HEADERS = pageHeaders("'none'")

const MAX_NAME = 200

/** The page at `/`: how a person connects an MCP client. */
export function homePage({ publicUrl, targets, issuers, signIn }: HomePage): string {
  const url = `${publicUrl}/mcp`
  return page({
    title: 'CloudWatch for your assistant',
    ...(URL.canParse(publicUrl) && { host: new URL(publicUrl).host }),
    wide: true,
    main: html`<h1>CloudWatch for your assistant</h1>
<p>This gateway lets an MCP client read AWS CloudWatch with your own rights and your own name. Add the address to your
client; it sends you to sign in.</p>
<table>
<thead><tr><th scope="col">Address</th><th scope="col">Region</th></tr></thead>
<tbody>
${targets.map(
  ({ name, region }) =>
    html`<tr><td><code>${publicUrl + pathOf(name)}</code></td><td>${region}</td></tr>\n`,
)}</tbody>
</table>
<h2>Connect</h2>
${command('Claude Code', `claude mcp add --transport http cloudwatch ${url}`)}
${command('VS Code', `code --add-mcp '{"name":"cloudwatch","type":"http","url":"${url}"}'`)}
${command('Cursor, in ~/.cursor/mcp.json', `{ "mcpServers": { "cloudwatch": { "url": "${url}" } } }`)}
${command('Any client that speaks stdio only', `npx mcp-remote ${url}`)}
<h2>Signing in</h2>
${signIn === undefined ? elsewhere(issuers) : here(signIn.providers)}
<h2>Who you are here</h2>
<p>With your access token, <code>GET ${publicUrl}/whoami</code> says what this gateway makes of it.</p>`,
  })
}

function command(name: string, text: string): Html {
  return html`<h3>${name}</h3>\n<pre><code>${text}</code></pre>`
}

function here(providers: readonly string[]): Html {
  return html`<p>Any client can sign in at this gateway: it opens a page here that asks you whether it may, and you go on to your
provider:</p>
<ul>
${providers.map((name) => html`<li>${showText(name, MAX_NAME)}</li>\n`)}</ul>`
}

function elsewhere(issuers: readonly string[]): Html {
  return html`<p>Your client finds the way by itself. Sign-in is at:</p>
<ul>
${issuers.map((issuer) => html`<li><code>${issuer}</code></li>\n`)}</ul>`
}
