import type { Series } from '../story/series.ts'
import { validationError } from './cloudwatch-errors.ts'
import type { Track } from './math-syntax.ts'
import { pointsOf, type Range, samplesOf } from './points.ts'
import { type Statistic, statisticOf } from './statistics.ts'

type Condition = Readonly<{ key: string; negated: boolean; value: string }>

/** `SELECT F(metric) FROM … [WHERE …] [GROUP BY …] [ORDER BY F() …] [LIMIT n]`. */
export type InsightsQuery = Readonly<{
  statistic: string
  metricName: string
  namespace: string
  /** The exact set of dimensions, when the query has SCHEMA. */
  schema: readonly string[] | undefined
  where: readonly Condition[]
  groupBy: readonly string[]
  order: Readonly<{ statistic: string; descending: boolean }> | undefined
  limit: number
}>

const STATISTICS: Readonly<Record<string, string>> = {
  AVG: 'Average',
  SUM: 'Sum',
  MIN: 'Minimum',
  MAX: 'Maximum',
  COUNT: 'SampleCount',
}
const MAX_SERIES = 500
const DAYS = 14
const TOKEN = /\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[A-Za-z_][\w.]*|\d+|!=|[=(),])/y

/** Whether an expression is a query and not math. */
export function isInsightsQuery(text: string): boolean {
  return /^\s*select\s/i.test(text)
}

/** Reads a query; what it does not have is refused with the place, as ValidationError. */
export function parseInsightsQuery(text: string, id: string): InsightsQuery {
  const tokens = tokenize(text, id)
  let at = 0
  const fail = () => {
    const found = tokens[at]
    const where = found === undefined ? 'the end' : `position ${found.start}, near '${found.text}'`
    return validationError(`Error in expression '${id}': Invalid query at ${where}`)
  }
  const isWord = (word: string) => tokens[at]?.text.toUpperCase() === word
  const take = (word: string) => {
    if (!isWord(word)) return false
    at += 1
    return true
  }
  const expect = (...words: readonly string[]) => {
    for (const word of words) if (!take(word)) throw fail()
  }
  const identifier = () => {
    const token = tokens[at]
    if (token === undefined || !/^["A-Za-z_]/.test(token.text)) throw fail()
    at += 1
    return unquoted(token.text)
  }
  const statistic = () => {
    const name = tokens[at]?.text.toUpperCase() ?? ''
    const found = Object.hasOwn(STATISTICS, name) ? STATISTICS[name] : undefined
    if (found === undefined) throw fail()
    at += 1
    return found
  }
  const list = () => {
    const items = [identifier()]
    while (take(',')) items.push(identifier())
    return items
  }

  expect('SELECT')
  const selected = statistic()
  expect('(')
  const metricName = identifier()
  expect(')', 'FROM')
  let namespace = ''
  let schema: readonly string[] | undefined
  if (isWord('SCHEMA') && tokens[at + 1]?.text === '(') {
    at += 2
    const [first = '', ...keys] = list()
    namespace = first
    schema = keys
    expect(')')
  } else {
    namespace = identifier()
  }
  const where: Condition[] = []
  if (take('WHERE')) {
    do {
      const key = identifier()
      const negated = take('!=')
      if (!negated) expect('=')
      const value = tokens[at]?.text ?? ''
      if (!value.startsWith("'")) throw fail()
      at += 1
      where.push({ key, negated, value: unquoted(value) })
    } while (take('AND'))
  }
  let groupBy: readonly string[] = []
  if (take('GROUP')) {
    expect('BY')
    groupBy = list()
  }
  let order: InsightsQuery['order']
  if (take('ORDER')) {
    expect('BY')
    const name = statistic()
    expect('(', ')')
    const descending = take('DESC')
    if (!descending) take('ASC')
    order = { statistic: name, descending }
  }
  let limit = MAX_SERIES
  if (take('LIMIT')) {
    limit = Number(tokens[at]?.text)
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_SERIES) throw fail()
    at += 1
  }
  if (at < tokens.length) throw fail()
  return { statistic: selected, metricName, namespace, schema, where, groupBy, order, limit }
}

/** Runs a query over the metrics of an account and region: one series for each group, in the query's order. */
export function runInsightsQuery(
  query: InsightsQuery,
  series: readonly Series[],
  range: Range,
  periodSeconds: number,
): readonly Track[] {
  if (range.start < range.now - DAYS * 86_400_000) {
    throw validationError(
      'Metrics Insights queries can only read data of the most recent two weeks: use a later StartTime.',
    )
  }
  const groups = new Map<string, Series[]>()
  for (const one of series.filter((candidate) => isSelected(query, candidate))) {
    const values = query.groupBy.map((key) => dimension(one, key))
    if (values.some((value) => value === undefined)) continue
    const name = values.length === 0 ? query.metricName : values.join(' ')
    groups.set(name, [...(groups.get(name) ?? []), one])
  }
  const statistic = named(query.statistic)
  const ranked = [...groups].map(([label, members]) => ({
    label,
    members,
    rank: rankOf(query, members, range, periodSeconds),
  }))
  const sign = query.order?.descending === true ? -1 : 1
  if (query.order !== undefined) ranked.sort((left, right) => sign * (left.rank - right.rank))
  return ranked.slice(0, query.limit).map(({ label, members }) => ({
    label,
    points: new Map(
      pointsOf(members, range, periodSeconds, statistic).map(({ timestamp, value }) => [
        timestamp,
        value,
      ]),
    ),
  }))
}

function rankOf(
  query: InsightsQuery,
  members: readonly Series[],
  range: Range,
  periodSeconds: number,
): number {
  if (query.order === undefined) return 0
  const values = samplesOf(members, range, periodSeconds).map((sample) => sample.value)
  return (values.length === 0 ? undefined : named(query.order.statistic)(values)) ?? 0
}

function named(name: string): Statistic {
  const statistic = statisticOf(name)
  if (statistic === undefined) throw new Error(`no statistic ${name}`)
  return statistic
}

function isSelected(query: InsightsQuery, series: Series): boolean {
  if (series.namespace !== query.namespace || series.metricName !== query.metricName) return false
  const names = series.dimensions.map(({ Name }) => Name).sort()
  if (query.schema !== undefined && names.join('\n') !== [...query.schema].sort().join('\n')) {
    return false
  }
  return query.where.every(({ key, negated, value }) => {
    const actual = dimension(series, key)
    return actual !== undefined && (actual === value) !== negated
  })
}

function dimension(series: Series, key: string): string | undefined {
  return series.dimensions.find(({ Name }) => Name === key)?.Value
}

function tokenize(text: string, id: string) {
  const tokens: Array<Readonly<{ text: string; start: number }>> = []
  const source = text.trimEnd()
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < source.length) {
    const start = TOKEN.lastIndex
    const found = TOKEN.exec(source)
    if (found === null) {
      throw validationError(`Error in expression '${id}': Invalid query at position ${start}`)
    }
    tokens.push({ text: found[1] ?? '', start })
  }
  return tokens
}

function unquoted(text: string): string {
  return /^["']/.test(text) ? text.slice(1, -1).replace(/\\(.)/g, '$1') : text
}
