import {
  type CloudWatchClient,
  type DashboardEntry,
  GetDashboardCommand,
  ListDashboardsCommand,
} from '@aws-sdk/client-cloudwatch'
import { type DashboardBody, parseDashboard } from './dashboard-widgets.ts'
import type { ToolContext } from './define-tool.ts'
import { didYouMean } from './near-names.ts'
import { orNote } from './or-note.ts'
import { ToolProblem } from './tool-problem.ts'

export type Dashboard = DashboardBody & Readonly<{ name: string }>

/** The dashboard of a name. Throws a ToolProblem with near names when there is none, or when its body is no JSON. */
export async function findDashboard(
  name: string,
  context: Pick<ToolContext, 'cloudwatch' | 'signal' | 'explain'>,
): Promise<Dashboard> {
  const { cloudwatch, signal } = context
  const body = await bodyOf(cloudwatch, name, signal)
  if (body === undefined) {
    const list = cloudwatch.send(new ListDashboardsCommand({}), { abortSignal: signal })
    const { value } = await orNote(context, '', list)
    const names = (value?.DashboardEntries ?? []).map((one: DashboardEntry) => one.DashboardName)
    const hint = didYouMean(
      name,
      names.flatMap((one) => one ?? []),
    ).join(' ')
    throw new ToolProblem(
      `There is no dashboard "${name}" in this account.${hint === '' ? '' : ` ${hint}`} Names are case-sensitive; list_dashboards shows them.`,
    )
  }
  const parsed = parseDashboard(body)
  if (parsed === undefined) {
    throw new ToolProblem(`The body of the dashboard "${name}" cannot be read: it is no JSON.`)
  }
  return { name, ...parsed }
}

async function bodyOf(
  cloudwatch: CloudWatchClient,
  name: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const command = new GetDashboardCommand({ DashboardName: name })
    const { DashboardBody = '' } = await cloudwatch.send(command, { abortSignal: signal })
    return DashboardBody
  } catch (error) {
    const missing = error instanceof Error && /^(Dashboard|Resource)NotFound/.test(error.name)
    if (missing) return undefined
    throw error
  }
}
