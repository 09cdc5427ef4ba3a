import type { Credentials } from '@aws-sdk/client-sts'
import { GatewayError } from '../errors.ts'
import type { AwsCredentials } from './aws-credentials.ts'

/** All four parts of STS's answer, or a refusal: half a triple must never travel on. */
export function issuedCredentials(answer: Partial<Credentials> | undefined): AwsCredentials {
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
