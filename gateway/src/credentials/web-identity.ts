import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { GatewayError } from '../errors.ts'
import type { AwsCredentials } from './aws-credentials.ts'
import type { Exchange } from './exchange.ts'
import { toGatewayError } from './sts-error.ts'

/**
 * An `Exchange` by `AssumeRoleWithWebIdentity`: the caller's token is the proof, the call is unsigned, and the gateway
 * needs no AWS rights. Signing is ruled out by giving the client credentials that cannot be had, so nothing ambient is
 * ever used.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
export function createWebIdentityExchange(options: {
  /** Region of the STS endpoint. */
  region: string
  /** Another STS address than AWS's own. */
  endpoint: string | undefined
  connectTimeoutMs: number
  requestTimeoutMs: number
  maxAttempts: number
}): { exchange: Exchange; close: () => void } {
  const client = new STSClient({
    region: options.region,
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    credentials: () => Promise.reject(new Error('this gateway has no AWS credentials of its own')),
    maxAttempts: options.maxAttempts,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: options.connectTimeoutMs,
      requestTimeout: options.requestTimeoutMs,
      throwOnRequestTimeout: true,
      // The time above ends with the head of the answer; a body that stops coming is cut by this one.
      socketTimeout: options.requestTimeoutMs,
    }),
  })

  const exchange: Exchange = async ({ token, role }) => {
    const command = new AssumeRoleWithWebIdentityCommand({
      RoleArn: role.roleArn,
      RoleSessionName: role.sessionName,
      WebIdentityToken: token,
      DurationSeconds: role.sessionSeconds,
      ...(role.policy === undefined ? {} : { Policy: role.policy }),
    })
    try {
      const { Credentials } = await client.send(command)
      return complete(Credentials)
    } catch (error) {
      throw toGatewayError(error, token)
    }
  }
  return { exchange, close: () => client.destroy() }
}

/** All four parts of the answer, or a refusal: half a triple must never travel on. */
function complete(
  answer:
    | {
        AccessKeyId?: string | undefined
        SecretAccessKey?: string | undefined
        SessionToken?: string | undefined
        Expiration?: Date | undefined
      }
    | undefined,
): AwsCredentials {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer ?? {}
  const seconds = Expiration?.getTime() ?? Number.NaN
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration || Number.isNaN(seconds)) {
    throw new GatewayError('sts_unavailable', { cause: new Error('STS answered incompletely') })
  }
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiration: Expiration,
  }
}
