import type { StartQueryRequest } from '@aws-sdk/client-cloudwatch-logs'
import { z } from 'zod'
import type { Answer, Table } from '../answer/answer.ts'
import { bytesText, countText } from '../answer/value-text.ts'
import { defineTool, type ToolContext } from './define-tool.ts'
import { groupBy, inTurns } from './in-turns.ts'
import { type QueryOutcome, runInsightsQuery } from './insights-query.ts'
import {
  logGroupIdentifier,
  logGroupName,
  logGroupRegion,
  MOST_GROUPS,
  queryGroups,
} from './log-group-name.ts'
import { costText } from './query-cost.ts'
import { type Estimate, estimateQuery, guardCost } from './query-guard.ts'
import { ACCEPT_COST } from './query-logs.ts'
import { endedWithout, resultTable, rowsText } from './query-result.ts'
import { rangeText, resolveRange, TIME_FORMS, type TimeRange } from './time-range.ts'
import { ToolProblem } from './tool-problem.ts'

/** Queries at a time in one region: a twentieth of the places that the account shares with everyone. */
const AT_A_TIME = 5

/** Up to so many log groups and regions together, each log group gets a query of its own. */
const ONE_EACH = 40

const MOST_PARTS = 200

export const queryLogsBatch = defineTool({
  name: 'query_logs_batch',
  title: 'Query logs in many places',
  description:
    'Run one Logs Insights query over many log groups and regions and get one table with the columns _region and _logGroup. Costs like query_logs, for all of them together. Each log group (or chunk of 50, when there are many) is queried by itself: limit, sort and stats hold per part and nothing is added up across parts.',
  input: z.strictObject({
    query: z.string().min(1).max(10_000).describe('The query, in Logs Insights QL.'),
    logGroups: z
      .array(z.string().min(1).max(2_048))
      .min(1)
      .max(1_000)
      .describe('Exact names, looked for in every region, or ARNs, each in its own region.'),
    regions: z
      .array(z.string().max(40))
      .min(1)
      .max(20)
      .optional()
      .describe("Regions. Default: the target's."),
    start: z.coerce.string().max(64).optional().describe(`${TIME_FORMS}. Default: -1h.`),
    end: z.coerce.string().max(64).optional().describe('Like start. Default: now.'),
    limit: z.int().min(1).max(1_000).default(50).describe('Most rows of each part.'),
    acceptCost: z.boolean().default(false).describe(ACCEPT_COST),
  }),
  regionFrom: 'tool',
  run: async ({ query, logGroups, regions, start, end, limit, acceptCost }, context) => {
    const range = resolveRange({ start, end }, context.now)
    if (/^\s*SOURCE\b/i.test(query)) {
      throw new ToolProblem(
        'A query that begins with SOURCE chooses its log groups itself: run it with query_logs.',
      )
    }
    const places = placesOf(logGroups, regions ?? [context.region])
    // All regions before the first call: a region that is refused must not leave calls behind that nobody awaits.
    const clients = places.map(({ region }) => context.clientsIn(region).logs)
    const endsAt = Date.now() + context.limits.queryDeadlineMs
    const estimates = await Promise.all(
      places.map(async ({ groups }, at) => {
        const logs = clients[at] as (typeof clients)[number] // one for each place
        return estimateQuery(logs, groups, range, context)
      }),
    )
    const warnings = guardCost(estimates, { acceptCost, chooses: false, range }, context)
    const { known, missing } = onlyExisting(places, estimates)
    const parts = partsOf(known)
    if (parts.length === 0) {
      const next = context.mayUse('list_log_groups')
        ? ' list_log_groups shows the log groups that exist.'
        : ''
      throw new ToolProblem(
        `None of these log groups exists there: ${listed(missing)}. Names are case-sensitive, and each region has its own.${next}`,
      )
    }
    if (parts.length > MOST_PARTS) {
      throw new ToolProblem(
        `That would be ${parts.length} queries; at most ${MOST_PARTS} are run by one call. Name fewer regions or log groups.`,
      )
    }
    const request = {
      queryString: query,
      startTime: Math.floor(range.start.getTime() / 1_000),
      endTime: Math.floor(range.end.getTime() / 1_000),
      limit,
    }
    const done = await runParts(parts, request, endsAt, context)
    return {
      ...answerFor(done, query, limit, range),
      notes: [
        ...notesFor(done, query, limit, context.limits.queryDeadlineMs),
        ...(missing.length === 0 ? [] : [`Not there, so not queried: ${listed(missing)}.`]),
        ...warnings,
      ],
    }
  },
})

