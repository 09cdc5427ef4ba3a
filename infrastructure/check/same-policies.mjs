import { canonicalPolicy } from './canonical-policy.mjs'
import { evaluate } from './evaluate.mjs'

/**
 * Where the templates, with the parameters of a sample, differ from what `npm run iam` wrote for its configuration.
 * `templateOf` gives a template by its file name.
 */
export function differences(sample, { needs, gatewayRole }, templateOf) {
  const { pseudo } = sample
  const resourcesOf = (file, parameters) => {
    const { problems, resources } = evaluate(templateOf(file), parameters, pseudo)
    if (problems.length > 0) throw new Error(`${file}: ${problems.join('; ')}`)
    return resources
  }
  const found = []
  const compare = (what, template, program) => {
    if (template !== program)
      found.push(`${what}\n  template: ${template}\n  npm run iam: ${program}`)
  }
  const [role] = needs.roles
  const { Properties: made } = resourcesOf('user-role.yaml', sample.userRole).Role
  compare('name', made.RoleName, role.name)
  compare('session', String(made.MaxSessionDuration), String(role.maxSessionSeconds))
  compare('trust', canonicalPolicy(made.AssumeRolePolicyDocument), canonicalPolicy(role.trust))
  compare(
    'permissions',
    canonicalPolicy(made.Policies[0].PolicyDocument),
    canonicalPolicy(role.permissions),
  )
  const [provider] = needs.oidcProviders
  if (sample.identityProvider === undefined) {
    compare('identity provider', undefined, provider?.url)
  } else {
    const { Properties } = resourcesOf(
      'identity-provider.yaml',
      sample.identityProvider,
    ).IdentityProvider
    compare('issuer', Properties.Url, provider?.url)
    compare('client ids', String(Properties.ClientIdList), String(provider?.clientIds))
  }
  if (sample.gatewayRole === undefined) {
    compare("gateway's role", undefined, gatewayRole && canonicalPolicy(gatewayRole))
  } else {
    const { Properties } = resourcesOf('gateway-role.yaml', sample.gatewayRole).GatewayRole
    const [{ PolicyDocument }] = Properties.Policies
    const missing = actionsOf(gatewayRole).filter((one) => !actionsOf(PolicyDocument).includes(one))
    compare("gateway's role, missing", '', String(missing))
    compare(
      "gateway's role, for",
      String(PolicyDocument.Statement[0].Resource),
      String(gatewayRole.Statement[0].Resource),
    )
    compare("gateway's role, its name", Properties.RoleName, 'cloudwatch-mcp-gateway')
  }
  return found
}

function actionsOf(document) {
  return document.Statement.flatMap(({ Action }) => Action)
}
