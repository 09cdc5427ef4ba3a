import type { ToolContext } from './define-tool.ts'
import { ToolProblem } from './tool-problem.ts'

export type QueryHandle = Readonly<{ queryId: string; region: string }>

const FORM = /^([\w-]{1,256}) ([a-z0-9-]{1,40}) ([\w-]{22})$/

/** How a handle is named in the inputs of tools. */
export const QUERY_HANDLE = 'The query handle that query_logs gave, as it is.'

/**
 * What a tool gives out in place of a query id. AWS lets anyone in the account who holds an id read the results, so
 * ids stay inside: a handle names the caller it was made for, as cursors do, and is refused for another one.
 */
export function encodeQueryHandle(
  { queryId, region }: QueryHandle,
  context: Pick<ToolContext, 'handleBinding'>,
): string {
  const binding = context.handleBinding('query', region)
  return Buffer.from(`${queryId} ${region} ${binding}`).toString('base64url')
}

/** The query that a handle names. Throws a ToolProblem for a broken one and for one of another caller. */
export function decodeQueryHandle(
  handle: string,
  context: Pick<ToolContext, 'handleBinding' | 'regions'>,
): QueryHandle {
  const [, queryId, region, binding] =
    FORM.exec(Buffer.from(handle, 'base64url').toString('utf8')) ?? []
  if (queryId === undefined || region === undefined) {
    throw new ToolProblem(
      'This is not a query handle: pass the value after "query:" in the answer of query_logs, exactly as it was given. An AWS query id is not taken.',
    )
  }
  if (binding !== context.handleBinding('query', region)) {
    throw new ToolProblem(
      'The query handle belongs to another caller, role or account: run the query again with query_logs.',
    )
  }
  return { queryId, region }
}
