import type { LoadedConfig } from './config/load.ts'
import type { IdentityRooms } from './identity-rooms.ts'
import {
  createLogin,
  type Login,
  type LoginOptions,
  type LoginProvider,
} from './login/create-login.ts'
import { createOpenGrant } from './login/tokens/open-grant.ts'
import type { Conditions } from './role/rule.ts'
import { AWS_IAM_ISSUER } from './token/provider.ts'
import type { OpenGrant } from './token/verify.ts'

/** The login facade, and what the token room needs of it. */
export type LoginRooms = Login & Readonly<{ openGrant: OpenGrant }>

/** Builds the login facade from the configuration. Nothing is fetched yet. */
export function createLoginRooms(
  config: LoadedConfig,
  identity: IdentityRooms,
  surroundings: Pick<
    LoginOptions,
    'guard' | 'clientAddress' | 'log' | 'audit' | 'newRequestId' | 'now'
  >,
): LoginRooms {
  const login = createLogin({
    ...config,
    ...surroundings,
    targets: identity.targets.flatMap((name) => identity.targetOf(name) ?? []),
    providers: loginProviders(config),
    rolesAt: (target) =>
      identity
        .rules()
        .filter(({ targets, when }) => targets.includes(target) && isForPeople(when))
        .map(({ name, role }) => ({ rule: name, roleArn: role })),
    sealKeys: config.sealKeys.map((key) => Buffer.from(key, 'base64')),
    revokeBefore: config.revokeBefore === undefined ? undefined : Date.parse(config.revokeBefore),
    allowPrivateClientMetadata: config.dangerouslyAllowPrivateClientMetadata,
    requestsPerMinutePerAddress: config.loginRequestsPerMinutePerAddress,
    maxEntries: config.limiterEntries,
  })
  const openGrant = createOpenGrant({
    contents: login.contents,
    isRevoked: login.families.isRevoked,
    resourceOf: identity.resourceOf,
  })
  return { ...login, openGrant }
}

/** The issuers that people sign in at through the gateway, each with the gateway's own client there. */
function loginProviders({ providers }: LoadedConfig): readonly LoginProvider[] {
  return providers.flatMap(({ provider: preset, signIn, clientIds: [clientId], ...options }) =>
    preset === 'aws-iam' || !signIn || clientId === undefined
      ? []
      : [{ ...options, preset, clientId, clientSecret: options.clientSecret }],
  )
}

/** Whether a rule may give somebody a role who signs in: not one for machines, nor one for callers that AWS vouches for. */
function isForPeople({ machine, issuer }: Conditions): boolean {
  return machine !== true && issuer !== AWS_IAM_ISSUER
}
