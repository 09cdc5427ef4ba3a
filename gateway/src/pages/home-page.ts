import { pathOf } from '../http/route.ts'

/** What the page for people shows; all of it is public. */
export type HomePage = Readonly<{
  publicUrl: string
  targets: ReadonlyArray<Readonly<{ name: string; region: string }>>
  issuers: readonly string[]
}>

/** Sent with the page: nothing may be loaded, framed or run. */
export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
} as const

/** The page at `/`: how a person connects an MCP client. */
export function homePage({ publicUrl, targets, issuers }: HomePage): string {
  const url = `${publicUrl}/mcp`
  const rows = targets
    .map(
      ({ name, region }) =>
        `<tr><td><code>${escapeHtml(publicUrl + pathOf(name))}</code></td><td>${escapeHtml(region)}</td></tr>`,
    )
    .join('\n')
  const client = (name: string, text: string) =>
    `<h3>${escapeHtml(name)}</h3>\n<pre><code>${escapeHtml(text)}</code></pre>`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>CloudWatch for your assistant</title>
<style>
:root { color-scheme: light dark; --line: #8884; --quiet: #667 }
@media (prefers-color-scheme: dark) { :root { --quiet: #9ab } }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 44rem; margin: 0 auto; padding: 2rem 1rem }
h1 { line-height: 1.2 }
pre, table { border: 1px solid var(--line); border-radius: .5rem }
pre { padding: .75rem; white-space: pre-wrap; overflow-wrap: anywhere }
code { font: .9rem/1.4 ui-monospace, monospace }
table { border-spacing: 0; width: 100% }
td, th { text-align: left; padding: .4rem .75rem; overflow-wrap: anywhere }
p, li { color: var(--quiet) }
</style>
</head>
<body>
<main>
<h1>CloudWatch for your assistant</h1>
<p>This gateway lets an MCP client read AWS CloudWatch with your own rights and your own name. Add the address to your
client; it sends you to sign in.</p>
<table>
<thead><tr><th>Address</th><th>Region</th></tr></thead>
<tbody>
${rows}
</tbody>
</table>
<h2>Connect</h2>
${client('Claude Code', `claude mcp add --transport http cloudwatch ${url}`)}
${client('VS Code', `code --add-mcp '{"name":"cloudwatch","type":"http","url":"${url}"}'`)}
${client('Cursor, in ~/.cursor/mcp.json', `{ "mcpServers": { "cloudwatch": { "url": "${url}" } } }`)}
${client('Any client that speaks stdio only', `npx mcp-remote ${url}`)}
<h2>Who you are here</h2>
<p>With your access token, <code>GET ${escapeHtml(publicUrl)}/whoami</code> says what this gateway makes of it. Sign-in is at:</p>
<ul>
${issuers.map((issuer) => `<li><code>${escapeHtml(issuer)}</code></li>`).join('\n')}
</ul>
</main>
</body>
</html>
`
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
