import type { ProgramName } from './stack.ts'

type Line = Readonly<Record<string, unknown>>

/**
 * What a person wants to read of a line that a program printed: the audit records of the gateway, sign-ins too, as one short sentence,
 * warnings and errors of all programs, lines that are no JSON as they are. Undefined for the rest.
 */
export function readableLine(program: ProgramName, line: string): string | undefined {
  const record = parse(line)
  if (record === undefined) return `${program}: ${line}`
  if (record.kind === 'audit') return auditSentence(record)
  if (record.kind === 'sign_in') return signInSentence(record)
  const level = record.level
  if (level !== 'warn' && level !== 'error') return undefined
  const cause = typeof record.cause === 'string' ? ` (${record.cause})` : ''
  return `${program}: ${level}: ${String(record.message)}${cause}`
}

function auditSentence(record: Line): string {
  const text = textsOf(record)
  const time = timeOf(record)
  const who = text('username') ?? text('subject') ?? 'someone without a valid token'
  const what = [text('mcp_method') ?? text('http_method'), text('mcp_tool')]
    .filter((part) => part !== undefined)
    .join(' ')
  const role = text('role_arn')?.split('/').at(-1)
  const where = role === undefined ? '' : ` as ${role} in ${text('region')}`
  const why = reasonOf(record)
  const status = Number(record.status)
  const outcome = status === 0 ? 'the client left' : String(status)
  return `${time}  ${who}: ${what} -> ${outcome}${why}${where}, ${String(record.duration_ms)} ms`
}

function signInSentence(record: Line): string {
  const text = textsOf(record)
  const who = text('client_name') ?? 'a client'
  const what = (text('event') ?? '').replaceAll('_', ' ')
  const where = text('issuer') === undefined ? '' : ` at ${text('issuer')}`
  return `${timeOf(record)}  ${who}: ${what}${reasonOf(record)}${where}`
}

function textsOf(record: Line): (name: string) => string | undefined {
  return (name) => (typeof record[name] === 'string' ? record[name] : undefined)
}

function timeOf(record: Line): string {
  return (textsOf(record)('time') ?? '').slice(11, 19)
}

function reasonOf(record: Line): string {
  const reason = textsOf(record)('reason')
  return reason === undefined ? '' : ` (${reason})`
}

function parse(line: string): Line | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>) // any object is one
      : undefined
  } catch {
    return undefined
  }
}
