import { predictSts } from '../credentials/sts-prediction.ts'
import { GatewayError } from '../errors.ts'
import type { PolicyDocument } from '../iam/account-needs.ts'
import { accountNeeds } from '../iam/account-needs.ts'
import type { Principal } from '../principal/principal.ts'
import { toPrincipal } from '../principal/to-principal.ts'
import { evaluateRule } from '../role/evaluate-rule.ts'
import type { RoleBinding } from '../role/role-binding.ts'
import type { Rule } from '../role/rule.ts'
import { ID_TOKEN_FOR_STS, type Provider } from '../token/provider.ts'

/** What an explanation is worked out from. */
export type ExplainSource = Readonly<{
  providers: readonly Provider[]
  rules: readonly Rule[]
  resources: readonly string[]
  bindRole: (principal: Principal, target: string) => RoleBinding
  gatewayRole: string | undefined
}>

/** What claims give at a target, and what the account needs for it. */
export type Explanation = Readonly<{
  principal: Principal
  /** Every rule up to the one that decided, with what it said. */
  rules: ReadonlyArray<Readonly<{ name: string; verdict: string }>>
  binding: RoleBinding | undefined
  refused: string | undefined
  needs?: BindingNeeds
}>

/** What the account needs for a binding to work. */
export type BindingNeeds = Readonly<{
  oidcProvider: Readonly<{ url: string; clientIds: readonly string[] }> | undefined
  trust: PolicyDocument
  /** What STS will make of the token. */
  sts: string
}>

/**
 * Explains, without any token or network, which rule claims meet at a target, the role binding that comes of it, and the
 * IAM OIDC provider and trust policy that the account needs. Throws where no provider has the claims' issuer.
 */
export function explain(
  claims: Readonly<Record<string, unknown>>,
  target: string,
  source: ExplainSource,
): Explanation {
  const provider = source.providers.find(({ issuer }) => issuer === claims.iss)
  if (provider === undefined) {
    const known = source.providers.map(({ issuer }) => issuer).join(', ')
    throw new Error(`iss: ${String(claims.iss)} is not a configured issuer; there are ${known}`)
  }
  if (typeof claims.sub !== 'string') throw new Error('sub: is missing')
  const principal = toPrincipal({
    provider,
    claims: { ...claims, iss: provider.issuer, sub: claims.sub },
  })
  const rules = verdicts(principal, target, source.rules)
  try {
    const binding = source.bindRole(principal, target)
    return {
      principal,
      rules,
      binding,
      refused: undefined,
      needs: needsOf(binding, provider, proofClaims(provider, claims), source),
    }
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    return { principal, rules, binding: undefined, refused: `${error.reason}: ${error.message}` }
  }
}

/**
 * The claims of the token that goes to STS: after a sign-in through the gateway that may be the ID token, whose audience is
 * the gateway's own client (OpenID Connect Core §2).
 */
function proofClaims(
  { preset, ownClientId }: Provider,
  claims: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (ownClientId === undefined || !ID_TOKEN_FOR_STS.has(preset)) return claims
  const { azp: _, ...rest } = claims
  return { ...rest, aud: ownClientId }
}

function verdicts(principal: Principal, target: string, rules: readonly Rule[]) {
  const seen: Array<{ name: string; verdict: string }> = []
  for (const rule of rules) {
    if (!rule.targets.includes(target)) {
      seen.push({ name: rule.name, verdict: `is for ${rule.targets.join(', ')}` })
      continue
    }
    const verdict = evaluateRule(principal, rule.when)
    seen.push({ name: rule.name, verdict })
    if (verdict !== 'no') break
  }
  return seen
}

/** What the account needs so that a token of the provider with these claims gets this binding. */
export function needsOf(
  binding: RoleBinding,
  provider: Provider,
  claims: Readonly<Record<string, unknown>>,
  source: Omit<ExplainSource, 'bindRole' | 'providers'>,
): BindingNeeds {
  const rule = source.rules.filter(({ name }) => name === binding.rule)
  const [account] = accountNeeds({ ...source, rules: rule, providers: [provider] })
  const [role] = account?.roles ?? []
  const oidcProvider = account?.oidcProviders[0]
  const prediction = predictSts('RS256', claims)
  return {
    oidcProvider: oidcProvider && { url: oidcProvider.url, clientIds: oidcProvider.clientIds },
    trust: withActions(
      role?.trust ?? { Version: '2012-10-17', Statement: [] },
      binding.mode === 'assume-role' ? [] : actionsOfClaims(claims),
    ),
    sts:
      binding.mode === 'assume-role'
        ? 'the token does not go to STS'
        : `${prediction.accepted ? 'accepts such a token' : 'refuses such a token'}: ${prediction.because}`,
  }
}

/**
 * What the trust policy must allow besides because the token itself carries session tags or a source identity: without
 * it STS refuses the whole call.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
 */
function actionsOfClaims(claims: Readonly<Record<string, unknown>>): readonly string[] {
  const names = Object.keys(claims)
  return [
    ...(names.some((name) => /^https:\/\/aws\.amazon\.com\/tags(\/|$)/.test(name))
      ? ['sts:TagSession']
      : []),
    ...(names.includes('https://aws.amazon.com/source_identity') ? ['sts:SetSourceIdentity'] : []),
  ]
}

function withActions(trust: PolicyDocument, actions: readonly string[]): PolicyDocument {
  if (actions.length === 0) return trust
  return {
    ...trust,
    Statement: trust.Statement.map((statement) => ({
      ...statement,
      Action: [statement.Action, ...actions].flat(),
    })),
  }
}