type Place = Readonly<{ region: string; groups: readonly string[] }>

/** A name is looked for in every region, an ARN says its own. */
function placesOf(logGroups: readonly string[], regions: readonly string[]): Place[] {
  const places = new Map<string, Set<string>>()
  for (const group of logGroups) {
    const identifier = logGroupIdentifier(group, 'logGroups')
    const own = logGroupRegion(identifier)
    for (const region of own === undefined ? regions : [own]) {
      places.set(region, (places.get(region) ?? new Set()).add(identifier))
    }
  }
  return [...places].map(([region, groups]) => ({ region, groups: [...groups] }))
}

/** The estimate tells which log groups exist: one that is missing would fail its whole part. */
function onlyExisting(
  places: readonly Place[],
  estimates: readonly Estimate[],
): { known: Place[]; missing: string[] } {
  const missing: string[] = []
  const known = places.map(({ region, groups }, at) => {
    const found = estimates[at]?.groups
    if (found === undefined) return { region, groups }
    const names = new Set(found.map((group) => group.logGroupName))
    const there = groups.filter((group) => names.has(logGroupName(group)))
    missing.push(
      ...groups.filter((group) => !there.includes(group)).map((group) => `${region} ${group}`),
    )
    return { region, groups: there }
  })
  return { known, missing }
}

/** What one query covers. */
type Part = Place & Readonly<{ label: string }>

function partsOf(places: readonly Place[]): Part[] {
  const count = places.reduce((sum, { groups }) => sum + groups.length, 0)
  const size = count <= ONE_EACH ? 1 : MOST_GROUPS
  return places.flatMap(({ region, groups }) => {
    const parts: Part[] = []
    for (let at = 0; at < groups.length; at += size) {
      const some = groups.slice(at, at + size)
      const first = logGroupName(some[0] ?? '')
      const label = some.length === 1 ? first : `${first} and ${some.length - 1} more`
      parts.push({ region, groups: some, label })
    }
    return parts
  })
}

type Done = Readonly<{ part: Part; outcome?: QueryOutcome; problem?: string }>

/** Runs all parts, so many at a time per region; at the deadline and when the caller goes, all that run are stopped. */
async function runParts(
  parts: readonly Part[],
  request: Omit<StartQueryRequest, 'logGroupNames'>,
  endsAt: number,
  context: ToolContext,
): Promise<Done[]> {
  const stop = new AbortController()
  const signal = AbortSignal.any([context.signal, stop.signal])
  let ended = 0
  const runPart = async (part: Part): Promise<Done> => {
    const deadlineMs = endsAt - Date.now()
    if (deadlineMs <= 0) return { part, problem: 'not begun: the time was over' }
    try {
      const outcome = await runInsightsQuery(
        { ...request, ...queryGroups(part.groups) },
        {
          logs: context.clientsIn(part.region).logs,
          signal,
          deadlineMs,
          onProgress: async () => {},
        },
      )
      ended += 1
      await context.progress(`${ended} of ${parts.length} queries ended`)
      return { part, outcome }
    } catch (error) {
      if (signal.aborted) throw error
      const words = context.explain(error)
      // A mistake of this program: the other queries would go on with nobody listening.
      if (words === undefined) {
        stop.abort(error)
        throw error
      }
      return { part, problem: words }
    }
  }
  const byRegion = [...groupBy(parts, ({ region }) => region).values()]
  const ends = await Promise.allSettled(byRegion.map((own) => inTurns(own, AT_A_TIME, runPart)))
  return ends.flatMap((end) => {
    if (end.status === 'rejected') throw end.reason
    return end.value
  })
}

