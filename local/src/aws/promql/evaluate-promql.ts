import { PROMQL_FUNCTIONS } from './functions.ts'
import type { Labels, PromqlPoint, PromqlSeries } from './otlp-series.ts'
import { badParameter, cannotRun } from './promql-error.ts'
import type { Matcher, Matching, PromqlExpr, Selector } from './syntax.ts'

/** A labelled value at the time of evaluation. */
export type VectorSample = Readonly<{ labels: Labels; value: number }>

export type PromqlValue =
  | Readonly<{ kind: 'scalar'; value: number }>
  | Readonly<{ kind: 'vector'; samples: readonly VectorSample[] }>

/** Finds the samples of a selector between two times, both inclusive. */
export type Fetch = (
  selector: Selector,
  from: number,
  to: number,
) => ReadonlyArray<Readonly<{ labels: Labels; points: readonly PromqlPoint[] }>>

const LOOKBACK_MS = 5 * 60_000

/** The value of an expression at `time`, in milliseconds since 1970. */
export function evaluatePromql(expr: PromqlExpr, time: number, fetch: Fetch): PromqlValue {
  const run = (one: PromqlExpr) => evaluatePromql(one, time, fetch)
  switch (expr.kind) {
    case 'number':
      return { kind: 'scalar', value: expr.value }
    case 'selector':
      return { kind: 'vector', samples: instant(expr, time, fetch) }
    case 'negative':
      return mapValues(run(expr.value), (value) => -value)
    case 'call':
      return call(expr, time, fetch)
    case 'aggregate':
      return aggregate(expr, run)
    case 'binary':
      return combine(expr, run(expr.left), run(expr.right))
  }
}

/** Whether a series has the labels that a selector asks for. Regular expressions match whole values. */
export function matchesSeries(series: PromqlSeries, matchers: readonly Matcher[]): boolean {
  return matchers.every(({ label, operator, value }) => {
    const actual = labelValue(series.labels, label)
    switch (operator) {
      case '=':
        return actual === value
      case '!=':
        return actual !== value
      case '=~':
        return new RegExp(`^(?:${value})$`).test(actual)
      default:
        return !new RegExp(`^(?:${value})$`).test(actual)
    }
  })
}

/** `@datapoint.x` is another name of the attribute `x`, and `@datapoint.@name` of the metric's name. */
function labelValue(labels: Labels, label: string): string {
  if (label === '@datapoint.@name') return labels.__name__ ?? ''
  return labels[label] ?? labels[label.replace(/^@datapoint\./, '')] ?? ''
}

function instant(selector: Selector, time: number, fetch: Fetch): readonly VectorSample[] {
  if (selector.rangeMs !== undefined) {
    throw badParameter('query', 'expected type instant vector, got range vector')
  }
  const at = time - selector.offsetMs
  return fetch(selector, at - LOOKBACK_MS + 1, at).flatMap(({ labels, points }) => {
    const last = points.at(-1)
    return last === undefined ? [] : [{ labels, value: last.value }]
  })
}

function call(
  expr: Extract<PromqlExpr, { kind: 'call' }>,
  time: number,
  fetch: Fetch,
): PromqlValue {
  const known = PROMQL_FUNCTIONS[expr.name]
  const [first] = expr.args
  if (known?.kind === 'time') return { kind: 'scalar', value: time / 1000 }
  if (known === undefined || first === undefined) throw cannotRun(`no function ${expr.name}`)
  if (known.kind === 'range') {
    if (first.kind !== 'selector' || first.rangeMs === undefined) {
      const what = `expected type range vector in call to function "${expr.name}"`
      throw badParameter('query', what)
    }
    const to = time - first.offsetMs
    const from = to - first.rangeMs
    // The older end of a range is exclusive (Prometheus 3).
    const samples = fetch(first, from + 1, to).flatMap(({ labels, points }) => {
      const value = known.run(points, from, to)
      return value === undefined ? [] : [{ labels: withoutName(labels), value }]
    })
    return { kind: 'vector', samples }
  }
  const [value, ...others] = expr.args.map((arg) => evaluatePromql(arg, time, fetch))
  if (value === undefined) throw cannotRun(`no argument for ${expr.name}`)
  switch (known.kind) {
    case 'value': {
      const numbers = others.map((one) => scalarOf(one, expr.name))
      return mapValues(value, (one) => known.run(one, ...numbers))
    }
    case 'order':
      return {
        kind: 'vector',
        samples: vectorOf(value, expr.name).toSorted(
          (left, right) => known.sign * (left.value - right.value),
        ),
      }
    case 'vector':
      return { kind: 'vector', samples: [{ labels: {}, value: scalarOf(value, expr.name) }] }
    case 'scalar': {
      const samples = vectorOf(value, expr.name)
      return {
        kind: 'scalar',
        value: samples.length === 1 ? (samples[0]?.value ?? Number.NaN) : Number.NaN,
      }
    }
  }
}

