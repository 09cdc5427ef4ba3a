import type { LoadedConfig } from './config/load.ts'
import { GatewayError } from './errors.ts'
import { resourceOf } from './metadata/protected-resource.ts'
import type { Principal } from './principal/principal.ts'
import type { RoleBinding } from './role/role-binding.ts'
import type { Rule } from './role/rule.ts'
import { selectRole, type Target } from './role/select-role.ts'
import { type AskSts, askIdentity, BINDING_HEADER, readPresignedIdentity } from './token/aws-iam.ts'
import { createFetchText } from './token/discovery.ts'
import { createIntrospect } from './token/introspect.ts'
import { createIssuerKeys, type IssuerKeys } from './token/issuer-keys.ts'
import type { Provider } from './token/provider.ts'
import type { Identify, TrustedProvider } from './token/verify.ts'

/** The rooms that decide who somebody is and which role that gives: what the gateway and its doctor share. */
export type IdentityRooms = Readonly<{
  providers: readonly TrustedProvider[]
  targets: readonly string[]
  targetOf: (name: string) => Target | undefined
  resourceOf: (target: string) => string
  bindRole: (principal: Principal, target: string) => RoleBinding
  /** The rules that decide now. */
  rules: () => readonly Rule[]
  /** Decides by other rules from now on. */
  replaceRules: (rules: readonly Rule[]) => void
}>

/** A "no" of an introspection endpoint is remembered this long. */
const REFUSAL_MS = 10_000

/** Builds them from the configuration. Nothing is fetched yet. */
export function createIdentityRooms(config: LoadedConfig): IdentityRooms {
  const targets = new Map(
    Object.entries(config.targets).map(([name, { region, regions = [region] }]) => [
      name,
      { name, region, regions },
    ]),
  )
  let rules = config.rules
  return {
    providers: config.providers.map((options) =>
      trust(toProvider(options, config.loginMode), config),
    ),
    targets: [...targets.keys()],
    targetOf: (name) => targets.get(name),
    resourceOf: (target) => resourceOf(config.publicUrl, target),
    bindRole: (principal, name) => {
      const target = targets.get(name)
      if (target === undefined) throw new GatewayError('not_found')
      return selectRole(principal, target, rules)
    },
    rules: () => rules,
    replaceRules: (next) => {
      rules = next
    },
  }
}

/** A provider as the token room knows it. */
function toProvider(
  options: LoadedConfig['providers'][number],
  loginMode: LoadedConfig['loginMode'],
): Provider {
  const { introspectionClientId: clientId, introspectionClientSecret: clientSecret } = options
  return {
    preset: options.provider,
    issuer: options.issuer,
    audience: options.audience,
    clientIds: options.clientIds,
    scopes: options.scopes,
    groupsClaim: options.groupsClaim,
    introspection:
      clientId === undefined || clientSecret === undefined ? undefined : { clientId, clientSecret },
    ownClientId: loginMode === 'facade' && options.signIn ? options.clientIds[0] : undefined,
  }
}

function trust(provider: Provider, config: LoadedConfig): TrustedProvider {
  const { issuerTimeoutMs: timeoutMs, issuerCooldownMs: cooldownMs } = config
  const now = () => Date.now()
  const { issuer, introspection } = provider
  if (provider.preset === 'aws-iam') {
    return { provider, keys: NO_KEYS, identify: createIdentify(config, now) }
  }
  return {
    provider,
    keys: createIssuerKeys(issuer, { fetchText: createFetchText({ timeoutMs }), cooldownMs, now }),
    introspect:
      introspection &&
      createIntrospect(issuer, introspection, {
        timeoutMs,
        refusalMs: REFUSAL_MS,
        maxRefusals: config.verifiedTokens,
        now,
      }),
  }
}

/** AWS publishes no keys for identities: STS itself is asked. */
const NO_KEYS: IssuerKeys = {
  keyFor: () => Promise.reject(new GatewayError('token_rejected')),
  isKnown: () => true,
  version: () => 0,
}

function createIdentify(config: LoadedConfig, now: () => number): Identify {
  const ask: AskSts = async (url, resource) => {
    const response = await fetch(url, {
      redirect: 'error',
      headers: { [BINDING_HEADER]: resource },
      signal: AbortSignal.timeout(config.stsTimeoutMs),
    })
    return { status: response.status, text: await response.text() }
  }
  return async (token, resource) => {
    const presigned = readPresignedIdentity(token, {
      endpoint: config.stsEndpoint,
      maxAgeSeconds: config.awsIamMaxAgeSeconds,
      clockToleranceSeconds: config.clockToleranceSeconds,
      now: now(),
    })
    return {
      identity: await askIdentity(presigned, resource, ask),
      expiresAt: presigned.expiresAt,
    }
  }
}
