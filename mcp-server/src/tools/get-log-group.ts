import {
  type CloudWatchLogsClient,
  DescribeFieldIndexesCommand,
  DescribeIndexPoliciesCommand,
  DescribeLogStreamsCommand,
  DescribeQueryDefinitionsCommand,
  type FieldIndex,
  GetLogGroupFieldsCommand,
  type IndexPolicy,
  type LogGroup,
  type LogGroupField,
  type LogStream,
  type QueryDefinition,
} from '@aws-sdk/client-cloudwatch-logs'
import { z } from 'zod'
import { bytesText, dateText } from '../answer/value-text.ts'
import { defineTool } from './define-tool.ts'
import { logGroupIdentifier, logGroupName, oneGroup } from './log-group-name.ts'
import { describeGroups } from './query-cost.ts'
import { parseTime, TIME_FORMS } from './time-range.ts'
import { ToolProblem } from './tool-problem.ts'

/** An account may have thousands of saved queries; they come 1,000 a page. */
const MOST_DEFINITION_PAGES = 5

export const getLogGroup = defineTool({
  name: 'get_log_group',
  title: 'Get a log group',
  description:
    'Show what a log group holds: its fields with how often they occur, latest streams, field indexes, retention, size and saved queries. Use it before query_logs to get field names right.',
  input: z.strictObject({
    logGroup: z.string().min(1).max(2_048).describe('Exact name, or ARN for a linked account.'),
    at: z.coerce
      .string()
      .max(64)
      .optional()
      .describe(`Fields of 16 minutes around this time; default: of the last 15. ${TIME_FORMS}.`),
    streams: z.int().min(0).max(50).default(5).describe('How many streams to show.'),
    streamPrefix: z
      .string()
      .min(1)
      .max(512)
      .optional()
      .describe('Streams that start so, by name; default: the latest.'),
  }),
  run: async ({ logGroup, at, streams, streamPrefix }, context) => {
    const { logs, signal } = context
    const identifier = logGroupIdentifier(logGroup, 'logGroup', context.region)
    const time = at === undefined ? undefined : parseTime('at', at, context.now)
    // Each part has an IAM action of its own: what one may not see does not hide the rest.
    const missing: string[] = []
    const part = async <Part>(call: Promise<Part>, empty: Part): Promise<Part> => {
      try {
        return await call
      } catch (error) {
        const words = signal.aborted ? undefined : context.explain(error)
        if (words === undefined) throw error
        missing.push(words)
        return empty
      }
    }
    const [groups, fields, latest, indexes, policies, saved] = await Promise.all([
      describeGroups(logs, [identifier], signal),
      part(fieldsOf(logs, identifier, time, signal), []),
      streams === 0 ? [] : part(streamsOf(logs, identifier, streams, streamPrefix, signal), []),
      part(indexesOf(logs, identifier, signal), []),
      part(policiesOf(logs, identifier, signal), []),
      part(definitionsOf(logs, signal), []),
    ])
    const group = groups.find((one) => one.logGroupName === logGroupName(identifier))
    if (group === undefined) throw new ToolProblem(notFound(logGroup, context.mayUse))
    const queries = fitting(saved, logGroupName(identifier))
    return {
      summary: `${group.logGroupName}: ${fields.length} fields, ${queries.length} saved queries that fit.`,
      facts: [...factsOf(group), ...policyFacts(policies)],
      table: {
        columns: ['what', 'name', 'detail'],
        rows: [
          ...fieldRows(fields, indexes),
          ...indexRows(fields, indexes),
          ...latest.map(streamRow),
          ...queries.map(queryRow),
        ],
      },
      untrusted: true,
      narrow: 'ask for fewer streams',
      notes: [
        ...missing,
        ...(fields.length === 0 && missing.length === 0
          ? [
              'No fields: no events in the 15 minutes that were looked at. Give at: a time with events.',
            ]
          : []),
        ...(group.logGroupClass === 'DELIVERY'
          ? ['A log group of the class DELIVERY cannot be queried.']
          : group.logGroupClass === 'INFREQUENT_ACCESS' || group.logGroupClass === 'ESSENTIALS'
            ? [
                `Queries of a log group of the class ${group.logGroupClass} know no pattern, diff, filterIndex and unmask.`,
              ]
            : []),
      ],
    }
  },
})

function notFound(logGroup: string, mayUse: (tool: string) => boolean): string {
  const how = mayUse('list_log_groups') ? ' list_log_groups shows the log groups that exist.' : ''
  return `There is no log group ${logGroup} here. Names are case-sensitive, and each region and account has its own.${how}`
}

/** Percentages come from a sample; `at` is the middle of it, in whole seconds. */
export async function fieldsOf(
  logs: CloudWatchLogsClient,
  identifier: string,
  at: Date | undefined,
  signal: AbortSignal,
): Promise<LogGroupField[]> {
  const command = new GetLogGroupFieldsCommand({
    ...oneGroup(identifier),
    ...(at !== undefined && { time: Math.floor(at.getTime() / 1_000) }),
  })
  const { logGroupFields = [] } = await logs.send(command, { abortSignal: signal })
  return logGroupFields.toSorted((one, other) => (other.percent ?? 0) - (one.percent ?? 0))
}

/** AWS orders by time or filters by prefix, not both. */
async function streamsOf(
  logs: CloudWatchLogsClient,
  identifier: string,
  limit: number,
  prefix: string | undefined,
  signal: AbortSignal,
): Promise<LogStream[]> {
  const command = new DescribeLogStreamsCommand({
    ...oneGroup(identifier),
    ...(prefix === undefined
      ? { orderBy: 'LastEventTime', descending: true }
      : { logStreamNamePrefix: prefix }),
    limit,
  })
  return (await logs.send(command, { abortSignal: signal })).logStreams ?? []
}

