import { argumentsOf } from './arguments.ts'
import type { CalledExample } from './call-examples.ts'
import { FEATURES, PEERS } from './features.ts'

/** A tool as `tools/list` shows it. */
export type ListedTool = Readonly<{
  name: string
  title?: string | undefined
  description?: string | undefined
  inputSchema: unknown
  annotations?: Readonly<{ readOnlyHint?: boolean | undefined }> | undefined
}>

/** A call as the page shows it, and how many characters its answer really had. */
export type PageExample = CalledExample & Readonly<{ chars: number }>

export type Page = Readonly<{
  tools: readonly ListedTool[]
  /** One call of each tool, by its name. */
  called: ReadonlyMap<string, PageExample>
  /** The path of a tool's picture, from the page. */
  imagePath: (tool: string) => string
  madeBy: string
}>

/** The page about the tools as Markdown. Throws where a tool has no call. */
export function renderPage({ tools, called, imagePath, madeBy }: Page): string {
  const callOf = (tool: ListedTool) => {
    const call = called.get(tool.name)
    if (call === undefined) throw new Error(`no call of ${tool.name}`)
    return call
  }
  const listChars = JSON.stringify(tools).length
  return `<!-- Made by \`${madeBy}\`; change the tools, or local/src/tools-page, instead. -->

# Tools

The ${tools.length} tools of the server, each with a call and what it answers. The answers are real: a client signed in as alice at the
local stack (\`npm start\`) and called each tool through the gateway. The programs' clocks were set to 2026-11-03T09:00:00Z
before they started, so that the page shows the same minutes whenever it is made; query handles, cursors and the mark around
log text are random, and stand here as words. A figure may differ by a few from one making of the page to the next: the shop
of the local stack goes on selling while it is made.

The tools that ask AWS in one region take an optional \`region\`, one of those that the gateway allows for the target; it is left
out of the tables below. Times are UTC and may be relative (\`-1h\`, \`now-30m\`). \`npm run demo\` finds the cause of an incident with these
tools alone.

## Sizes

What the list costs a model before it asks anything, and what the answers on this page cost: in characters, about four of
which are a token. The whole list has ${count(listChars)} characters. No answer is longer than \`CLOUDWATCH_MCP_MAX_ANSWER_CHARS\`.

${table(
  ['tool', 'title', 'changes something', 'in the list', 'the answer below'],
  tools.map((tool) => [
    `[\`${tool.name}\`](#${tool.name})`,
    tool.title ?? '',
    tool.annotations?.readOnlyHint === true ? 'no' : 'stops a query',
    count(JSON.stringify(tool).length),
    count(callOf(tool).chars),
  ]),
)}

${tools.map((tool) => renderTool(tool, callOf(tool), imagePath)).join('\n\n')}

## What others have

● wholly, ◐ partly, ○ not, g only through a general call of any API. What Datadog, AWS MCP Server and parts of mcp-grafana have is
taken from their documentation; their marks count their own stores, too. Where we have something, its row names the tests that prove it.

${table(
  ['capability', ...PEERS, 'this', 'tests'],
  FEATURES.map(({ capability, peers, ours, note, tests }) => [
    capability,
    ...peers,
    note === undefined ? ours : `${ours} ${note}`,
    tests.map((path) => `[${path.split('/').at(-1)}](../${path})`).join(' '),
  ]),
)}
`
}

function renderTool(
  { name, description, inputSchema }: ListedTool,
  { input, text, images }: CalledExample,
  imagePath: (tool: string) => string,
): string {
  const rows = argumentsOf(inputSchema)
    .filter(({ path }) => path !== 'region')
    .map((one) => [
      `\`${one.path}\`${one.required ? ' (required)' : ''}`,
      one.type,
      one.default === '' ? '' : `\`${one.default}\``,
      one.meaning,
    ])
  return `## ${name}

${description ?? ''}

${table(['argument', 'type', 'default', 'meaning'], rows)}

\`\`\`json
${JSON.stringify(input, null, 2)}
\`\`\`

\`\`\`text
${text}
\`\`\`${images.length === 0 ? '' : `\n\n![The picture that ${name} gives](${imagePath(name)})`}`
}

/**
 * An example without what is random in it. The same handle stands in the call and in the answer, and is the same word
 * in both.
 */
export function withoutRandom(example: CalledExample): PageExample {
  const handle = /^query: ([\w-]{60,})$/m.exec(example.text)?.[1]
  const given = Object.entries(example.input).map(([name, value]): [string, unknown] => {
    if (name === 'cursor') return [name, '(the cursor)']
    return typeof value === 'string' && value.length > 60 && name === 'query' && isHandle(value)
      ? [name, '(the query handle)']
      : [name, value]
  })
  const text = (
    handle === undefined ? example.text : example.text.replaceAll(handle, '(the query handle)')
  )
    .replaceAll(/^<<<data [0-9a-f]{12}$/gm, '<<<data (a random mark)')
    .replaceAll(/^data [0-9a-f]{12}>>>$/gm, 'data (a random mark)>>>')
    .replaceAll(/^cursor: \S+$/gm, 'cursor: (the cursor)')
  return { ...example, input: Object.fromEntries(given), text, chars: example.text.length }
}

function isHandle(text: string): boolean {
  return /^[\w-]+$/.test(text)
}

function table(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** `12,345`. */
function count(value: number): string {
  return value.toLocaleString('en-US')
}
