import { GetScopedCredentialsCommand } from '@aws-sdk/client-sts'
import { GatewayError } from '../errors.ts'
import type { AwsCredentials } from './aws-credentials.ts'
import { issuedCredentials } from './issued-credentials.ts'
import type { Sts } from './sts-client.ts'
import { stsCodeOf, toGatewayError } from './sts-error.ts'

/**
 * How much earlier than its session a scoped one ends at the latest: STS refuses one that would outlive the session, by
 * its own clock and at the time when the call arrives.
 */
const CLOCK_MARGIN_SECONDS = 5
/** GetScopedCredentials, DurationSeconds. */
const SECONDS = { min: 1, max: 129_600 } as const

/** STS says by these that the session which signs the call is over. */
const SESSION_OVER: ReadonlySet<string> = new Set([
  'ExpiredToken',
  'InvalidClientTokenId',
  'InvalidSubjectCredentials',
  'InsufficientSessionLifetime',
])

/** Narrows a session to `seconds`; rejects with a `GatewayError`. `sessionIsOver` is told where STS knows it no more. */
export type ScopeDown = (
  session: AwsCredentials,
  seconds: number,
  sessionIsOver: () => void,
) => Promise<AwsCredentials>

/**
 * A `ScopeDown` by `GetScopedCredentials`, signed with the session itself: the same identity, a shorter life. It is the
 * only call of STS that can give less than 15 minutes, so the only way to let a session end with the token.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetScopedCredentials.html
 */
export function createScopeDown(sts: Pick<Sts, 'signing'>): ScopeDown {
  return async (session, seconds, sessionIsOver) => {
    const { accessKeyId, secretAccessKey, sessionToken } = session
    // A client for each call is cheap: the connections are shared, and so nobody signs for somebody else.
    const client = sts.signing({ accessKeyId, secretAccessKey, sessionToken })
    try {
      const { Credentials } = await client.send(
        new GetScopedCredentialsCommand({ DurationSeconds: seconds }),
      )
      return issuedCredentials(Credentials)
    } catch (error) {
      const refusal = toGatewayError(error, 'scope-down', [sessionToken])
      if (!SESSION_OVER.has(stsCodeOf(error))) throw refusal
      sessionIsOver()
      throw new GatewayError('sts_unavailable', { cause: refusal.cause, retryAfterSeconds: 1 })
    }
  }
}

/**
 * How long a scoped session lives, in whole seconds: until the token ends or, a little early, the session it is taken
 * from. Times in milliseconds since the epoch.
 */
export function scopedSeconds(tokenExpiresAt: number, sessionExpiresAt: number, now: number) {
  const tokenLeft = Math.floor((tokenExpiresAt - now) / 1000)
  const sessionLeft = Math.floor((sessionExpiresAt - now) / 1000) - CLOCK_MARGIN_SECONDS
  return Math.max(SECONDS.min, Math.min(tokenLeft, sessionLeft, SECONDS.max))
}
