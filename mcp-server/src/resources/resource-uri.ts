import { logGroupArn } from '../tools/log-group-name.ts'

/** What a resource URI means: the tool that answers it and its arguments. */
export type ResourceCall = Readonly<{ tool: string; args: Readonly<Record<string, string>> }>

/** Things of an account: the word in the URI, the tool, and the argument that takes the name. */
export const KINDS = {
  'log-groups': { tool: 'get_log_group', argument: 'logGroup' },
  alarms: { tool: 'get_alarm', argument: 'name' },
  dashboards: { tool: 'get_dashboard', argument: 'name' },
} as const

const ACCOUNT_URI = /^cloudwatch:\/\/(\d{12}|-)\/([a-z0-9-]{1,40})\/([a-z-]{1,20})\/(.{1,2048})$/s
const HELP_URI = /^cloudwatch:\/\/help\/([a-z-]{1,40})$/
const METRICS_URI = /^cloudwatch:\/\/metrics\/(.{1,300})$/

/**
 * The call that a URI stands for; undefined for a URI of no form that is known, and for another account where only
 * log groups can be named. `account` is the caller's own, for which `-` stands too. The region is checked by the tool.
 */
export function resourceCall(uri: string, account: string | undefined): ResourceCall | undefined {
  const help = HELP_URI.exec(uri)?.[1]
  if (help !== undefined) return { tool: 'get_syntax_help', args: { topic: help } }
  const namespace = decoded(METRICS_URI.exec(uri)?.[1])
  if (namespace !== undefined) return { tool: 'get_metric_metadata', args: { namespace } }

  const [, owner, region, word, written] = ACCOUNT_URI.exec(uri) ?? []
  const name = decoded(written)
  if (owner === undefined || region === undefined || name === undefined) return undefined
  if (word === undefined || !Object.hasOwn(KINDS, word)) return undefined
  // Just looked up.
  const { tool, argument } = KINDS[word as keyof typeof KINDS]
  if (owner === '-' || owner === account) return { tool, args: { [argument]: name, region } }
  if (tool !== 'get_log_group') return undefined
  return { tool, args: { [argument]: logGroupArn(region, owner, name), region } }
}

function decoded(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
