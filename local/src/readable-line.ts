import type { ProgramName } from './stack.ts'

/**
 * What a person wants to read of a line that a program printed: the gateway's audit records as one short sentence,
 * warnings and errors of all programs, lines that are no JSON as they are. Undefined for the rest.
 */
export function readableLine(program: ProgramName, line: string): string | undefined {
  const record = parse(line)
  if (record === undefined) return `${program}: ${line}`
  if (record.kind === 'audit') return auditSentence(record)
  const level = record.level
  if (level !== 'warn' && level !== 'error') return undefined
  const cause = typeof record.cause === 'string' ? ` (${record.cause})` : ''
  return `${program}: ${level}: ${String(record.message)}${cause}`
}

function auditSentence(record: Readonly<Record<string, unknown>>): string {
  const text = (name: string) => (typeof record[name] === 'string' ? record[name] : undefined)
  const time = (text('time') ?? '').slice(11, 19)
  const who = text('username') ?? text('subject') ?? 'someone without a valid token'
  const what = [text('mcp_method') ?? text('http_method'), text('mcp_tool')]
    .filter((part) => part !== undefined)
    .join(' ')
  const role = text('role_arn')?.split('/').at(-1)
  const where = role === undefined ? '' : ` as ${role} in ${text('region')}`
  const why = text('reason') === undefined ? '' : ` (${text('reason')})`
  const status = Number(record.status)
  const outcome = status === 0 ? 'the client left' : String(status)
  return `${time}  ${who}: ${what} -> ${outcome}${why}${where}, ${String(record.duration_ms)} ms`
}

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>) // any object is one
      : undefined
  } catch {
    return undefined
  }
}