function aggregate(
  expr: Extract<PromqlExpr, { kind: 'aggregate' }>,
  run: (expr: PromqlExpr) => PromqlValue,
): PromqlValue {
  const samples = vectorOf(run(expr.value), expr.name)
  const groups = new Map<string, { labels: Labels; members: VectorSample[] }>()
  for (const sample of samples) {
    const labels = groupLabels(sample.labels, expr.grouping)
    const key = JSON.stringify(Object.entries(labels).sort())
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { labels, members: [sample] })
    else group.members.push(sample)
  }
  if (expr.parameter !== undefined) {
    const count = Math.trunc(scalarOf(run(expr.parameter), expr.name))
    const sign = expr.name === 'topk' ? -1 : 1
    return {
      kind: 'vector',
      samples: [...groups.values()].flatMap(({ members }) =>
        members
          .toSorted((left, right) => sign * (left.value - right.value))
          .slice(0, Math.max(0, count)),
      ),
    }
  }
  return {
    kind: 'vector',
    samples: [...groups.values()].map(({ labels, members }) => ({
      labels,
      value: aggregateValues(
        expr.name,
        members.map((member) => member.value),
      ),
    })),
  }
}

function aggregateValues(name: string, values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0)
  switch (name) {
    case 'sum':
      return sum
    case 'avg':
      return sum / values.length
    case 'min':
      return values.reduce((least, value) => Math.min(least, value))
    case 'max':
      return values.reduce((most, value) => Math.max(most, value))
    default:
      return values.length
  }
}

function groupLabels(
  labels: Labels,
  grouping: Extract<PromqlExpr, { kind: 'aggregate' }>['grouping'],
): Labels {
  if (grouping === undefined) return {}
  return Object.fromEntries(
    Object.entries(labels).filter(([name]) =>
      grouping.without
        ? name !== '__name__' && !grouping.labels.includes(name)
        : grouping.labels.includes(name),
    ),
  )
}

function combine(
  expr: Extract<PromqlExpr, { kind: 'binary' }>,
  left: PromqlValue,
  right: PromqlValue,
): PromqlValue {
  const { operator, bool } = expr
  const compares = isComparison(operator)
  if (left.kind === 'scalar' && right.kind === 'scalar') {
    if (compares && !bool) {
      throw badParameter('query', 'comparisons between scalars must use BOOL modifier')
    }
    return { kind: 'scalar', value: calculate(operator, left.value, right.value) }
  }
  const keep = (labels: Labels, a: number, b: number, own: number): readonly VectorSample[] => {
    const value = calculate(operator, a, b)
    if (!compares || bool) return [{ labels: withoutName(labels), value }]
    return value === 1 ? [{ labels, value: own }] : []
  }
  if (left.kind === 'vector' && right.kind === 'vector') {
    return {
      kind: 'vector',
      samples: matchVectors(expr.matching, left.samples, right.samples, keep),
    }
  }
  const samples =
    left.kind === 'vector' && right.kind === 'scalar'
      ? left.samples.flatMap(({ labels, value }) => keep(labels, value, right.value, value))
      : right.kind === 'vector' && left.kind === 'scalar'
        ? right.samples.flatMap(({ labels, value }) => keep(labels, left.value, value, value))
        : []
  return { kind: 'vector', samples }
}

/** One to one: a second sample on either side with the same labels cannot be matched. */
function matchVectors(
  matching: Matching | undefined,
  left: readonly VectorSample[],
  right: readonly VectorSample[],
  keep: (labels: Labels, a: number, b: number, own: number) => readonly VectorSample[],
): readonly VectorSample[] {
  const keyed = (samples: readonly VectorSample[], side: string) => {
    const found = new Map<string, VectorSample>()
    for (const sample of samples) {
      const key = JSON.stringify(Object.entries(matchLabels(sample.labels, matching)).sort())
      if (found.has(key)) {
        throw cannotRun(
          `found duplicate series for the match group on the ${side} hand-side of the operation: many-to-many matching not allowed`,
        )
      }
      found.set(key, sample)
    }
    return found
  }
  const others = keyed(right, 'right')
  return [...keyed(left, 'left')].flatMap(([key, sample]) => {
    const other = others.get(key)
    if (other === undefined) return []
    const labels = matching?.on === true ? matchLabels(sample.labels, matching) : sample.labels
    return keep(labels, sample.value, other.value, sample.value)
  })
}

function matchLabels(labels: Labels, matching: Matching | undefined): Labels {
  return Object.fromEntries(
    Object.entries(labels).filter(([name]) =>
      matching?.on === true
        ? matching.labels.includes(name)
        : name !== '__name__' && !(matching?.labels.includes(name) ?? false),
    ),
  )
}

function isComparison(operator: string): boolean {
  return ['==', '!=', '<', '<=', '>', '>='].includes(operator)
}

function calculate(operator: string, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return a / b
    case '%':
      return a % b
    case '^':
      return a ** b
    case '==':
      return Number(a === b)
    case '!=':
      return Number(a !== b)
    case '<':
      return Number(a < b)
    case '<=':
      return Number(a <= b)
    case '>':
      return Number(a > b)
    default:
      return Number(a >= b)
  }
}

function mapValues(value: PromqlValue, run: (value: number) => number): PromqlValue {
  if (value.kind === 'scalar') return { kind: 'scalar', value: run(value.value) }
  return {
    kind: 'vector',
    samples: value.samples.map((sample) => ({
      labels: withoutName(sample.labels),
      value: run(sample.value),
    })),
  }
}

function scalarOf(value: PromqlValue, name: string): number {
  if (value.kind === 'scalar') return value.value
  throw badParameter('query', `expected type scalar in call to "${name}", got instant vector`)
}

function vectorOf(value: PromqlValue, name: string): readonly VectorSample[] {
  if (value.kind === 'vector') return value.samples
  throw badParameter('query', `expected type instant vector in call to "${name}", got scalar`)
}

function withoutName(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => name !== '__name__'))
}
