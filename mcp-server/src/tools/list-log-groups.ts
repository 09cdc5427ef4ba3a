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
    'Find CloudWatch log groups by the start of their name (prefix) or by any part of it (pattern), one page at a time. ' +
    'Use it before query_logs to get exact names.',
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
      .enum(['STANDARD', 'INFREQUENT_ACCESS', 'DELIVERY'])
      .optional()
      .describe('Only log groups of this class.'),
    limit: z.int().min(1).max(50).default(50).describe('Log groups per page.'),
    cursor: z.string().max(30_000).optional().describe('The cursor of the page before, as given.'),
  }),
  run: async ({ prefix, pattern, class: logGroupClass, limit, cursor }, context) => {
    if (prefix !== undefined && pattern !== undefined) {
      throw new ToolProblem('prefix and pattern cannot be used together: give one of them.')
    }
    const binding = context.binding([prefix, pattern, logGroupClass, limit])
    const at = decodeCursor(cursor, binding)
    const command = new DescribeLogGroupsCommand({
      logGroupNamePrefix: prefix,
      logGroupNamePattern: pattern,
      logGroupClass,
      limit,
      nextToken: at.token,
    })
    const page = await context.logs.send(command, { abortSignal: context.signal })
    const groups = (page.logGroups ?? []).slice(at.skip)
    const more = page.nextToken !== undefined
    return {
      summary: summaryOf(groups.length, more, { prefix, pattern }),
      table: {
        columns: ['name', 'class', 'retentionDays', 'storedBytes', 'created'],
        rows: groups.map((group) => rowOf(group, pattern === undefined)),
      },
      notes: notesFor(groups, more, pattern),
      cursorAfter: cursorAfter(at, groups.length, page.nextToken, binding),
    }
  },
})

/** `whole` is false for a search by pattern: AWS then answers only name and creation time. */
function rowOf(group: LogGroup, whole: boolean): string[] {
  return [
    group.logGroupName ?? '',
    group.logGroupClass ?? '-',
    group.retentionInDays?.toString() ?? (whole ? 'never expires' : '-'),
    bytesText(group.storedBytes),
    dateText(group.creationTime),
  ]
}

function summaryOf(
  count: number,
  more: boolean,
  { prefix, pattern }: { prefix: string | undefined; pattern: string | undefined },
): string {
  const which =
    prefix !== undefined
      ? ` whose name starts with "${prefix}"`
      : pattern !== undefined
        ? ` whose name contains "${pattern}"`
        : ''
  if (count === 0 && more) return `No log groups${which} on this page, but there are more pages.`
  if (count === 0) return `No log groups${which}.`
  return `${count} log ${count === 1 ? 'group' : 'groups'}${which}${more ? ', and more on the next page' : ''}.`
}

function notesFor(
  groups: readonly LogGroup[],
  more: boolean,
  pattern: string | undefined,
): string[] {
  if (groups.length === 0 && !more) {
    return [
      'Names are case-sensitive, and each region and account has its own log groups. Try a shorter prefix, a pattern, or no filter at all.',
    ]
  }
  return pattern === undefined
    ? []
    : [
        'A search by pattern shows no class, retention and size: search the exact name by prefix for those.',
      ]
}
