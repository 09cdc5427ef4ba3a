import {
  type CloudWatchClient,
  GetMetricDataCommand,
  type GetMetricDataCommandInput,
  type MetricDataResult,
} from '@aws-sdk/client-cloudwatch'
import type { PreparedQueries } from './metric-query.ts'
import { joinSeries, type Series } from './metric-series.ts'
import { rangeText, type TimeRange } from './time-range.ts'

/** AWS gives up to 100,800 points a page; beyond this many pages an answer could not be used anyway. */
const MOST_PAGES = 5

export type FetchedSeries = Readonly<{
  series: readonly Series[]
  /** What the reader must know to trust the figures: partial data, refusals, what AWS says. */
  notes: readonly string[]
}>

/**
 * The series of some queries over a range, page by page. Partial data, forbidden series and messages of AWS are no
 * errors: they become notes.
 */
export async function fetchSeries(
  cloudwatch: CloudWatchClient,
  prepared: Pick<PreparedQueries, 'queries'>,
  range: TimeRange,
  signal: AbortSignal,
): Promise<FetchedSeries> {
  const fetched = await fetchPages(
    cloudwatch,
    {
      MetricDataQueries: prepared.queries,
      StartTime: range.start,
      EndTime: range.end,
      ScanBy: 'TimestampAscending',
    },
    signal,
  )
  const series = joinSeries(fetched.results)
  return {
    series,
    notes: [
      ...fetched.messages.map((message) => `AWS: ${message}`),
      ...statusNotes(series, fetched.complete),
      ...droppedNotes(series),
    ],
  }
}

/** Range and periods as the facts of an answer. */
export function rangeFacts(
  range: TimeRange,
  periods: ReadonlyMap<string, number>,
): Array<readonly [string, string]> {
  const different = [...new Set(periods.values())]
  return [
    ['range', rangeText(range)],
    ['period', different.map((seconds) => `${seconds} s`).join(', ')],
  ]
}

type Fetched = Readonly<{
  results: readonly MetricDataResult[]
  messages: readonly string[]
  complete: boolean
}>

async function fetchPages(
  cloudwatch: CloudWatchClient,
  input: GetMetricDataCommandInput,
  signal: AbortSignal,
): Promise<Fetched> {
  const results: MetricDataResult[] = []
  const messages = new Set<string>()
  let token: string | undefined
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const command = new GetMetricDataCommand({ ...input, NextToken: token })
    const answer = await cloudwatch.send(command, { abortSignal: signal })
    results.push(...(answer.MetricDataResults ?? []))
    const told = [
      ...(answer.Messages ?? []),
      ...(answer.MetricDataResults ?? []).flatMap((result) => result.Messages ?? []),
    ]
    for (const { Code = '', Value = '' } of told) messages.add(`${Code} ${Value}`.trim())
    token = answer.NextToken
    if (token === undefined) break
  }
  return { results, messages: [...messages].slice(0, 5), complete: token === undefined }
}

function statusNotes(series: readonly Series[], complete: boolean): string[] {
  const named = (status: string) => idsText(series.filter((one) => one.status === status))
  const notes: string[] = []
  if (!complete) {
    notes.push(
      'There is more data than was read: the figures cover the first part of the range. Take a longer period or a shorter range.',
    )
  } else if (named('PartialData') !== '') {
    notes.push(
      `AWS gave only part of the data of ${named('PartialData')}: the figures may be incomplete. Retry, or take a shorter range.`,
    )
  }
  if (named('InternalError') !== '') {
    notes.push(`AWS failed to read ${named('InternalError')}. Retry.`)
  }
  if (named('Forbidden') !== '') {
    notes.push(
      `The role may not read ${named('Forbidden')}: cloudwatch:GetMetricData is needed in the account that owns the metric.`,
    )
  }
  return notes
}

function droppedNotes(series: readonly Series[]): string[] {
  const dropped = series.filter((one) => one.dropped > 0)
  if (dropped.length === 0) return []
  const count = dropped.reduce((sum, one) => sum + one.dropped, 0)
  return [
    `${count} points of ${idsText(dropped)} are not numbers (a division by zero, say) and are left out.`,
  ]
}

/**
 * No points is an answer, and most often a metric that is named slightly wrong; of an expression over other series
 * (`computed`, by id) it is one that comes to no number.
 */
export function emptyNotes(
  series: readonly Series[],
  canList: boolean,
  computed: ReadonlySet<string> = new Set(),
): string[] {
  const empty = series.filter((one) => one.points.length === 0 && one.status !== 'Forbidden')
  if (series.length > 0 && empty.length === 0) return []
  if (series.length === 0) return [missingMetricNote('The queries', canList)]
  const math = empty.filter(({ id }) => computed.has(id))
  const read = empty.filter(({ id }) => !computed.has(id))
  return [
    ...(math.length === 0
      ? []
      : [
          `${idsText(math)}: no points. An expression has a point only where its inputs have one and the result is a number: look at the inputs, at divisions by zero and at logarithms; FILL(m1, 0) fills gaps.`,
        ]),
    ...(read.length === 0 ? [] : [missingMetricNote(idsText(read), canList)]),
  ]
}

/** Why a metric may have no points, and what to do. `which` names it. */
export function missingMetricNote(which: string, canList: boolean): string {
  const next = canList ? ' list_metrics shows the metrics that exist and their dimensions.' : ''
  return `${which}: no points. Namespace, metric name and the whole set of dimensions must match exactly (a missing or extra dimension is another metric); the metric may live in another region or account, be silent in this range, or be reported less often than the period. Try a longer range (start: -24h).${next}`
}

function idsText(series: readonly Series[]): string {
  const ids = [...new Set(series.map((one) => one.id))]
  return `${ids.slice(0, 10).join(', ')}${ids.length > 10 ? ` and ${ids.length - 10} more` : ''}`
}
