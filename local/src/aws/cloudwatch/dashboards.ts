import { AwsError } from '../aws-error.ts'
import type { Operation } from '../call.ts'
import { optionalString, requiredString } from '../input.ts'
import { pageOf, requestScope } from '../page.ts'
import type { Story } from '../story/story.ts'
import { invalidNextToken, validationError } from './cloudwatch-errors.ts'

const PAGE_SIZE = 1000
const NAME = /^[\w.-]{0,255}$/

/** ListDashboards: the dashboards whose names begin with a prefix, 1,000 per page. */
export function listDashboards(story: Story): Operation {
  return (input, call) => {
    const { account } = call.session
    call.authorize('cloudwatch:ListDashboards', [dashboardArn(account, '*')])
    const prefix = optionalString(input, 'DashboardNamePrefix') ?? ''
    if (!NAME.test(prefix)) throw validationError('The DashboardNamePrefix is not valid.')
    const found = story.dashboards(account).filter((dashboard) => dashboard.name.startsWith(prefix))
    const scope = requestScope(call, input)
    const token = optionalString(input, 'NextToken')
    const { page, nextToken } = pageOf(found, PAGE_SIZE, token, scope, invalidNextToken)
    return {
      DashboardEntries: page.map((dashboard) => ({
        DashboardName: dashboard.name,
        DashboardArn: dashboard.arn,
        LastModified: dashboard.lastModified / 1000,
        Size: Buffer.byteLength(dashboard.body),
      })),
      ...(nextToken === undefined ? {} : { NextToken: nextToken }),
    }
  }
}

/** GetDashboard: a dashboard's body, as the text that it was saved as. */
export function getDashboard(story: Story): Operation {
  return (input, call) => {
    const { account } = call.session
    const name = requiredString(input, 'DashboardName')
    call.authorize('cloudwatch:GetDashboard', [dashboardArn(account, name)])
    const found = story.dashboards(account).find((one) => one.name === name)
    if (found === undefined) {
      const text = `Dashboard ${name} does not exist`
      throw new AwsError('DashboardNotFoundError', text, {
        queryCode: 'ResourceNotFound',
        queryStatus: 404,
      })
    }
    return { DashboardArn: found.arn, DashboardBody: found.body, DashboardName: found.name }
  }
}

function dashboardArn(account: string, name: string): string {
  return `arn:aws:cloudwatch::${account}:dashboard/${name}`
}
