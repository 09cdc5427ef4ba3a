import { AwsError } from '../aws-error.ts'
import { isStructure } from '../input.ts'

type Test = (event: unknown) => boolean

const TOKENS =
  /\s*(\$(?:\.[\w@#/-]+|\[\d+\]|\[['"][^'"]+['"]\])+|"(?:[^"\\]|\\.)*"|%[^%]+%|&&|\|\||!=|<=|>=|[=<>(){}]|[^\s=<>!&|(){}"%]+)/y

/**
 * Compiles a filter pattern for JSON messages: `{ $.level = "ERROR" && ($.latencyMs > 3000 || $.http.status = 5*) }`.
 * It has `=`, `!=`, comparisons of numbers, `IS NULL`, `IS TRUE`, `IS FALSE`, `NOT EXISTS`, `&&`, `||`, parentheses,
 * `*` in text and `%regular expressions%`. A message that is no JSON object never matches.
 */
export function compileJsonPattern(pattern: string): (message: string) => boolean {
  const tokens = tokenize(pattern)
  let at = 0
  const peek = () => tokens[at] ?? ''
  const next = () => {
    at += 1
    return tokens[at - 1] ?? ''
  }
  const expect = (token: string) => {
    if (next() !== token) throw invalidPattern(pattern)
  }

  function any(): Test {
    const tests = [all()]
    while (peek() === '||') {
      next()
      tests.push(all())
    }
    return (event) => tests.some((test) => test(event))
  }

  function all(): Test {
    const tests = [one()]
    while (peek() === '&&') {
      next()
      tests.push(one())
    }
    return (event) => tests.every((test) => test(event))
  }

  function one(): Test {
    if (peek() === '(') {
      next()
      const inner = any()
      expect(')')
      return inner
    }
    const path = next()
    if (!path.startsWith('$')) throw invalidPattern(pattern)
    return condition(pathOf(path), next(), next)
  }

  function condition(path: readonly string[], operator: string, take: () => string): Test {
    const word = operator.toUpperCase()
    if (word === 'NOT' && take().toUpperCase() === 'EXISTS') {
      return (event) => valueAt(event, path) === undefined
    }
    if (word === 'EXISTS') return (event) => valueAt(event, path) !== undefined
    if (word === 'IS') {
      const wanted = { NULL: null, TRUE: true, FALSE: false }[take().toUpperCase()]
      if (wanted === undefined) throw invalidPattern(pattern)
      return (event) => valueAt(event, path) === wanted
    }
    const compare = comparison(operator, take())
    if (compare === undefined) throw invalidPattern(pattern)
    return (event) => {
      const value = valueAt(event, path)
      return value !== undefined && compare(value)
    }
  }

  expect('{')
  const test = any()
  expect('}')
  if (at < tokens.length) throw invalidPattern(pattern)
  return (message) => {
    const event = parseObject(message)
    return event !== undefined && test(event)
  }
}

function tokenize(pattern: string): readonly string[] {
  const tokens: string[] = []
  TOKENS.lastIndex = 0
  const text = pattern.trim()
  while (TOKENS.lastIndex < text.length) {
    const found = TOKENS.exec(text)
    if (found === null) throw invalidPattern(pattern)
    tokens.push(found[1] ?? '')
  }
  return tokens
}

function comparison(operator: string, text: string): ((value: unknown) => boolean) | undefined {
  if (text === '') return undefined
  const number = Number(text)
  const numeric = !text.startsWith('"') && Number.isFinite(number)
  const compare = (holds: (value: number) => boolean) =>
    numeric ? (value: unknown) => typeof value === 'number' && holds(value) : undefined
  switch (operator) {
    case '=':
      return equality(text, numeric, number)
    case '!=': {
      const equal = equality(text, numeric, number)
      return equal && ((value) => !equal(value))
    }
    case '<':
      return compare((value) => value < number)
    case '<=':
      return compare((value) => value <= number)
    case '>':
      return compare((value) => value > number)
    case '>=':
      return compare((value) => value >= number)
    default:
      return undefined
  }
}

function equality(
  text: string,
  numeric: boolean,
  number: number,
): ((value: unknown) => boolean) | undefined {
  if (text.startsWith('%')) {
    const regex = compileRegex(text.slice(1, -1))
    return regex && ((value) => isScalar(value) && regex.test(String(value)))
  }
  if (numeric) return (value) => value === number
  const wanted = text.startsWith('"') ? text.slice(1, -1).replace(/\\(.)/g, '$1') : text
  const quoted = wanted.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[\\s\\S]*')
  const regex = new RegExp(`^${quoted}$`)
  return (value) => isScalar(value) && regex.test(String(value))
}

function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number'
}

function compileRegex(body: string): RegExp | undefined {
  try {
    return new RegExp(body)
  } catch {
    return undefined
  }
}

/** `$.a.b[0]['c d']` as its steps. */
function pathOf(text: string): readonly string[] {
  return [...text.matchAll(/\.([\w@#/-]+)|\[(\d+)\]|\[['"]([^'"]+)['"]\]/g)].map(
    (found) => found[1] ?? found[2] ?? found[3] ?? '',
  )
}

function valueAt(event: unknown, path: readonly string[]): unknown {
  let value = event
  for (const step of path) {
    if (Array.isArray(value)) value = value[Number(step)]
    else if (isStructure(value) && Object.hasOwn(value, step)) value = value[step]
    else return undefined
  }
  return value
}

function parseObject(message: string): unknown {
  if (!message.startsWith('{')) return undefined
  try {
    return JSON.parse(message)
  } catch {
    return undefined
  }
}

function invalidPattern(pattern: string): AwsError {
  return new AwsError('InvalidParameterException', `Invalid filter pattern: ${pattern}`)
}
