import { DescribeLogGroupsCommand, type LogGroup } from '@aws-sdk/client-cloudwatch-logs'
import { z } from 'zod'
import { bytesText, dateText } from '../answer/value-text.ts'
import { cursorAfter, decodeCursor } from './cursor.ts'
import { defineTool } from './define-tool.ts'
import { ToolProblem } from './tool-problem.ts'

export const listLogGroups = defineTool({
  name: 'list_log_groups',
  title: 'List log groups',
  description:
    'Find log groups by the start (prefix) or any part (pattern) of their name, with class, retention and size. ' +
    'Use it first: other tools need exact names.',
  input: z.strictObject({
    prefix: z
      .string()
      .min(1)
      .max(512)
      .optional()
      .describe('Start of the name, such as /aws/lambda/. Not together with pattern.'),
    pattern: z
      .string()
      .min(3)
      .max(512)
      .optional()
      .describe('Part of the name, case-sensitive. Not together with prefix.'),
    class: z
      .enum(['STANDARD', 'INFREQUENT_ACCESS', 'ESSENTIALS', 'DELIVERY'])
      .optional()
      .describe('Only this class.'),
    includeLinkedAccounts: z
      .boolean()
      .default(false)
      .describe('In a monitoring account: also the log groups of linked accounts.'),
    accountIds: z
      .array(z.string().regex(/^\d{12}$/, 'is not an account id of 12 digits'))
      .min(1)
      .max(20)
      .optional()
      .describe('Only these accounts; implies includeLinkedAccounts.'),
    limit: z.int().min(1).max(50).default(50).describe('Log groups per page.'),
    cursor: z.string().max(30_000).optional().describe('As the page before gave it.'),
  }),
  run: async (input, context) => {
    const { prefix, pattern, class: logGroupClass, accountIds, limit, cursor } = input
    if (prefix !== undefined && pattern !== undefined) {
      throw new ToolProblem('prefix and pattern cannot be used together: give one of them.')
    }
    const linked = input.includeLinkedAccounts || accountIds !== undefined
    const binding = context.binding([prefix, pattern, logGroupClass, linked, accountIds, limit])
    const at = decodeCursor(cursor, binding)
    const command = new DescribeLogGroupsCommand({
      logGroupNamePrefix: prefix,
      logGroupNamePattern: pattern,
      logGroupClass,
      ...(linked && { includeLinkedAccounts: true, accountIdentifiers: accountIds }),
      limit,
      nextToken: at.token,
    })
    const page = await context.logs.send(command, { abortSignal: context.signal })
    const groups = (page.logGroups ?? []).slice(at.skip)
    const more = page.nextToken !== undefined
    return {
      summary: summaryOf(groups.length, more, { prefix, pattern, logGroupClass }),
      table: {
        columns: [linked ? 'arn' : 'name', 'class', 'retentionDays', 'storedBytes', 'created'],
        rows: groups.map((group) => rowOf(group, { whole: pattern === undefined, linked })),
      },
      notes: notesFor(groups, more, pattern, linked),
      cursorAfter: cursorAfter(at, groups.length, page.nextToken, binding),
    }
  },
})

/**
 * `whole` is false for a search by pattern: AWS then answers only name and creation time. `linked` shows the ARN, by
 * which alone a log group of another account can be named.
 */
function rowOf(group: LogGroup, { whole, linked }: { whole: boolean; linked: boolean }): string[] {
  const arn = group.logGroupArn ?? group.arn?.replace(/:\*$/, '')
  return [
    (linked ? arn : undefined) ?? group.logGroupName ?? '',
    group.logGroupClass ?? '-',
    group.retentionInDays?.toString() ?? (whole ? 'never expires' : '-'),
    bytesText(group.storedBytes),
    dateText(group.creationTime),
  ]
}

function summaryOf(
  count: number,
  more: boolean,
  asked: Readonly<Record<'prefix' | 'pattern' | 'logGroupClass', string | undefined>>,
): string {
  const { prefix, pattern, logGroupClass } = asked
  const ofClass = logGroupClass === undefined ? '' : ` of the class ${logGroupClass}`
  const named =
    prefix !== undefined
      ? ` whose name starts with "${prefix}"`
      : pattern !== undefined
        ? ` whose name contains "${pattern}"`
        : ''
  const which = `${ofClass}${named}`
  if (count === 0 && more) return `No log groups${which} on this page, but there are more pages.`
  if (count === 0) return `No log groups${which}.`
  return `${count} log ${count === 1 ? 'group' : 'groups'}${which}${more ? ', and more on the next page' : ''}.`
}

function notesFor(
  groups: readonly LogGroup[],
  more: boolean,
  pattern: string | undefined,
  linked: boolean,
): string[] {
  if (groups.length === 0 && !more) {
    return [
      'Names are case-sensitive, and each region and account has its own log groups. Try a shorter prefix, a pattern, or no filter at all.',
      ...(linked
        ? ['Linked accounts show only in the monitoring account that they are linked to.']
        : []),
    ]
  }
  return pattern === undefined
    ? []
    : [
        'A search by pattern shows no class, retention and size: search the exact name by prefix for those.',
      ]
}
