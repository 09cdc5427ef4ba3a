import { MATH_FUNCTIONS, type MathEnvironment } from './math-functions.ts'
import type { MathExpr, MathValue, Track } from './math-syntax.ts'

/** Computes an expression. Two series have a result where both have a point; a division by zero has none. */
export function computeMath(
  expression: MathExpr,
  resolveId: (id: string) => MathValue,
  environment: MathEnvironment,
): MathValue {
  const run = (one: MathExpr) => computeMath(one, resolveId, environment)
  switch (expression.kind) {
    case 'number':
      return { kind: 'scalar', value: expression.value }
    case 'id':
      return resolveId(expression.id)
    case 'text':
    case 'word':
      // Only functions know what to do with one, and they look at what is written.
      return { kind: 'scalar', value: Number.NaN }
    case 'list':
      return toArray(expression.items.map(run), environment)
    case 'call': {
      const values = expression.args.map(run)
      const known = MATH_FUNCTIONS[expression.name]
      if (known === undefined) throw environment.fail(`Unknown function '${expression.name}'`)
      return known.run(values, environment, expression.args)
    }
    case 'binary':
      return combine(expression.operator, run(expression.left), run(expression.right), environment)
  }
}

function toArray(values: readonly MathValue[], environment: MathEnvironment): MathValue {
  const parts = values.map((value) => {
    if (value.kind === 'scalar') throw environment.fail('an array holds time series only')
    return value
  })
  const periodSeconds = onePeriod(
    parts.map((part) => part.periodSeconds),
    environment,
  )
  const tracks = parts.flatMap((part) => (part.kind === 'series' ? [part.track] : part.tracks))
  return { kind: 'array', tracks, periodSeconds }
}

/** Arithmetic on different periods has rules of its own, which this stand-in does not claim to know. */
function onePeriod(periods: readonly number[], environment: MathEnvironment): number {
  const [first = 60, ...others] = new Set(periods)
  if (others.length > 0) throw environment.fail('its metrics have different periods')
  return first
}

function combine(
  operator: string,
  left: MathValue,
  right: MathValue,
  environment: MathEnvironment,
): MathValue {
  if (left.kind === 'scalar' && right.kind === 'scalar') {
    return { kind: 'scalar', value: calculate(operator, left.value, right.value) }
  }
  if (left.kind === 'array' && right.kind === 'array') {
    throw environment.fail('two arrays of time series cannot be combined')
  }
  const periodSeconds = onePeriod(
    [left, right].flatMap((value) => (value.kind === 'scalar' ? [] : [value.periodSeconds])),
    environment,
  )
  const tracksOf = (value: MathValue): ReadonlyArray<Track | number> =>
    value.kind === 'scalar' ? [value.value] : value.kind === 'series' ? [value.track] : value.tracks
  const [lefts, rights] = [tracksOf(left), tracksOf(right)]
  const array = left.kind === 'array' || right.kind === 'array'
  const tracks = Array.from({ length: Math.max(lefts.length, rights.length) }, (_, at) =>
    combineTracks(
      operator,
      lefts[lefts.length === 1 ? 0 : at] ?? Number.NaN,
      rights[rights.length === 1 ? 0 : at] ?? Number.NaN,
    ),
  )
  if (array) return { kind: 'array', tracks, periodSeconds }
  return { kind: 'series', track: tracks[0] ?? { label: '', points: new Map() }, periodSeconds }
}

function combineTracks(operator: string, left: Track | number, right: Track | number): Track {
  const times = typeof left === 'number' ? right : left
  const label =
    typeof left === 'number' ? (typeof right === 'number' ? '' : right.label) : left.label
  const points = new Map<number, number>()
  for (const time of typeof times === 'number' ? [] : times.points.keys()) {
    const [a, b] = [at(left, time), at(right, time)]
    const value = a === undefined || b === undefined ? undefined : calculate(operator, a, b)
    if (value !== undefined && Number.isFinite(value)) points.set(time, value)
  }
  return { label, points }
}

function at(value: Track | number, time: number): number | undefined {
  return typeof value === 'number' ? value : value.points.get(time)
}

function calculate(operator: string, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right
    case '-':
      return left - right
    case '*':
      return left * right
    case '/':
      return left / right
    case '^':
      return left ** right
    case 'AND':
    case '&&':
      return Number(left !== 0 && right !== 0)
    case 'OR':
    case '||':
      return Number(left !== 0 || right !== 0)
    default:
      return Number(compare(operator, left, right))
  }
}

function compare(operator: string, left: number, right: number): boolean {
  switch (operator) {
    case '<':
      return left < right
    case '<=':
      return left <= right
    case '>':
      return left > right
    case '>=':
      return left >= right
    case '==':
      return left === right
    default:
      return left !== right
  }
}
