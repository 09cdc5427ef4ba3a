import { parseDuration } from './duration.ts'
import { badParameter } from './promql-error.ts'

/** Reads a time: seconds since 1970 or RFC 3339; in milliseconds. */
export function timeOf(form: URLSearchParams, name: string, fallback: number | undefined): number {
  const text = form.get(name)
  if (text === null || text === '') {
    if (fallback !== undefined) return fallback
    throw badParameter(name, 'it is required')
  }
  const seconds = Number(text)
  const time = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(text)
  if (Number.isFinite(time)) return time
  throw badParameter(name, `cannot parse "${text}" to a valid timestamp`)
}

/** Reads the step: seconds or a duration; in milliseconds. */
export function stepOf(form: URLSearchParams): number {
  const text = form.get('step') ?? ''
  const step = parseDuration(text) ?? (text === '' ? Number.NaN : Number(text) * 1000)
  if (!Number.isFinite(step)) {
    throw badParameter('step', `cannot parse "${text}" to a valid duration`)
  }
  if (step > 0) return step
  throw badParameter('step', 'zero or negative query resolution step widths are not accepted')
}

/** Reads the limit on series or labels; `most` unless given. */
export function limitOf(form: URLSearchParams, most: number): number {
  const text = form.get('limit')
  if (text === null || text === '') return most
  const limit = Number(text)
  if (Number.isInteger(limit) && limit >= 1 && limit <= most) return limit
  throw badParameter('limit', `it must be a whole number from 1 to ${most}`)
}
