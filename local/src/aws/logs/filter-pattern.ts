import { notImitated } from '../aws-error.ts'
import { compileJsonPattern } from './json-filter-pattern.ts'

/**
 * Compiles a filter pattern of terms: all plain terms must occur, none with `-`, and one of those with `?` when there
 * are no plain ones. Quotes hold terms with spaces together. Case matters. A pattern in braces looks into JSON; list
 * and regular expression patterns are refused.
 */
export function compileFilterPattern(pattern: string): (message: string) => boolean {
  if (/^\s*\{/.test(pattern)) return compileJsonPattern(pattern)
  if (/^\s*[[%]/.test(pattern)) {
    throw notImitated('InvalidParameterException', 'A filter pattern that begins with [ or %')
  }
  const terms = [...pattern.matchAll(/([-?]?)(?:"((?:[^"\\]|\\.)*)"|(\S+))/g)].map((found) => ({
    sign: found[1] ?? '',
    text: found[2]?.replace(/\\(.)/g, '$1') ?? found[3] ?? '',
  }))
  const signed = (sign: string) => terms.filter((term) => term.sign === sign)
  const [wanted, excluded, optional] = [signed(''), signed('-'), signed('?')]
  return (message) =>
    wanted.every((term) => message.includes(term.text)) &&
    !excluded.some((term) => message.includes(term.text)) &&
    (wanted.length > 0 ||
      optional.length === 0 ||
      optional.some((term) => message.includes(term.text)))
}
