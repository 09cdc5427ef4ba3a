// Takes a role at the AWS stand-in and prints the session as a shared credentials file with one profile. Who takes it,
// and where, the SDK's own variables say: AWS_SHARED_CREDENTIALS_FILE and AWS_ENDPOINT_URL_STS.
//
//   node .ci/role-session.mjs PROFILE ROLE_ARN EXTERNAL_ID > credentials

import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'

const [profile, RoleArn, ExternalId] = process.argv.slice(2)
const { Credentials } = await new STSClient({ region: 'us-east-1' }).send(
  new AssumeRoleCommand({ RoleArn, ExternalId, RoleSessionName: 'ci', SourceIdentity: 'ci' }),
)
process.stdout.write(`[${profile}]
aws_access_key_id = ${Credentials.AccessKeyId}
aws_secret_access_key = ${Credentials.SecretAccessKey}
aws_session_token = ${Credentials.SessionToken}
`)
