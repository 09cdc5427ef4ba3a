import type { Series } from '../story/series.ts'
import { validationError } from './cloudwatch-errors.ts'
import type { Track } from './math-syntax.ts'
import { isPeriod, pointsOf, type Range } from './points.ts'
import { type Statistic, statisticOf } from './statistics.ts'

/** `SEARCH('{Namespace,Dimension,…} terms', 'Statistic', period)`. */
export type MetricSearch = Readonly<{
  /** The namespace and the exact dimensions, when the search has braces. */
  schema: readonly string[] | undefined
  terms: readonly Term[]
  statistic: Statistic
  periodSeconds: number
}>

type Term = Readonly<{
  /** `MetricName`, `Namespace` or a dimension; undefined for a term that may be anywhere. */
  property: string | undefined
  text: string
  /** In double quotes: the whole value and nothing else. */
  exact: boolean
}>

const FORM =
  /^\s*SEARCH\s*\(\s*(["'])([\s\S]*?)\1\s*,\s*(["'])([^"']*)\3\s*(?:,\s*(\d+)\s*)?\)\s*$/i
const TERM = /\s*(?:(?:"([^"]+)"|([\w/.-]+))\s*=\s*)?(?:"([^"]*)"|([^\s"=(){}]+))/y
const MAX_SERIES = 100

/** Whether an expression is a search alone; one inside of math is not imitated. */
export function isSearch(text: string): boolean {
  return /^\s*SEARCH\s*\(/i.test(text) && FORM.test(text)
}

/** Reads a search; `period` is the query's own, for a search that names none. OR, NOT and parentheses are refused. */
export function parseSearch(text: string, id: string, period: number | undefined): MetricSearch {
  const [, , expression = '', , name = '', seconds] = FORM.exec(text) ?? []
  const fail = (what: string) => validationError(`Error in expression '${id}': ${what}`)
  const statistic = statisticOf(name)
  if (statistic === undefined) throw fail(`Unknown statistic '${name}'`)
  const periodSeconds = seconds === undefined ? (period ?? 300) : Number(seconds)
  if (!isPeriod(periodSeconds))
    throw fail('The period must be 1, 5, 10, 20, 30 or a multiple of 60')
  const braces = /^\s*\{([^}]*)\}/.exec(expression)
  const schema = braces?.[1]?.split(',').map((part) => part.trim().replace(/^"(.*)"$/, '$1'))
  const rest = expression.slice(braces?.[0].length ?? 0).trim()
  return { schema, terms: readTerms(rest, fail), statistic, periodSeconds }
}

/** The metrics that a search finds, each as a series of its own; at most 100. */
export function runSearch(
  search: MetricSearch,
  series: readonly Series[],
  range: Range,
): readonly Track[] {
  return series
    .filter((one) => isFound(search, one))
    .slice(0, MAX_SERIES)
    .map((one) => ({
      label: [...one.dimensions.map(({ Value }) => Value), one.metricName].join(' '),
      points: new Map(
        pointsOf([one], range, search.periodSeconds, search.statistic).map((point) => [
          point.timestamp,
          point.value,
        ]),
      ),
    }))
}

function readTerms(text: string, fail: (what: string) => Error): readonly Term[] {
  const terms: Term[] = []
  TERM.lastIndex = 0
  while (TERM.lastIndex < text.length) {
    const at = TERM.lastIndex
    const found = TERM.exec(text)
    if (found === null) throw fail(`Invalid search at position ${at}`)
    const [, quotedProperty, property, exact, word = ''] = found
    if (['OR', 'NOT'].includes(word)) {
      throw fail(`${word} in a search is not supported by this local stand-in for AWS`)
    }
    if (word === 'AND') continue
    terms.push({
      property: quotedProperty ?? property,
      text: exact ?? word,
      exact: exact !== undefined,
    })
  }
  return terms
}

function isFound(search: MetricSearch, series: Series): boolean {
  const { schema } = search
  if (schema !== undefined) {
    const [namespace, ...names] = schema
    const own = series.dimensions.map(({ Name }) => Name).sort()
    if (series.namespace !== namespace || own.join('\n') !== names.sort().join('\n')) return false
  }
  return search.terms.every((term) =>
    valuesOf(series, term.property).some((value) => matches(value, term)),
  )
}

function valuesOf(series: Series, property: string | undefined): readonly string[] {
  const all = [
    ['Namespace', series.namespace],
    ['MetricName', series.metricName],
    ...series.dimensions.map(({ Name, Value }) => [Name, Value]),
  ]
  if (property === undefined) return all.flat().filter((one) => one !== undefined)
  return all.flatMap(([name, value]) => (name === property && value !== undefined ? [value] : []))
}

/** A word without quotes is found in parts: `RequestCount` has the words request and count. */
function matches(value: string, { text, exact }: Term): boolean {
  if (exact) return value === text
  const words = (one: string) =>
    one
      .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
      .toLowerCase()
      .split(/[^a-z0-9]+/)
      .filter((word) => word !== '')
  const own = words(value)
  return words(text).every((word) => own.includes(word))
}
