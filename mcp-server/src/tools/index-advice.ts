import type { QueryInfo } from '@aws-sdk/client-cloudwatch-logs'
import { type FieldUse, fieldsFilteredBy } from './query-fields.ts'

/** What the history says of one field as a candidate for an index. */
export type Candidate = Readonly<{
  field: string
  /** 0 to 100. */
  score: number
  /** Queries that compare it by = or in, for which an index skips events. */
  equalityQueries: number
  /** Queries that filter by it in any way. */
  queries: number
  lastUsed: Date
  /** What the queries that an index would help have scanned. */
  bytesScanned: number
  logGroups: number
}>

const DAY_MS = 86_400_000

/** After so many days a use counts half. */
const HALF_LIFE_DAYS = 7

/** How much each part adds to the score: how often, how much data, how lately. */
const WEIGHTS = { frequency: 0.4, scanned: 0.35, recency: 0.25 } as const

/** Fields that CloudWatch sets itself and that cannot be indexed, or are looked up without an index. */
const NEVER = new Set(['@timestamp', '@message', '@ingestionTime', '@ptr', '@log', '@entity'])

/** Fields that every log group of the class STANDARD has indexed without a policy. */
export const INDEXED_BY_DEFAULT: readonly string[] = [
  '@logStream',
  '@aws.region',
  '@aws.account',
  '@source.log',
  '@data_source_name',
  '@data_source_type',
  '@data_format',
  'traceId',
  'severityText',
  'attributes.session.id',
]

/** The candidates in a history of queries, best first; fields that are indexed are not left out here. */
export function indexCandidates(history: readonly QueryInfo[], now: Date): readonly Candidate[] {
  const found = new Map<string, QueryUse[]>()
  for (const info of history) {
    for (const use of fieldsFilteredBy(info.queryString ?? '', info.queryLanguage ?? 'CWLI')) {
      if (NEVER.has(use.field)) continue
      found.set(use.field, [...(found.get(use.field) ?? []), { ...use, info }])
    }
  }
  const raw = [...found].flatMap(([field, uses]) => {
    const helped = uses.filter(({ equality }) => equality)
    return helped.length === 0 ? [] : [summed(field, uses, helped)]
  })
  const most = {
    queries: Math.max(1, ...raw.map(({ equalityQueries }) => equalityQueries)),
    bytes: Math.max(1, ...raw.map(({ bytesScanned }) => bytesScanned)),
  }
  return raw
    .map((candidate) => {
      const days = Math.max(0, now.getTime() - candidate.lastUsed.getTime()) / DAY_MS
      const score =
        WEIGHTS.frequency * (candidate.equalityQueries / most.queries) +
        WEIGHTS.scanned * (candidate.bytesScanned / most.bytes) +
        WEIGHTS.recency * 0.5 ** (days / HALF_LIFE_DAYS)
      return { ...candidate, score: Math.round(score * 100) }
    })
    .sort((one, other) => other.score - one.score || (one.field < other.field ? -1 : 1))
}

type QueryUse = FieldUse & Readonly<{ info: QueryInfo }>

function summed(
  field: string,
  uses: readonly QueryUse[],
  helped: readonly QueryUse[],
): Omit<Candidate, 'score'> {
  return {
    field,
    equalityQueries: helped.length,
    queries: uses.length,
    lastUsed: new Date(uses.reduce((last, { info }) => Math.max(last, info.createTime ?? 0), 0)),
    bytesScanned: helped.reduce((sum, { info }) => sum + (info.bytesScanned ?? 0), 0),
    logGroups: new Set(helped.flatMap(({ info }) => info.logGroupName ?? [])).size,
  }
}