/** Fields that are indexed, or were, as far as events with them have been seen. */
export async function indexesOf(
  logs: CloudWatchLogsClient,
  identifier: string,
  signal: AbortSignal,
): Promise<FieldIndex[]> {
  const command = new DescribeFieldIndexesCommand({ logGroupIdentifiers: [identifier] })
  return (await logs.send(command, { abortSignal: signal })).fieldIndexes ?? []
}

/** The policies that say what to index, of the log group or of the whole account. */
export async function policiesOf(
  logs: CloudWatchLogsClient,
  identifier: string,
  signal: AbortSignal,
): Promise<IndexPolicy[]> {
  const command = new DescribeIndexPoliciesCommand({ logGroupIdentifiers: [identifier] })
  return (await logs.send(command, { abortSignal: signal })).indexPolicies ?? []
}

async function definitionsOf(
  logs: CloudWatchLogsClient,
  signal: AbortSignal,
): Promise<QueryDefinition[]> {
  const found: QueryDefinition[] = []
  let nextToken: string | undefined
  for (let page = 0; page < MOST_DEFINITION_PAGES; page += 1) {
    const command = new DescribeQueryDefinitionsCommand({ maxResults: 1_000, nextToken })
    const answer = await logs.send(command, { abortSignal: signal })
    found.push(...(answer.queryDefinitions ?? []))
    nextToken = answer.nextToken
    if (nextToken === undefined) break
  }
  return found
}

/** Saved queries for this log group: by name, by the prefix in a SOURCE clause, and those bound to none. */
function fitting(definitions: readonly QueryDefinition[], name: string): QueryDefinition[] {
  const rank = (definition: QueryDefinition): number => {
    const { logGroupNames = [], queryString = '' } = definition
    if (logGroupNames.some((group) => logGroupName(group) === name)) return 0
    const prefixes = /namePrefix\s*:\s*\[([^\]]{0,4000})\]/i.exec(queryString)?.[1]
    if (prefixes !== undefined) {
      const listed = [...prefixes.matchAll(/['"]([^'"]+)['"]/g)].map((match) => match[1] ?? '')
      return listed.some((prefix) => name.startsWith(prefix)) ? 1 : 3
    }
    return logGroupNames.length === 0 ? 2 : 3
  }
  return definitions
    .filter((definition) => rank(definition) < 3)
    .toSorted((one, other) => rank(one) - rank(other))
    .slice(0, 20)
}

function factsOf(group: LogGroup): Array<readonly [string, string]> {
  const linked = (group.logGroupArn ?? '').split(':')[4] ?? ''
  return [
    ['class', group.logGroupClass ?? 'STANDARD'],
    ['retention', group.retentionInDays ? `${group.retentionInDays} days` : 'never expires'],
    ['stored', bytesText(group.storedBytes)],
    ['created', dateText(group.creationTime)],
    ...(linked === '' ? [] : [['owner', linked] as const]),
    ...(group.kmsKeyId === undefined ? [] : [['kms key', group.kmsKeyId] as const]),
    ...(group.dataProtectionStatus === undefined
      ? []
      : [['data protection', group.dataProtectionStatus] as const]),
  ]
}

function policyFacts(policies: readonly IndexPolicy[]): Array<readonly [string, string]> {
  return policies.map((policy) => {
    const whose = policy.source === 'ACCOUNT' ? 'index policy of the account' : 'index policy'
    return [whose, fieldsInPolicy(policy).join(', ') || 'no fields']
  })
}

/** The fields that an index policy names; in the document they are a list, or the keys of an object with settings. */
export function fieldsInPolicy(policy: IndexPolicy): readonly string[] {
  try {
    const document: unknown = JSON.parse(policy.policyDocument ?? '{}')
    if (typeof document !== 'object' || document === null) return []
    return [
      'Fields' in document ? document.Fields : undefined,
      'FieldsV2' in document ? document.FieldsV2 : undefined,
    ].flatMap((fields) => {
      if (Array.isArray(fields)) return fields.map(String)
      return typeof fields === 'object' && fields !== null ? Object.keys(fields) : []
    })
  } catch {
    return []
  }
}

function fieldRows(fields: readonly LogGroupField[], indexes: readonly FieldIndex[]): string[][] {
  const indexed = new Set(indexes.map(({ fieldIndexName }) => fieldIndexName))
  return fields.map(({ name = '', percent }) => [
    'field',
    name,
    `${percent ?? '?'} %${indexed.has(name) ? ', indexed' : ''}`,
  ])
}

/** Indexed fields that the sample did not hold. */
function indexRows(fields: readonly LogGroupField[], indexes: readonly FieldIndex[]): string[][] {
  const sampled = new Set(fields.map(({ name }) => name))
  return indexes
    .filter(({ fieldIndexName }) => !sampled.has(fieldIndexName))
    .map(({ fieldIndexName = '', lastEventTime }) => [
      'index',
      fieldIndexName,
      `last event ${dateText(lastEventTime)}`,
    ])
}

function streamRow(stream: LogStream): string[] {
  return ['stream', stream.logStreamName ?? '', `last event ${dateText(stream.lastEventTimestamp)}`]
}

function queryRow(definition: QueryDefinition): string[] {
  const language = definition.queryLanguage ?? 'CWLI'
  const detail = definition.queryString ?? ''
  return [
    'saved query',
    definition.name ?? '',
    language === 'CWLI' ? detail : `${language}: ${detail}`,
  ]
}
