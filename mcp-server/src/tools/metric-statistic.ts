import { ToolProblem } from './tool-problem.ts'

/** How statistics are written, for the descriptions of inputs. */
export const STATISTIC_FORMS =
  'Average, Sum, Minimum, Maximum, SampleCount, IQM, a percentile (p99, p99.9) or a trimmed statistic (tm90, tc90, ts90, wm90, TM(10%:90%), PR(:300))'

const SIMPLE: Readonly<Record<string, string>> = {
  average: 'Average',
  avg: 'Average',
  mean: 'Average',
  sum: 'Sum',
  minimum: 'Minimum',
  min: 'Minimum',
  maximum: 'Maximum',
  max: 'Maximum',
  samplecount: 'SampleCount',
  count: 'SampleCount',
  iqm: 'IQM',
}

/** p99, p99.9, p100, tm90, and a number of up to ten decimals. */
const PERCENTILE = /^(p|tm|tc|ts|wm)(100|\d{1,2}(?:\.\d{1,10})?)$/i

/** TM(10%:90%), TC(0.1:), PR(:300): a lower and an upper bound, either may be left out. */
const RANGE = /^(TM|TC|TS|WM|PR)\(([\d.%]{0,20}):([\d.%]{0,20})\)$/i

/** A statistic as AWS spells it; any case and the usual short forms are understood. `what` names the query in the message. */
export function statisticOf(what: string, asked = 'Average'): string {
  const text = asked.trim()
  const simple = SIMPLE[text.toLowerCase()]
  if (simple !== undefined) return simple
  if (PERCENTILE.test(text)) return text.toLowerCase()
  const [, name, low, high] = RANGE.exec(text) ?? []
  if (name !== undefined && (low !== '' || high !== '')) {
    return `${name.toUpperCase()}(${low}:${high})`
  }
  throw new ToolProblem(`The statistic of ${what} is not known: use ${STATISTIC_FORMS}.`)
}
