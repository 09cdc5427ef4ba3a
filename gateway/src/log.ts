export type LogLevel = 'error' | 'warn' | 'info' | 'debug'

/** What a log line may carry: scalars that the caller names one by one, never an object of someone else's. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>

export type Log = Readonly<Record<LogLevel, (message: string, fields?: LogFields) => void>>

const ORDER: readonly LogLevel[] = ['error', 'warn', 'info', 'debug']

/**
 * A log of one JSON object per line, from `error` up to `level`.
 * `write` takes one line without its newline; `now` gives the time of a line.
 */
export function createLog(
  level: LogLevel,
  write: (line: string) => void,
  now: () => Date = () => new Date(),
): Log {
  const line =
    (at: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      if (ORDER.indexOf(at) > ORDER.indexOf(level)) return
      write(JSON.stringify({ time: now().toISOString(), level: at, message, ...fields }))
    }
  return { error: line('error'), warn: line('warn'), info: line('info'), debug: line('debug') }
}

/** Some libraries repeat a caller's input in their messages. Characters. */
const MAX_MESSAGE = 1000

/**
 * The chain of causes of an error as one string of names and messages, outermost first.
 * Only messages that this program or its libraries wrote; stacks are left out.
 */
export function causeChain(error: unknown): string {
  const parts: string[] = []
  for (let at = error, depth = 0; at !== undefined && depth < 6; depth += 1) {
    if (!(at instanceof Error)) {
      parts.push(typeof at === 'string' ? at : typeof at)
      break
    }
    parts.push(`${at.name}: ${at.message.slice(0, MAX_MESSAGE)}`)
    at = at.cause
  }
  return parts.join(' <- ')
}
