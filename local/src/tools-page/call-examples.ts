import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { type ReadAnswer, readAnswer } from '../demo-answer.ts'
import type { ToolExample } from './tool-examples.ts'

/** A tool's call with its answer, as the client got it. */
export type CalledExample = Readonly<{
  tool: string
  input: Readonly<Record<string, unknown>>
  text: string
  /** Pictures, as bytes. */
  images: readonly Buffer[]
  isError: boolean
}>

/** Makes one example's call, after the call that it needs first; rejects when that one fails. */
export async function callExample(client: Client, example: ToolExample): Promise<CalledExample> {
  const { tool, first } = example
  const before = first === undefined ? undefined : await call(client, first.tool, first.input)
  if (before?.isError) throw new Error(`${first?.tool} before ${tool}: ${before.text}`)
  const input = example.input(before === undefined ? NOTHING : readAnswer(before.text))
  return call(client, tool, input)
}

const NOTHING: ReadAnswer = readAnswer('')

async function call(
  client: Client,
  tool: string,
  input: Readonly<Record<string, unknown>>,
): Promise<CalledExample> {
  const result = await client.callTool({ name: tool, arguments: { ...input } })
  const parts: Part[] = Array.isArray(result.content) ? result.content : []
  return {
    tool,
    input,
    text: parts.map(({ text }) => text ?? '').join(''),
    images: parts.flatMap(({ data }) => (data === undefined ? [] : [Buffer.from(data, 'base64')])),
    isError: result.isError === true,
  }
}

type Part = Readonly<{ text?: string; data?: string }>
