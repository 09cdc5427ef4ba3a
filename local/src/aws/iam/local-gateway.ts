import { LOCAL_GATEWAY, ROLES } from '../../world.ts'
import type { Session } from '../call.ts'
import { parsePolicy } from './policy.ts'

/** No session of a real role lasts so long; this one is there whenever the stack is. */
const FOREVER = new Date('2999-01-01T00:00:00Z')

/** The session that the local gateway signs with: it may take both roles, and nothing else. */
export const LOCAL_GATEWAY_SESSION: Session = {
  accessKeyId: LOCAL_GATEWAY.accessKeyId,
  secretAccessKey: LOCAL_GATEWAY.secretAccessKey,
  sessionToken: LOCAL_GATEWAY.sessionToken,
  expiration: FOREVER,
  account: LOCAL_GATEWAY.account,
  roleArn: LOCAL_GATEWAY.roleArn,
  callerArn: `arn:aws:sts::${LOCAL_GATEWAY.account}:assumed-role/LocalGateway/${LOCAL_GATEWAY.sessionName}`,
  userId: `AROALOCALGATEWAY00001:${LOCAL_GATEWAY.sessionName}`,
  permissionPolicies: [
    parsePolicy({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
          Resource: Object.values(ROLES),
        },
      ],
    }),
  ],
  sessionPolicies: [],
  scopePolicies: [],
  tags: {},
  transitiveTagKeys: [],
  sourceIdentity: undefined,
}
