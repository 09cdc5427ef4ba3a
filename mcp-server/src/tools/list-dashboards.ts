import { ListDashboardsCommand } from '@aws-sdk/client-cloudwatch'
import { z } from 'zod'
import { bytesText, dateText } from '../answer/value-text.ts'
import { cursorAfter, decodeCursor } from './cursor.ts'
import { defineTool } from './define-tool.ts'

export const listDashboards = defineTool({
  name: 'list_dashboards',
  title: 'List dashboards',
  description:
    'List the CloudWatch dashboards of the account: what its people look at. get_dashboard tells what one shows.',
  input: z.strictObject({
    prefix: z
      .string()
      .regex(/^[\w.-]{1,255}$/, 'has letters, digits, ".", "-" and "_" only')
      .optional()
      .describe('Start of the name.'),
    cursor: z.string().max(30_000).optional().describe('The cursor of the page before, as given.'),
  }),
  run: async ({ prefix, cursor }, context) => {
    const binding = context.binding([prefix])
    const at = decodeCursor(cursor, binding)
    const command = new ListDashboardsCommand({ DashboardNamePrefix: prefix, NextToken: at.token })
    const page = await context.cloudwatch.send(command, { abortSignal: context.signal })
    const rows = (page.DashboardEntries ?? [])
      .slice(at.skip)
      .map(({ DashboardName = '', LastModified, Size }) => [
        DashboardName,
        dateText(LastModified),
        bytesText(Size),
      ])
    const more = page.NextToken !== undefined
    return {
      summary: `${rows.length} ${rows.length === 1 ? 'dashboard' : 'dashboards'}${prefix === undefined ? '' : ` whose name starts with "${prefix}"`}${more ? ', and there are more' : ''}.`,
      table: { columns: ['name', 'last modified', 'size'], rows },
      notes:
        rows.length > 0 || more
          ? []
          : [
              prefix === undefined
                ? 'The account has no custom dashboards; the automatic ones of the console are not listed by AWS.'
                : 'Names are case-sensitive. Try without prefix to see what exists.',
            ],
      cursorAfter: cursorAfter(at, rows.length, page.NextToken, binding),
    }
  },
})
