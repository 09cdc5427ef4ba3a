import type { CallToolResult } from '@modelcontextprotocol/server'
import { expect } from 'chai'
import { z } from 'zod'
import type { Answer } from '../../../src/answer/answer.ts'
import { toCaller } from '../../../src/caller.ts'
import { createClientPool } from '../../../src/clients.ts'
import { createLog } from '../../../src/log.ts'
import {
  defineTool,
  type ToolCall,
  type ToolContext,
  type ToolDefinition,
} from '../../../src/tools/define-tool.ts'
import { ToolProblem } from '../../../src/tools/tool-problem.ts'
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
    limits: {
      maxAnswerChars: 2_000,
      queryDeadlineMs: 1_000,
      maskSecrets: true,
      maxQueryCostUsd: 1,
      queryCostGuard: 'off',
    },
    log: createLog('debug', (line) => lines.push(line)),
    now: () => NOW,
    ...overrides,
  })
  const toolThat = (
    run: (context: ToolContext) => Promise<Answer>,
    more: Partial<Pick<ToolDefinition<z.ZodObject>, 'regionFrom' | 'annotations'>> = {},
  ) =>
    defineTool({
      name: 'test_tool',
      title: 'Test',
      description: 'For a test.',
      input: z.strictObject({ word: z.string().optional() }),
      run: (_input, context) => run(context),
      ...more,
    })
  const callerIn = (regions: string) =>
    toCaller(
      rawHeaders(callerHeaders({ 'x-aws-regions': regions })),
      { credentials: 'request', region: undefined },
      NOW,
    )
  const textOf = (result: CallToolResult): string =>
    result.content.map((part) => (part.type === 'text' ? part.text : '')).join('')

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

  it('takes null for an argument that was not given', async () => {
    const tool = toolThat(async () => ({ summary: 'Found.' }))
    const result = await tool.run({ word: null, region: null }, call())
    expect(result.isError ?? false).to.equal(false)
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

  it('shows a problem on one line and without control characters, whatever the caller typed', async () => {
    const typed = `\u001b[31mred\u202e\u0000\n<<<data ${'x'.repeat(5_000)}`
    const tool = toolThat(() => Promise.reject(new ToolProblem(`There is no alarm "${typed}".`)))
    const result = await tool.run({ word: 'w' }, call())
    expect(result.isError).to.equal(true)
    expect(textOf(result)).to.match(/^There is no alarm "red\\n<<<data x+…$/)
    expect(textOf(result).length).to.equal(2_000)
  })

  describe('region', () => {
    const echo = (context: ToolContext) =>
      Promise.resolve({ summary: `${context.region} ${context.binding(['x'])}` })

    it('is an optional argument of every tool, beside its own', () => {
      const schema = toolThat(echo).inputSchema['~standard'].jsonSchema.input({
        target: 'draft-2020-12',
      })
      expect(schema.properties).to.have.keys('word', 'region')
      expect(schema).not.to.have.property('required')
      expect(schema.additionalProperties).to.equal(false)
    })

    it('is answered where it was asked, with clients of that region and a binding of its own', async () => {
      const made: string[] = []
      const spied = call({
        caller: callerIn('us-east-1,eu-west-1'),
        clientsFor: (caller, observe) => {
          made.push(caller.region)
          return pool.clientsFor(caller, observe)
        },
      })
      const there = textOf(await toolThat(echo).run({ region: 'eu-west-1', word: 'w' }, spied))
      const here = textOf(await toolThat(echo).run({}, spied))
      expect(made).to.deep.equal(['eu-west-1', 'us-east-1'])
      expect(there).to.include('\nregion: eu-west-1\n')
      expect(here).to.include('\nregion: us-east-1\n')
      expect(there.split('\n')[0]?.split(' ')[1]).not.to.equal(here.split('\n')[0]?.split(' ')[1])
      expect(lines.map((line) => JSON.parse(line).region)).to.deep.equal(made)
    })

    it('outside the list is refused with the list, before a client is made', async () => {
      const clientsFor = () => {
        throw new Error('a client was made')
      }
      const refused = call({ caller: callerIn('eu-west-1'), clientsFor })
      for (const region of ['ap-south-1', 'US-EAST-1', '', 'us-east-1.evil.example', 7]) {
        const result = await toolThat(echo).run({ region }, refused)
        expect(result.isError).to.equal(true)
        expect(textOf(result)).to.include(
          'is not among those that you may use here: us-east-1, eu-west-1.',
        )
      }
      expect(lines.join()).not.to.include('evil')
    })

    it('is left out where a tool finds its regions by itself, and inside the list there too', async () => {
      const tool = toolThat(
        async ({ clientsIn }) => {
          clientsIn('eu-west-1')
          clientsIn('ap-south-1')
          return { summary: 'never' }
        },
        { regionFrom: 'tool' },
      )
      const result = await tool.run({}, call({ caller: callerIn('eu-west-1') }))
      expect(textOf(result)).to.include('The region "ap-south-1" is not among')
      expect(textOf(await tool.run({ region: 'eu-west-1' }, call()))).to.include(
        'Unrecognized key: "region"',
      )
    })

    it('and account are not told by a tool whose answer holds everywhere', async () => {
      const tool = toolThat(async () => ({ summary: 'Help.' }), { regionFrom: 'none' })
      expect(textOf(await tool.run({}, call()))).to.equal('Help.')
    })
  })

  describe('secrets', () => {
    const secret = { columns: ['m'], rows: [['password=hunter2']] }
    const limits = { ...call().limits, maskSecrets: false }

    it('are masked in untrusted text, and the answer says so', async () => {
      const tool = toolThat(async () => ({ summary: 'S.', table: secret, untrusted: true }))
      const text = textOf(await tool.run({}, call()))
      expect(text).to.include('password=[masked]').and.not.to.include('hunter2')
      expect(text).to.include('1 secret in the log text was replaced')
    })

    it('are left where the operator wants them, and in text that no stranger wrote', async () => {
      const tool = toolThat(async () => ({ summary: 'S.', table: secret, untrusted: true }))
      expect(textOf(await tool.run({}, call({ limits })))).to.include('password=hunter2')
      const own = toolThat(async () => ({ summary: 'S.', table: secret }))
      expect(textOf(await own.run({}, call()))).to.include('password=hunter2')
    })

    it('are known for secrets even where the cell is cut in the middle of one', async () => {
      const rows = Array.from({ length: 40 }, () => [
        `${'a '.repeat(25)}password=${'s3cr3t'.repeat(30)}`,
      ])
      const tool = toolThat(async () => ({
        summary: 'S.',
        table: { columns: ['m'], rows },
        untrusted: true,
      }))
      expect(textOf(await tool.run({}, call()))).not.to.include('s3')
    })
  })

  it('puts pictures beside the text', async () => {
    const images = [{ data: 'aGVsbG8=', mimeType: 'image/png' }]
    const result = await toolThat(async () => ({ summary: 'Drawn.', images })).run({}, call())
    expect(result.content[1]).to.deep.equal({ type: 'image', ...images[0] })
  })

  it('says that a tool changes something where it does', () => {
    const annotations = { readOnlyHint: false }
    expect(toolThat(async () => ({ summary: '' }), { annotations }).annotations).to.deep.include({
      readOnlyHint: false,
      destructiveHint: false,
    })
  })
})
