const OWN_SCOPES = new Set(['openid', 'email', 'profile'])

/** What is wrong between the parts of the evaluated cognito.yaml, which no schema knows. */
export function cognitoProblems(resources) {
  const of = (type) => Object.entries(resources).filter(([, { Type }]) => Type === type)
  const scopes = new Set(
    of('AWS::Cognito::UserPoolResourceServer').flatMap(([, { Properties }]) =>
      (Properties.Scopes ?? []).map(({ ScopeName }) => `${Properties.Identifier}/${ScopeName}`),
    ),
  )
  const styled = new Set(
    of('AWS::Cognito::ManagedLoginBranding').map(([, { Properties }]) => Properties.ClientId),
  )
  return of('AWS::Cognito::UserPoolClient').flatMap(([id, { Properties: client }]) => {
    const problems = clientProblems(client)
    for (const scope of client.AllowedOAuthScopes) {
      if (!scopes.has(scope) && !OWN_SCOPES.has(scope)) problems.push(`${scope} is no scope`)
    }
    if (!client.AllowedOAuthScopes.includes('cloudwatch/read')) {
      problems.push('its tokens lack the scope of the gateway')
    }
    if (client.AllowedOAuthFlows.includes('code') && !styled.has(`<${id}>`)) {
      problems.push('managed login shows no page for it')
    }
    return problems.map((problem) => `${id}: ${problem}`)
  })
}

function clientProblems(client) {
  const problems = []
  const flows = client.AllowedOAuthFlows
  // An implicit grant hands tokens to the browser's address bar.
  if (flows.length !== 1 || flows[0] === 'implicit') problems.push(`has the flows ${flows}`)
  if (flows.includes('client_credentials') && !client.GenerateSecret) {
    problems.push('a program without a secret')
  }
  for (const address of client.CallbackURLs ?? []) {
    const { protocol, hostname } = new URL(address)
    const loopback = hostname === 'localhost' || hostname === '127.0.0.1'
    if (protocol === 'http:' && !loopback) problems.push(`sends codes in clear to ${address}`)
  }
  const rotates = client.RefreshTokenRotation?.Feature === 'ENABLED'
  if (flows.includes('code') && !rotates) problems.push('a stolen refresh token stays good')
  // Without a list Cognito takes one that has it.
  const direct = client.ExplicitAuthFlows ?? ['ALLOW_REFRESH_TOKEN_AUTH']
  if (rotates && direct.includes('ALLOW_REFRESH_TOKEN_AUTH')) {
    problems.push('Cognito refuses rotation beside ALLOW_REFRESH_TOKEN_AUTH')
  }
  if (client.PreventUserExistenceErrors !== 'ENABLED') problems.push('tells who has an account')
  if (client.EnableTokenRevocation !== true) problems.push('its tokens cannot be revoked')
  return problems
}
