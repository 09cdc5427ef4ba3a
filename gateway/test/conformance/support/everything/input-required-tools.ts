import {
  acceptedContent,
  type GetPromptResult,
  type InputRequest,
  type InputRequests,
  inputRequired,
  inputResponse,
  type McpServer,
  type RequestStateCodec,
  type ServerContext,
  type ToolCallback,
} from '@modelcontextprotocol/server'
import { z } from 'zod'
import { textResult } from './text-result.ts'

/** What a tool of several rounds keeps at the client between them. */
export type RoundState = Readonly<{ round: number; answers: readonly string[] }>

type MintState = RequestStateCodec<RoundState>['mint']

const askFor = (message: string, member: string): InputRequest =>
  inputRequired.elicit({
    message,
    requestedSchema: z.object({ [member]: z.string() }),
  })
const CONFIRMATION = z.object({ ok: z.boolean() })
const CONFIRM = inputRequired.elicit({ message: 'Please confirm', requestedSchema: CONFIRMATION })
const complete = (question: string, maxTokens: number): InputRequest =>
  inputRequired.createMessage({
    messages: [{ role: 'user', content: { type: 'text', text: question } }],
    maxTokens,
  })

const NAME = askFor('What is your name?', 'name')
const GREETING = complete('Generate a greeting', 50)
const ROOTS = inputRequired.listRoots()

/** The accepted text of one member of an elicitation. */
function accepted({ mcpReq }: ServerContext, key: string, member: string): string | undefined {
  const value = acceptedContent(mcpReq.inputResponses, key)?.[member]
  return typeof value === 'string' ? value : undefined
}

/**
 * Adds the tools and the prompt that need more of the client before they can answer, in the way of 2026-07-28
 * (SEP-2322): a result that says what is missing, and the same request again with the answers. `mint` seals the state
 * that the client carries.
 */
export function addInputRequiredTools(server: McpServer, mint: MintState): void {
  const add = (name: string, run: ToolCallback): void => {
    server.registerTool(name, { description: `Needs input: ${name}.` }, run)
  }

  add('test_input_required_result_elicitation', (context) => {
    const name = accepted(context, 'user_name', 'name')
    if (name === undefined) return inputRequired({ inputRequests: { user_name: NAME } })
    return textResult(`Hello, ${name}!`)
  })

  add('test_input_required_result_sampling', ({ mcpReq }) => {
    const answer = inputResponse(mcpReq.inputResponses, 'capital_question')
    if (answer.kind === 'sampling') return textResult(JSON.stringify(answer.result.content))
    const question = complete('What is the capital of France?', 100)
    return inputRequired({ inputRequests: { capital_question: question } })
  })

  add('test_input_required_result_list_roots', ({ mcpReq }) => {
    const answer = inputResponse(mcpReq.inputResponses, 'client_roots')
    if (answer.kind === 'roots') return textResult(answer.roots.map(({ uri }) => uri).join(' '))
    return inputRequired({ inputRequests: { client_roots: ROOTS } })
  })

  for (const name of [
    'test_input_required_result_request_state',
    'test_input_required_result_tampered_state',
  ]) {
    add(name, async ({ mcpReq }) => {
      const confirmed = acceptedContent(mcpReq.inputResponses, 'confirm', CONFIRMATION)
      // A state whose seal is broken never comes here: the server answers -32602 for it.
      if (confirmed !== undefined && mcpReq.requestState<RoundState>() !== undefined) {
        return textResult('state-ok')
      }
      const requestState = await mint({ round: 1, answers: [] })
      return inputRequired({ inputRequests: { confirm: CONFIRM }, requestState })
    })
  }

  add('test_input_required_result_multiple_inputs', async (context) => {
    const { inputResponses } = context.mcpReq
    const name = accepted(context, 'user_name', 'name')
    const greeting = inputResponse(inputResponses, 'greeting')
    const roots = inputResponse(inputResponses, 'client_roots')
    if (name === undefined || greeting.kind !== 'sampling' || roots.kind !== 'roots') {
      return inputRequired({
        inputRequests: { user_name: NAME, greeting: GREETING, client_roots: ROOTS },
        requestState: await mint({ round: 1, answers: [] }),
      })
    }
    return textResult(`${name}, ${roots.roots.length} roots`)
  })

  add('test_input_required_result_multi_round', async (context) => {
    const { round, answers } = context.mcpReq.requestState<RoundState>() ?? {
      round: 0,
      answers: [],
    }
    const questions = [
      askFor('Step 1: What is your name?', 'name'),
      askFor('Step 2: What is your favorite color?', 'color'),
    ]
    const given = accepted(context, `step${round}`, round === 1 ? 'name' : 'color')
    const known = given === undefined ? answers : [...answers, given]
    const question = questions[round]
    if (question === undefined) return textResult(known.join(', '))
    return inputRequired({
      inputRequests: { [`step${round + 1}`]: question },
      requestState: await mint({ round: round + 1, answers: known }),
    })
  })

  add('test_input_required_result_capabilities', ({ mcpReq }) => {
    if (mcpReq.inputResponses !== undefined) return textResult('answered')
    const declared = server.server.getClientCapabilities()
    const inputRequests: InputRequests = {
      ...(declared?.elicitation === undefined ? {} : { user_name: NAME }),
      ...(declared?.sampling === undefined ? {} : { greeting: GREETING }),
      ...(declared?.roots === undefined ? {} : { client_roots: ROOTS }),
    }
    if (Object.keys(inputRequests).length === 0) return textResult('nothing can be asked')
    return inputRequired({ inputRequests })
  })

  // Asks for a completion whatever the client declared: the server answers -32021 for a client that cannot.
  add('test_missing_capability', ({ mcpReq }) => {
    const answer = inputResponse(mcpReq.inputResponses, 'completion')
    if (answer.kind === 'sampling') return textResult('answered')
    return inputRequired({ inputRequests: { completion: complete('Say one word', 10) } })
  })

  server.registerPrompt(
    'test_input_required_result_prompt',
    { description: 'Needs a context before it can be rendered.' },
    (context: ServerContext): GetPromptResult | ReturnType<typeof inputRequired> => {
      const text = accepted(context, 'user_context', 'context')
      if (text === undefined) {
        const user_context = askFor('What context should the prompt use?', 'context')
        return inputRequired({ inputRequests: { user_context } })
      }
      return { messages: [{ role: 'user', content: { type: 'text', text } }] }
    },
  )
}
