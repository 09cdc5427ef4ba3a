import { z } from 'zod'
import { TOPIC_NAMES, TOPICS } from '../help/topics.ts'
import { defineTool } from './define-tool.ts'

export const getSyntaxHelp = defineTool({
  name: 'get_syntax_help',
  title: 'Get syntax help',
  description:
    'A cheat sheet with examples for one language of the other tools. Read it before you write a query that is more than simple.',
  input: z.strictObject({ topic: z.enum(TOPIC_NAMES).describe('The language.') }),
  regionFrom: 'none',
  // Nothing outside is asked.
  annotations: { openWorldHint: false },
  run: async ({ topic }) => {
    const { title, text } = TOPICS[topic]
    return { summary: `${title}.`, text }
  },
})
