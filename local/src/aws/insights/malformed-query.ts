import { AwsError } from '../aws-error.ts'

/** MalformedQueryException for the text between two offsets of a query; the message ends in line and position. */
export function malformedQuery(source: string, start: number, end: number, what: string): AwsError {
  const before = source.slice(0, start).split('\n')
  const position = before.at(-1)?.length ?? 0
  const message = `${what} at line ${before.length} and position ${position}`
  return new AwsError('MalformedQueryException', message, {
    members: {
      queryCompileError: {
        location: { startCharOffset: start, endCharOffset: end },
        message,
      },
    },
  })
}
