import type { Explanation } from './explain.ts'

/** An explanation as lines for a terminal. */
export function renderExplanation({
  principal,
  rules,
  binding,
  refused,
  needs,
}: Explanation): string {
  const kind = principal.machine ? 'machine' : 'person'
  const lines = [
    `principal        ${kind} ${principal.username ?? principal.subject} (${principal.subject}) of ${principal.issuer}`,
    `groups           ${list(principal.groups)}${principal.groupsOmitted ? ' (left out of the token: too many)' : ''}`,
    `scopes           ${list(principal.scopes)}`,
    ...rules.map(({ name, verdict }) => `rule ${name.padEnd(11)} ${verdict}`),
  ]
  if (binding === undefined || needs === undefined)
    return [...lines, `refused          ${refused}`].join('\n')
  return [
    ...lines,
    `role             ${binding.roleArn} (${binding.mode}, ${binding.sessionSeconds} s)`,
    `session name     ${binding.sessionName}`,
    `source identity  ${binding.sourceIdentity ?? (binding.mode === 'web-identity' ? 'what the token says' : 'none')}`,
    `tags             ${list(binding.tags.map(({ key, value }) => `${key}=${value}`))}`,
    `session policy   ${binding.policy === undefined ? 'none' : `${binding.policy.length} characters`}${binding.policyArns.map((arn) => `, ${arn}`).join('')}`,
    `regions          ${list(binding.regions)}`,
    `tools            ${list(binding.tools)}`,
    `STS              ${needs.sts}`,
    ...(needs.oidcProvider === undefined
      ? []
      : [
          `OIDC provider    ${needs.oidcProvider.url}`,
          `  client ids     ${list(needs.oidcProvider.clientIds)}`,
        ]),
    'trust policy',
    JSON.stringify(needs.trust, undefined, 2),
    ...(binding.policy === undefined
      ? []
      : ['session policy', JSON.stringify(JSON.parse(binding.policy), undefined, 2)]),
  ].join('\n')
}

function list(items: readonly string[]): string {
  return items.join(', ') || 'none'
}
