import { type Policy, parsePolicy } from './policy.ts'

const allow = (...actions: string[]): Policy =>
  parsePolicy({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
  })

/**
 * A few of the policies that AWS manages, as far as they are about CloudWatch and CloudWatch Logs.
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
 */
const POLICIES: Readonly<Record<string, Policy>> = {
  'arn:aws:iam::aws:policy/CloudWatchLogsReadOnlyAccess': allow(
    'logs:Describe*',
    'logs:Get*',
    'logs:List*',
    'logs:StartQuery',
    'logs:StopQuery',
    'logs:TestMetricFilter',
    'logs:FilterLogEvents',
    'logs:StartLiveTail',
    'logs:StopLiveTail',
  ),
  'arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess': allow(
    'cloudwatch:Describe*',
    'cloudwatch:Get*',
    'cloudwatch:List*',
    'logs:Describe*',
    'logs:Get*',
    'logs:List*',
    'logs:StartQuery',
    'logs:StopQuery',
    'logs:TestMetricFilter',
    'logs:FilterLogEvents',
    'logs:StartLiveTail',
    'logs:StopLiveTail',
  ),
}

/** The managed policy of that ARN, if it is one of those that exist here. */
export function managedPolicy(arn: string): Policy | undefined {
  return Object.hasOwn(POLICIES, arn) ? POLICIES[arn] : undefined
}
