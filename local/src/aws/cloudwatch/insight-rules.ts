import type { Operation } from '../call.ts'
import { limitOf, optionalString, requiredNumber, requiredString } from '../input.ts'
import { invalidNextToken, resourceNotFound } from './cloudwatch-errors.ts'

/** DescribeInsightRules: nobody made a Contributor Insights rule. */
export const describeInsightRules: Operation = (input, call) => {
  call.authorize('cloudwatch:DescribeInsightRules', ['*'])
  limitOf(input, 'MaxResults', { min: 1, max: 500, fallback: 500 })
  if (optionalString(input, 'NextToken') !== undefined) throw invalidNextToken()
  return { InsightRules: [] }
}

/** GetInsightRuleReport: every rule that a caller can name does not exist. */
export const getInsightRuleReport: Operation = (input, call) => {
  const name = requiredString(input, 'RuleName')
  const arn = `arn:aws:cloudwatch:${call.region}:${call.session.account}:insight-rule/${name}`
  call.authorize('cloudwatch:GetInsightRuleReport', [arn])
  for (const member of ['StartTime', 'EndTime', 'Period']) requiredNumber(input, member)
  throw resourceNotFound(`Rule ${name} does not exist`)
}
