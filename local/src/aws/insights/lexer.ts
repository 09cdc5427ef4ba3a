import type { AwsError } from '../aws-error.ts'
import { malformedQuery } from './malformed-query.ts'

export type Token = Readonly<{
  kind: 'word' | 'quoted-word' | 'number' | 'duration' | 'string' | 'symbol' | 'end'
  /** A word's name, a string's content, a symbol's characters, a number's digits. */
  text: string
  start: number
  end: number
}>

export type Lexer = Readonly<{
  peek: () => Token
  next: () => Token
  /** The regular expression that begins here, if one does: only the grammar can tell `/` from a division. */
  regex: () => RegExp | undefined
  /** The query's text between two offsets, trimmed. */
  slice: (start: number, end: number) => string
  unexpected: (token: Token) => AwsError
  fail: (token: Token, what: string) => AwsError
}>

const SPACE = /(?:\s|#[^\n]*)*/y
const PATTERNS = [
  ['duration', /\d+(?:ms|msec|sec|min|mo|mon|hr|qtr|yr|[smhdwqy])(?![\w.])/y],
  ['number', /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y],
  ['word', /[A-Za-z_@$][\w@$]*(?:\.[\w@$]+)*/y],
  ['quoted-word', /`[^`\n]+`/y],
  ['string', /"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'/y],
  ['symbol', /=~|!=|<>|<=|>=|[;=<>|(),+\-*/%^[\]]/y],
] as const
const REGEX = /\/((?:[^/\\\n]|\\.)+)\/([a-z]*)/y

/** Splits a Logs Insights query into tokens, on demand. `#` starts a comment. */
export function createLexer(source: string): Lexer {
  let at = 0
  let held: Token | undefined

  function matchAt(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = at
    return pattern.exec(source)
  }

  function skipSpace(): void {
    at += matchAt(SPACE)?.[0].length ?? 0
  }

  function read(): Token {
    skipSpace()
    if (at >= source.length) return { kind: 'end', text: '<EOF>', start: at, end: at }
    for (const [kind, pattern] of PATTERNS) {
      const found = matchAt(pattern)?.[0]
      if (found === undefined) continue
      const start = at
      at += found.length
      return { kind, text: contentOf(kind, found), start, end: at }
    }
    const text = source.charAt(at)
    throw malformedQuery(source, at, at + 1, `unexpected symbol found ${text}`)
  }

  const lexer: Lexer = {
    peek() {
      held ??= read()
      return held
    },
    next() {
      const token = lexer.peek()
      held = undefined
      return token
    },
    regex() {
      if (held !== undefined) at = held.start
      held = undefined
      skipSpace()
      const found = matchAt(REGEX)
      if (found === null) return undefined
      const start = at
      at += found[0].length
      return compile(found[1] ?? '', found[2] ?? '', start)
    },
    slice: (start, end) => source.slice(start, end).trim(),
    unexpected: (token) =>
      malformedQuery(source, token.start, token.end, `unexpected symbol found ${token.text}`),
    fail: (token, what) => malformedQuery(source, token.start, token.end, what),
  }

  function compile(body: string, flags: string, start: number): RegExp {
    if (!/^[ims]*$/.test(flags)) {
      throw malformedQuery(source, start, at, `invalid regular expression flags ${flags}`)
    }
    try {
      // AWS writes case-insensitivity inside, too: /(?i)error/.
      const inline = body.startsWith('(?i)')
      return new RegExp(
        inline ? body.slice(4) : body,
        inline && !flags.includes('i') ? `${flags}i` : flags,
      )
    } catch {
      throw malformedQuery(source, start, at, `invalid regular expression ${body}`)
    }
  }

  return lexer
}

function contentOf(kind: string, text: string): string {
  if (kind === 'quoted-word') return text.slice(1, -1)
  if (kind !== 'string') return text
  return text.slice(1, -1).replace(/\\(["'\\])/g, '$1')
}
