import type { LoadedConfig } from './load.ts'

/** What weakens this gateway, or will surprise whoever runs it; said at every start. */
export function warnings(config: LoadedConfig): readonly string[] {
  const dangerous = Object.entries(config)
    .filter(([key, value]) => key.startsWith('dangerously') && value === true)
    .map(([key]) => `${key} is set: it weakens the security of this gateway`)
  // Who signs in through the gateway leaves an ID token for STS.
  const getsAccessTokens = config.loginMode === 'direct'
  const cognito =
    getsAccessTokens && config.providers.some(({ provider }) => provider === 'cognito')
      ? [
          'a Cognito access token can be exchanged at STS only if it is bound to a resource: STS refuses one without aud',
        ]
      : []
  return [...dangerous, ...cognito, ...rulesForAnyIssuer(config)]
}

/** Two issuers may give one name to two groups or people, and a rule that names no issuer takes them for the same. */
export function rulesForAnyIssuer({ providers, rules }: LoadedConfig): readonly string[] {
  if (providers.filter(({ provider }) => provider !== 'aws-iam').length < 2) return []
  return rules
    .filter(
      ({ when }) =>
        when.issuer === undefined && (when.groups !== undefined || when.subject !== undefined),
    )
    .map(
      ({ name }) =>
        `the rule ${name} is for groups or subjects of every issuer: name one in when.issuer unless all may give these names`,
    )
}
