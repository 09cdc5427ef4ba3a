import { StopQueryCommand } from '@aws-sdk/client-cloudwatch-logs'
import { z } from 'zod'
import { defineTool } from './define-tool.ts'
import { decodeQueryHandle, QUERY_HANDLE } from './query-handle.ts'

export const cancelQuery = defineTool({
  name: 'cancel_query',
  title: 'Cancel a query',
  description: 'Stop a running query of yours, so that it scans and costs no more.',
  input: z.strictObject({ query: z.string().min(1).max(1_024).describe(QUERY_HANDLE) }),
  regionFrom: 'tool',
  // The only tool that changes something: it ends work that the same caller began, and loses no data.
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true },
  run: async ({ query }, context) => {
    const { queryId, region } = decodeQueryHandle(query, context)
    const { logs } = context.clientsIn(region)
    const facts = [['query', query] as const, ['region', region] as const]
    try {
      const command = new StopQueryCommand({ queryId })
      const { success } = await logs.send(command, { abortSignal: context.signal })
      return success === false
        ? { summary: 'The query was not stopped: it had ended already.', facts }
        : { summary: 'The query was stopped.', facts }
    } catch (error) {
      // AWS answers a query that has ended as a mistake of the asker; here that is what was wanted.
      if (error instanceof Error && error.name === 'InvalidParameterException') {
        return { summary: 'The query had ended already: there was nothing to stop.', facts }
      }
      throw error
    }
  },
})
