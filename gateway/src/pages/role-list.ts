import { type Html, html, NOTHING } from './html.ts'
import { showText } from './show-text.ts'

/** A role that somebody may get, and the rule that gives it. */
export type OfferedRole = Readonly<{ rule: string; roleArn: string }>

/** More roles than this are folded away. */
const OPEN_ROLES = 4
const MAX_TEXT = 200

/** The roles that somebody may get, each once: by name and account, with the full ARN and the rules in details. */
export function roleList(roles: readonly OfferedRole[]): Html {
  const rules = new Map<string, readonly string[]>()
  for (const { rule, roleArn } of roles) rules.set(roleArn, [...(rules.get(roleArn) ?? []), rule])
  const arns = [...rules.keys()]
  if (arns.length === 0)
    return html`<b>Nobody yet</b><span class="soft">no rule gives a role here</span>`
  const open = arns.slice(0, OPEN_ROLES)
  const more = arns.length - open.length
  return html`<ul class="roles">${open.map((arn) => html`\n<li>${shortRole(arn)}</li>`)}${
    more > 0 ? html`\n<li class="soft">and ${String(more)} more, listed below</li>` : NOTHING
  }
</ul>
<span class="soft">${arns.length === 1 ? 'If your account may have it.' : 'One of them, by who you are when you sign in.'}</span>
<details><summary>Full names of the roles</summary>
<ul>${[...rules].map(
    ([arn, names]) => html`
<li><code>${showText(arn, MAX_TEXT)}</code>, by the rule ${showText([...new Set(names)].join(', '), MAX_TEXT)}</li>`,
  )}
</ul></details>`
}

/** `arn:{partition}:iam::{account}:role/{path}{name}`: what a person looks for first. */
function shortRole(arn: string): Html {
  const [, account, name] = /^arn:[^:]*:iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(arn) ?? []
  if (account === undefined || name === undefined) return html`<b>${showText(arn, MAX_TEXT)}</b>`
  return html`<b>${showText(name, MAX_TEXT)}</b> in account ${account}`
}
