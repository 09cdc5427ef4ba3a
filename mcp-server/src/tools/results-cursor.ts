import type { GetQueryResultsResponse } from '@aws-sdk/client-cloudwatch-logs'
import { encodeCursor, type Position } from './cursor.ts'
import type { ToolContext } from './define-tool.ts'

/** The cursor by which get_query_results goes on behind the first rows of a page; for both tools. */
export function resultsCursor(
  queryId: string,
  at: Position,
  page: GetQueryResultsResponse,
  context: Pick<ToolContext, 'handleBinding' | 'region'>,
): (shown: number) => string | undefined {
  const binding = context.handleBinding(`results ${queryId}`, context.region)
  const fetched = page.results?.length ?? 0
  const before = at.before ?? 0
  return (shown) => {
    const skip = at.skip + shown
    if (skip < fetched) return encodeCursor({ token: at.token, skip, before }, binding)
    return page.nextToken === undefined
      ? undefined
      : encodeCursor({ token: page.nextToken, skip: 0, before: before + fetched }, binding)
  }
}
