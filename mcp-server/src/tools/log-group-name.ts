import { ToolProblem } from './tool-problem.ts'

const GROUP_NAME = /^[.\-_/#A-Za-z0-9]{1,512}$/
const GROUP_ARN =
  /^(arn:aws[a-z-]*:logs:([a-z0-9-]+):(\d{12}):log-group:([.\-_/#A-Za-z0-9]{1,512}))(?::\*)?$/

/** AWS takes at most so many log groups in one query. */
export const MOST_GROUPS = 50

/**
 * The name or ARN of a log group as AWS takes it, without the `:*` that some ARNs end in. Throws a ToolProblem for
 * anything else, `argument` being the name of the argument that holds it, and for an ARN of another region than
 * `region`, where one is given: AWS would only say that it does not find it.
 */
export function logGroupIdentifier(group: string, argument: string, region?: string): string {
  const [, arn, own] = GROUP_ARN.exec(group) ?? []
  if (own !== undefined && region !== undefined && own !== region) {
    throw new ToolProblem(
      `An ARN in ${argument} is of the region ${own}, but the call is for ${region}: call with region: ${own}.`,
    )
  }
  if (arn === undefined && !GROUP_NAME.test(group)) {
    throw new ToolProblem(
      `An entry of ${argument} is neither the name nor the ARN of a log group. Names have letters, digits and . - _ / # only; patterns are not understood here.`,
    )
  }
  return arn ?? group
}

/** The name in a name or ARN. */
export function logGroupName(identifier: string): string {
  return GROUP_ARN.exec(identifier)?.[4] ?? identifier
}

/** The region in an ARN; undefined for a name. */
export function logGroupRegion(identifier: string): string | undefined {
  return GROUP_ARN.exec(identifier)?.[2]
}

/** AWS takes names and ARNs in different fields, and only one of the fields: one ARN moves all to the field for both. */
export function queryGroups(
  identifiers: readonly string[],
): { logGroupNames: string[] } | { logGroupIdentifiers: string[] } {
  const withArn = identifiers.some((identifier) => identifier.startsWith('arn:'))
  return withArn ? { logGroupIdentifiers: [...identifiers] } : { logGroupNames: [...identifiers] }
}

/** The field for one log group in calls that take either form. */
export function oneGroup(
  identifier: string,
): { logGroupName: string } | { logGroupIdentifier: string } {
  return identifier.startsWith('arn:')
    ? { logGroupIdentifier: identifier }
    : { logGroupName: identifier }
}

/** The ARN of a log group, in the partition that the region belongs to. */
export function logGroupArn(region: string, account: string, name: string): string {
  const partition = region.startsWith('cn-')
    ? 'aws-cn'
    : region.startsWith('us-gov-')
      ? 'aws-us-gov'
      : 'aws'
  return `arn:${partition}:logs:${region}:${account}:log-group:${name}`
}
