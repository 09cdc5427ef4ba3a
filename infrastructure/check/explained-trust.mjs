import { loadConfig } from '../../gateway/dist/src/config/load.js'
import { explain } from '../../gateway/dist/src/explain/explain.js'
import { createIdentityRooms } from '../../gateway/dist/src/identity-rooms.js'
import { canonicalPolicy } from './canonical-policy.mjs'
import { evaluate } from './evaluate.mjs'

const ISSUER = 'https://example.okta.com/oauth2/default'
const ENVIRONMENT = {
  GATEWAY_PUBLIC_URL: 'https://gateway.example.com',
  OIDC_PROVIDER: 'okta',
  OIDC_ISSUER: ISSUER,
  OIDC_AUDIENCE: 'api://default',
  STS_ROLE_ARN: 'arn:aws:iam::111122223333:role/CloudWatchSre',
}
const CLAIMS = {
  iss: ISSUER,
  sub: 'alice@example.com',
  uid: '00u1',
  aud: 'api://default',
  iat: 1,
  exp: 2,
  'https://aws.amazon.com/tags/principal_tags/team': 'shop',
  'https://aws.amazon.com/source_identity': '00u1',
}

/** Where user-role.yaml with TokenCarriesTags differs from the trust that `npm run explain` asks for such a token. */
export function explainedTrust(template) {
  const { providers, rules, targets, resourceOf, bindRole } = createIdentityRooms(
    loadConfig(ENVIRONMENT, () => ''),
  )
  const { needs } = explain(CLAIMS, 'default', {
    providers: providers.map(({ provider }) => provider),
    rules: rules(),
    resources: targets.map(resourceOf),
    bindRole,
    gatewayRole: undefined,
  })
  const { Role } = evaluate(template, {
    RoleName: 'CloudWatchSre',
    IssuerUrl: ISSUER,
    Audiences: 'api://default',
    TokenCarriesTags: 'true',
  }).resources
  const made = canonicalPolicy(Role.Properties.AssumeRolePolicyDocument)
  const asked = canonicalPolicy(needs.trust)
  return made === asked ? [] : [`template: ${made}\nnpm run explain: ${asked}`]
}
