import { type McpServer, type PromptMessage, ResourceTemplate } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { PNG } from './media.ts'

const RESOURCES = [
  {
    name: 'static-text',
    mimeType: 'text/plain',
    content: { text: 'This is the content of the static text resource.' },
  },
  { name: 'static-binary', mimeType: 'image/png', content: { blob: PNG } },
  { name: 'watched-resource', mimeType: 'text/plain', content: { text: 'Watched' } },
] as const

/** Adds resources, a template and subscriptions. */
export function addResources(server: McpServer): void {
  for (const { name, mimeType, content } of RESOURCES) {
    const uri = `test://${name}`
    const about = { description: `The resource ${uri}.`, mimeType }
    server.registerResource(name, uri, about, () => ({ contents: [{ uri, mimeType, ...content }] }))
  }
  server.registerResource(
    'template',
    new ResourceTemplate('test://template/{id}/data', { list: undefined }),
    { description: 'Data for an id.', mimeType: 'application/json' },
    ({ href: uri }, { id }) => ({
      contents: [
        {
          uri,
          mimeType: 'application/json',
          text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
        },
      ],
    }),
  )
  // Nothing here changes, so there is nothing to remember of a subscription.
  server.server.setRequestHandler('resources/subscribe', () => ({}))
  server.server.setRequestHandler('resources/unsubscribe', () => ({}))
}

/** Adds prompts and an empty completion for their arguments. */
export function addPrompts(server: McpServer): void {
  server.registerPrompt('test_simple_prompt', { description: 'Has no arguments.' }, () =>
    prompt({ type: 'text', text: 'This is a simple prompt for testing.' }),
  )
  server.registerPrompt(
    'test_prompt_with_arguments',
    {
      description: 'Has two arguments.',
      argsSchema: z.object({ arg1: z.string(), arg2: z.string() }),
    },
    ({ arg1, arg2 }) =>
      prompt({ type: 'text', text: `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'` }),
  )
  server.registerPrompt(
    'test_prompt_with_embedded_resource',
    { description: 'Embeds a resource.', argsSchema: z.object({ resourceUri: z.string() }) },
    ({ resourceUri: uri }) =>
      prompt(
        {
          type: 'resource',
          resource: { uri, mimeType: 'text/plain', text: 'Embedded resource content for testing.' },
        },
        { type: 'text', text: 'Please process the embedded resource above.' },
      ),
  )
  server.registerPrompt('test_prompt_with_image', { description: 'Shows an image.' }, () =>
    prompt(
      { type: 'image', data: PNG, mimeType: 'image/png' },
      { type: 'text', text: 'Please analyze the image above.' },
    ),
  )
  server.server.setRequestHandler('completion/complete', () => ({
    completion: { values: [], total: 0, hasMore: false },
  }))
}

function prompt(...contents: ReadonlyArray<PromptMessage['content']>) {
  return { messages: contents.map((content) => ({ role: 'user' as const, content })) }
}
