import { expect } from 'chai'
import { z } from 'zod'
import { toCaller } from '../../../src/caller.ts'
import { createClientPool } from '../../../src/clients.ts'
import { createLog } from '../../../src/log.ts'
import { defineTool, type ToolCall, type ToolContext } from '../../../src/tools/define-tool.ts'
import { callerHeaders, rawHeaders } from '../../support/caller-headers.ts'

const NOW = new Date('2026-01-01T00:00:00Z')

describe('defineTool', () => {
  const lines: string[] = []
  const pool = createClientPool({
    endpointUrl: 'http://127.0.0.1:1',
    cloudwatchEndpointUrl: undefined,
    logsEndpointUrl: undefined,
    connectTimeoutMs: 100,
    requestTimeoutMs: 100,
    maxAttempts: 1,
    maxSockets: 1,
  })
  after(() => pool.destroy())
  beforeEach(() => {
    lines.length = 0
  })

  const call = (overrides: Partial<ToolCall> = {}): ToolCall => ({
    caller: toCaller(
      rawHeaders(callerHeaders()),
      { credentials: 'request', region: undefined },
      NOW,
    ),
    clientsFor: pool.clientsFor,
    signal: new AbortController().signal,
    progress: async () => {},
    mayUse: () => true,
    limits: { maxAnswerChars: 2_000, queryDeadlineMs: 1_000 },
    log: createLog('debug', (line) => lines.push(line)),
    now: () => NOW,
    ...overrides,
  })
  const toolThat = (run: (context: ToolContext) => Promise<{ summary: string }>) =>
    defineTool({
      name: 'test_tool',
      title: 'Test',
      description: 'For a test.',
      input: z.strictObject({ word: z.string().optional() }),
      run: (_input, context) => run(context),
    })

  it('makes no client for arguments that are not valid, and records that', async () => {
    const tool = toolThat(async () => ({ summary: 'never' }))
    const clientsFor = () => {
      throw new Error('a client was made')
    }
    const result = await tool.run({ word: 5, more: true }, call({ clientsFor }))
    expect(result.isError).to.equal(true)
    expect(JSON.stringify(result.content)).to.include('word: ').and.to.include('more')
    expect(JSON.parse(lines[0] ?? '')).to.include({ tool: 'test_tool', outcome: 'invalid_input' })
  })

  it('hides a mistake of its own behind the request id', async () => {
    const tool = toolThat(async () => {
      throw new TypeError('secret-canary is not a function')
    })
    const result = await tool.run({}, call())
    expect(result.isError).to.equal(true)
    expect(JSON.stringify(result)).to.include('request-1').and.not.to.include('canary')
    expect(lines.join('\n')).to.include('TypeError').and.to.include('internal_error')
  })

  it('records a call as cancelled when its caller has gone', async () => {
    const gone = new AbortController()
    const tool = toolThat(async () => {
      gone.abort()
      throw new Error('whatever a library throws then')
    })
    await tool.run({}, call({ signal: gone.signal }))
    expect(JSON.parse(lines[0] ?? '')).to.include({ outcome: 'cancelled' })
  })

  it('adds region and account to every answer', async () => {
    const result = await toolThat(async () => ({ summary: 'Found.' })).run({}, call())
    expect(result.content).to.deep.equal([
      { type: 'text', text: 'Found.\nregion: us-east-1\naccount: 111122223333' },
    ])
  })

  it('builds its JSON Schema once', () => {
    const { jsonSchema } = toolThat(async () => ({ summary: '' })).inputSchema['~standard']
    const target = 'draft-2020-12'
    expect(jsonSchema.input({ target })).to.equal(jsonSchema.input({ target }))
  })
})
