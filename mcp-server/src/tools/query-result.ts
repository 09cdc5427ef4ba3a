import type { GetQueryResultsResponse, QueryStatistics } from '@aws-sdk/client-cloudwatch-logs'
import type { Answer, Table } from '../answer/answer.ts'
import { cut } from '../answer/clean-text.ts'
import { bytesText, countText } from '../answer/value-text.ts'
import { costText } from './query-cost.ts'

/** How far a running query is, in one line. */
export function progressText({ status, statistics }: GetQueryResultsResponse): string {
  const scanned = `${countText(statistics?.recordsScanned ?? 0)} records, ${bytesText(statistics?.bytesScanned ?? 0)} scanned`
  return `${status ?? 'Running'}: ${scanned}, ${countText(statistics?.recordsMatched ?? 0)} matched`
}

/** What a query looked at and what that costs. */
export function statisticsFacts(
  statistics: QueryStatistics | undefined,
): Array<readonly [string, string]> {
  if (statistics === undefined) return []
  const { recordsMatched = 0, recordsScanned = 0, bytesScanned = 0 } = statistics
  const { estimatedBytesSkipped = 0 } = statistics
  return [
    ['records', `${countText(recordsMatched)} matched of ${countText(recordsScanned)} scanned`],
    [
      'scanned',
      `${bytesText(bytesScanned)}, ${costText(bytesScanned)}${estimatedBytesSkipped > 0 ? `; ${bytesText(estimatedBytesSkipped)} skipped by field indexes` : ''}`,
    ],
  ]
}

/** Fields that only serve other calls: a pointer is as long as a log line, and patterns carry their parts twice. */
const INTERNAL = new Set(['@ptr', '@tokens', '@visualization'])

/**
 * One column per field in order of appearance. Rows that are log events begin with their number, counted from
 * `first`, by which get_log_record finds the whole event; the pointer itself would cost more than the row.
 */
export function resultTable({ results = [] }: GetQueryResultsResponse, first = 1): Table {
  const fields = new Set<string>()
  let events = false
  for (const row of results) {
    for (const { field } of row) {
      if (field === '@ptr') events = true
      if (field !== undefined && !INTERNAL.has(field)) fields.add(field)
    }
  }
  const columns = [...fields]
  // Figures over a field that no event has: AWS gives a row that holds nothing.
  if (columns.length === 0 && !events) return { columns, rows: [] }
  const rows = results.map((row, at) => {
    const values = new Map(row.map(({ field, value }) => [field, value]))
    const cells = columns.map((column) => {
      const value = values.get(column) ?? ''
      return column === '@logSamples' ? firstSample(value) : value
    })
    return events ? [String(first + at), ...cells] : cells
  })
  return { columns: events ? ['#', ...columns] : columns, rows }
}

/**
 * The first of the samples that the pattern command gives for a pattern; ten of them say no more. They come as a JSON
 * list, of texts or of objects with a message.
 */
export function firstSample(samples: string): string {
  try {
    const parsed: unknown = JSON.parse(samples)
    const first: unknown = Array.isArray(parsed) ? parsed[0] : parsed
    if (typeof first === 'string') return first
    if (typeof first !== 'object' || first === null) return ''
    if ('message' in first && typeof first.message === 'string') return first.message
    return JSON.stringify(first)
  } catch {
    return samples
  }
}

/** How a query ended that gave no result, as a failed answer; undefined for one that runs or is complete. */
export function endedWithout(status: string): Answer | undefined {
  switch (status) {
    case 'Complete':
    case 'Running':
    case 'Scheduled':
    case 'Deadline':
      return undefined
    case 'Timeout':
      return {
        failed: true,
        summary: 'The query ran longer than Logs Insights allows (60 minutes) and was ended.',
        notes: ['Retrying the same query does not help: take a shorter range or fewer log groups.'],
      }
    case 'Cancelled':
      return {
        failed: true,
        summary: 'Someone stopped the query.',
        notes: ['Retrying helps, unless it is stopped again.'],
      }
    case 'Failed':
      return {
        failed: true,
        summary: 'Logs Insights could not carry out the query and gives no reason.',
        notes: ['Retry once; if it fails again, simplify the query or take a shorter range.'],
      }
    default:
      return {
        failed: true,
        summary: `Logs Insights answered with the status ${cut(status, 40)}.`,
        notes: ['Retry once.'],
      }
  }
}

/** An empty result is an answer, and most often a wrong question: says which. */
export function emptyNotes(
  statistics: QueryStatistics | undefined,
  mayUse: (tool: string) => boolean,
): string[] {
  const scanned = statistics?.recordsScanned ?? 0
  if (scanned === 0) {
    const check = mayUse('list_log_groups') ? ', or check the names with list_log_groups' : ''
    return [
      `The log groups hold no events in this range. Take a longer one (start: -24h)${check}; new events take up to a few minutes to be found.`,
    ]
  }
  if ((statistics?.recordsMatched ?? 0) > 0) {
    return [
      'Events passed the filter, but none of them has the fields that the query computes with. Names are case-sensitive: look at a few events first with fields @timestamp, @message | limit 5.',
    ]
  }
  return [
    `${countText(scanned)} events lie in the range but none passed the filter. Matching is case-sensitive: try /(?i)error/, drop parts of the filter, or look at a few events first with fields @timestamp, @message | limit 5.`,
  ]
}

/** What to do with rows that are log events, for a caller who may. */
export function recordNote(table: Table, mayUse: (tool: string) => boolean): string[] {
  return table.columns[0] === '#' && mayUse('get_log_record')
    ? ['get_log_record with query and a row number (#) gives the whole event.']
    : []
}

/** `3 rows`. */
export function rowsText(count: number): string {
  return `${countText(count)} ${count === 1 ? 'row' : 'rows'}`
}
