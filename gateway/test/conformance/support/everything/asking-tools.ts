import type {
  ElicitRequestFormParams,
  McpServer,
  ServerContext,
} from '@modelcontextprotocol/server'
import { z } from 'zod'
import { textResult } from './text-result.ts'

type RequestedSchema = ElicitRequestFormParams['requestedSchema']

const NAME_AND_EMAIL: RequestedSchema = {
  type: 'object',
  properties: { username: { type: 'string' }, email: { type: 'string' } },
  required: ['username', 'email'],
}

/** A default for every primitive type (SEP-1034). */
const DEFAULTS: RequestedSchema = {
  type: 'object',
  properties: {
    name: { type: 'string', default: 'John Doe' },
    age: { type: 'integer', default: 30 },
    score: { type: 'number', default: 95.5 },
    status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
    verified: { type: 'boolean', default: true },
  },
}

const titled = (prefix: string, what: string) =>
  ['First', 'Second', 'Third'].map((ordinal, at) => ({
    const: `${prefix}${at + 1}`,
    title: `${ordinal} ${what}`,
  }))

/** The five ways to offer a choice (SEP-1330). */
const CHOICES: RequestedSchema = {
  type: 'object',
  properties: {
    untitledSingle: { type: 'string', enum: ['option1', 'option2', 'option3'] },
    titledSingle: { type: 'string', oneOf: titled('value', 'Option') },
    legacyEnum: {
      type: 'string',
      enum: ['opt1', 'opt2', 'opt3'],
      enumNames: ['Option One', 'Option Two', 'Option Three'],
    },
    untitledMulti: {
      type: 'array',
      items: { type: 'string', enum: ['option1', 'option2', 'option3'] },
    },
    titledMulti: { type: 'array', items: { anyOf: titled('value', 'Choice') } },
  },
}

/** Adds the tools that ask the client in the middle of a call, as the revisions up to 2025-11-25 do. */
export function addAskingTools(server: McpServer): void {
  server.registerTool(
    'test_sampling',
    {
      description: 'Asks the client for a completion.',
      inputSchema: z.object({ prompt: z.string() }),
    },
    async ({ prompt }, { mcpReq }) => {
      const { content } = await mcpReq.requestSampling({
        messages: [{ role: 'user', content: { type: 'text', text: prompt } }],
        maxTokens: 100,
      })
      return textResult(`LLM response: ${JSON.stringify(content)}`)
    },
  )
  server.registerTool(
    'test_elicitation',
    {
      description: 'Asks the user, through the client, for name and address.',
      inputSchema: z.object({ message: z.string() }),
    },
    ({ message }, context) => ask(context, message, NAME_AND_EMAIL, 'User response'),
  )
  server.registerTool(
    'test_elicitation_sep1034_defaults',
    { description: 'Asks with defaults.' },
    (context) => ask(context, 'Defaults', DEFAULTS, 'Elicitation completed'),
  )
  server.registerTool(
    'test_elicitation_sep1330_enums',
    { description: 'Asks with choices.' },
    (context) => ask(context, 'Choices', CHOICES, 'Elicitation completed'),
  )
}

async function ask(
  { mcpReq }: ServerContext,
  message: string,
  requestedSchema: RequestedSchema,
  said: string,
) {
  const { action, content } = await mcpReq.elicitInput({ message, requestedSchema })
  return textResult(`${said}: action=${action}, content=${JSON.stringify(content ?? {})}`)
}
