import { AssumeRoleCommand, GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts'
import type { Exchange } from './exchange.ts'
import { issuedCredentials } from './issued-credentials.ts'
import { requireWithinLimits } from './limit-problems.ts'
import { sessionPolicies } from './session-policies.ts'
import { toGatewayError } from './sts-error.ts'

/**
 * An `Exchange` by `AssumeRole`, signed with the gateway's own identity. What is known of the caller goes along as
 * session name, tags and source identity, for the trust policy to judge and CloudTrail to keep; the token does not.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
export function createAssumeRoleExchange(client: STSClient): Exchange {
  return async ({ token, role }) => {
    requireWithinLimits(role)
    const { tags, transitiveTagKeys, sourceIdentity, externalId } = role
    const command = new AssumeRoleCommand({
      RoleArn: role.roleArn,
      RoleSessionName: role.sessionName,
      DurationSeconds: role.sessionSeconds,
      ...sessionPolicies(role),
      ...(tags.length === 0
        ? {}
        : { Tags: tags.map(({ key, value }) => ({ Key: key, Value: value })) }),
      ...(transitiveTagKeys.length === 0 ? {} : { TransitiveTagKeys: [...transitiveTagKeys] }),
      ...(sourceIdentity === undefined ? {} : { SourceIdentity: sourceIdentity }),
      ...(externalId === undefined ? {} : { ExternalId: externalId }),
    })
    try {
      const { Credentials } = await client.send(command)
      return issuedCredentials(Credentials)
    } catch (error) {
      throw toGatewayError(error, 'assume-role', [token])
    }
  }
}

/** The ARN of the identity that a client signs with (GetCallerIdentity, which needs no permission). */
export async function identityOf(client: STSClient): Promise<string> {
  try {
    const { Arn } = await client.send(new GetCallerIdentityCommand({}))
    return Arn ?? 'unknown'
  } catch (error) {
    throw toGatewayError(error, 'assume-role', [])
  }
}
