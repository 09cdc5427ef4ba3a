import { compareValues, isTrue, toNumber, toText, type Value } from './value.ts'

type Run = (...args: readonly Value[]) => Value
export type InsightsFunction = Readonly<{ min: number; max: number; run: Run }>

const fn = (min: number, max: number, run: Run): InsightsFunction => ({ min, max, run })

const onNumber = (run: (value: number) => number) =>
  fn(1, 1, (value) => {
    const number = toNumber(value)
    return number === undefined ? undefined : run(number)
  })

const onText = (run: (text: string) => Value) =>
  fn(1, 1, (value) => {
    const text = toText(value)
    return text === undefined ? undefined : run(text)
  })

const extreme = (sign: 1 | -1) =>
  fn(1, 64, (...values) =>
    values.reduce((best, value) => (sign * compareValues(value, best) > 0 ? value : best)),
  )

/** The functions that a query may call anywhere, by lower-case name. */
export const FUNCTIONS: Readonly<Record<string, InsightsFunction>> = {
  ispresent: fn(1, 1, (value) => (value === undefined ? 0 : 1)),
  isempty: fn(1, 1, (value) => (value === undefined || value === '' ? 1 : 0)),
  isblank: fn(1, 1, (value) => ((toText(value) ?? '').trim() === '' ? 1 : 0)),
  coalesce: fn(1, 64, (...values) => values.find((value) => value !== undefined)),
  if: fn(3, 3, (condition, yes, no) => (isTrue(condition) ? yes : no)),
  abs: onNumber(Math.abs),
  ceil: onNumber(Math.ceil),
  floor: onNumber(Math.floor),
  sqrt: onNumber(Math.sqrt),
  log: onNumber(Math.log),
  greatest: extreme(1),
  least: extreme(-1),
  strlen: onText((text) => text.length),
  tolower: onText((text) => text.toLowerCase()),
  toupper: onText((text) => text.toUpperCase()),
  trim: onText((text) => text.trim()),
  concat: fn(1, 64, (...values) => values.map((value) => toText(value) ?? '').join('')),
  strcontains: fn(2, 2, (text, part) =>
    (toText(text) ?? '').includes(toText(part) ?? '') && part !== undefined ? 1 : 0,
  ),
  replace: fn(3, 3, (text, from, to) =>
    toText(text)?.replaceAll(toText(from) ?? '', toText(to) ?? ''),
  ),
  substr: fn(2, 3, (text, start, length) => {
    const from = toNumber(start) ?? 0
    const count = toNumber(length)
    return toText(text)?.slice(from, count === undefined ? undefined : from + count)
  }),
  tomillis: fn(1, 1, toNumber),
  frommillis: onNumber((value) => value),
}