function answerFor(done: readonly Done[], query: string, limit: number, range: TimeRange): Answer {
  const withRows = done.flatMap(({ part, outcome }) =>
    outcome === undefined || endedWithout(outcome.status) ? [] : [{ part, outcome }],
  )
  const table = inOrder(joined(withRows), query)
  const scanned = withRows.reduce(
    (sum, { outcome }) => sum + (outcome.results.statistics?.bytesScanned ?? 0),
    0,
  )
  const whole = withRows.filter(({ outcome }) => outcome.status === 'Complete').length
  return {
    summary: `${countText(whole)} of ${countText(done.length)} queries are complete: ${rowsText(table.rows.length)} in all.`,
    ...(done.length > 0 && withRows.length === 0 && { failed: true }),
    facts: [
      ['range', rangeText(range)],
      ['regions', [...new Set(done.map(({ part }) => part.region))].join(', ')],
      ['scanned', `${bytesText(scanned)}, ${costText(scanned)}`],
      ['limit of each query', countText(limit)],
    ],
    table,
    untrusted: true,
    narrow: 'narrow the query, or ask for fewer log groups or a lower limit',
  }
}

/** All rows under one set of columns; a log group is known exactly where its query covers no other. */
function joined(parts: ReadonlyArray<{ part: Part; outcome: QueryOutcome }>): Table {
  const tables = parts.map(({ part, outcome }) => {
    const { columns, rows } = resultTable(outcome.results)
    // Numbers of rows mean something to get_log_record only, which knows no batch.
    const from = columns[0] === '#' ? 1 : 0
    return { part, columns: columns.slice(from), rows: rows.map((row) => row.slice(from)) }
  })
  const columns = [...new Set(tables.flatMap((table) => table.columns))]
  const rows = tables.flatMap((table) => {
    const places = columns.map((column) => table.columns.indexOf(column))
    return table.rows.map((row) => [
      table.part.region,
      table.part.label,
      ...places.map((place) => row[place] ?? ''),
    ])
  })
  return { columns: ['_region', '_logGroup', ...columns], rows }
}

/** Rows with a time are put in one order of time; other orders would mean something within a part only. */
function inOrder(table: Table, query: string): Table {
  const at = table.columns.indexOf('@timestamp')
  if (at < 0 || table.rows.some((row) => (row[at] ?? '') === '')) return table
  const oldestFirst = /\|?\s*sort\s+(?:by\s+)?@timestamp\s+asc\b/i.test(query)
  const direction = oldestFirst ? 1 : -1
  const rows = table.rows.toSorted((one, other) =>
    one[at] === other[at] ? 0 : (one[at] ?? '') < (other[at] ?? '') ? -direction : direction,
  )
  return { columns: table.columns, rows }
}

function notesFor(
  done: readonly Done[],
  query: string,
  limit: number,
  deadlineMs: number,
): string[] {
  const notes: string[] = []
  const names = (some: readonly Done[]) =>
    listed(some.map(({ part }) => `${part.region} ${part.label}`))
  if (/(?:^|\|)\s*(?:stats|dedup|pattern|diff)\b/i.test(query) && done.length > 1) {
    notes.push(
      'The query sums up, and each row holds for its own _region and _logGroup: counts and sums may be added, but averages, percentiles and distinct counts of several rows must not be combined.',
    )
  }
  const late = done.filter(({ outcome }) => outcome?.status === 'Deadline')
  if (late.length > 0) {
    notes.push(
      `Stopped after ${deadlineMs / 1_000} s, so incomplete: ${names(late)}. Take a shorter range or fewer log groups.`,
    )
  }
  const full = done.filter(({ outcome }) => (outcome?.results.results?.length ?? 0) >= limit)
  if (full.length > 0)
    notes.push(`The limit of ${limit} rows is reached, there may be more: ${names(full)}.`)
  const bad = done.flatMap((one) => {
    const problem = one.problem ?? (one.outcome && endedWithout(one.outcome.status)?.summary)
    return problem === undefined ? [] : [{ place: `${one.part.region} ${one.part.label}`, problem }]
  })
  for (const [problem, some] of groupBy(bad, (one) => one.problem)) {
    notes.push(`Failed: ${listed(some.map(({ place }) => place))}: ${problem}`)
  }
  const empty = done.filter(
    ({ outcome }) => outcome?.status === 'Complete' && (outcome.results.results ?? []).length === 0,
  )
  if (empty.length > 0) notes.push(`Found nothing: ${names(empty)}.`)
  return notes.slice(0, 12)
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 8).join(', ')
  return names.length > 8 ? `${shown} and ${names.length - 8} more` : shown
}
