import type { AssumeRoleRequest } from '@aws-sdk/client-sts'
import type { RoleBinding } from '../role/role-binding.ts'

/** The session policies of a binding as both AssumeRole calls take them; members that say nothing are left out. */
export function sessionPolicies({
  policy,
  policyArns,
}: Pick<RoleBinding, 'policy' | 'policyArns'>): Pick<AssumeRoleRequest, 'Policy' | 'PolicyArns'> {
  return {
    ...(policy === undefined ? {} : { Policy: policy }),
    ...(policyArns.length === 0 ? {} : { PolicyArns: policyArns.map((arn) => ({ arn })) }),
  }
}
