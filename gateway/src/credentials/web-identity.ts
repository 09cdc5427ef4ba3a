import { setTimeout as pause } from 'node:timers/promises'
import { AssumeRoleWithWebIdentityCommand } from '@aws-sdk/client-sts'
import type { Exchange } from './exchange.ts'
import { issuedCredentials } from './issued-credentials.ts'
import { requireWithinLimits } from './limit-problems.ts'
import { sessionPolicies } from './session-policies.ts'
import type { Sts } from './sts-client.ts'
import { lacksVerificationKey, toGatewayError } from './sts-error.ts'

/** Before STS is asked again because it could not fetch the issuer's keys. */
const KEY_RETRY_MS = 250

/**
 * An `Exchange` by `AssumeRoleWithWebIdentity`: the caller's token is the proof, the call is unsigned, and the gateway
 * needs no AWS rights. Nothing ambient is ever used, for the client has nothing to sign with.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
export function createWebIdentityExchange(sts: Pick<Sts, 'unsigned'>): Exchange {
  const client = sts.unsigned()
  return async ({ token, role }) => {
    requireWithinLimits(role)
    const ask = () =>
      client.send(
        new AssumeRoleWithWebIdentityCommand({
          RoleArn: role.roleArn,
          RoleSessionName: role.sessionName,
          WebIdentityToken: token,
          DurationSeconds: role.sessionSeconds,
          ...sessionPolicies(role),
        }),
      )
    try {
      const { Credentials } = await ask().catch(async (error: unknown) => {
        if (!lacksVerificationKey(error)) throw error
        await pause(KEY_RETRY_MS)
        return ask()
      })
      return issuedCredentials(Credentials)
    } catch (error) {
      throw toGatewayError(error, 'web-identity', [token])
    }
  }
}
