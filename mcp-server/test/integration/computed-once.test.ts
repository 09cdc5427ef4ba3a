import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { z } from 'zod'
import { toCaller } from '../../src/caller.ts'
import { createClientPool } from '../../src/clients.ts'
import { createLog } from '../../src/log.ts'
import { createMcp, type Mcp } from '../../src/mcp.ts'
import { TOOLS } from '../../src/tools/catalog.ts'
import { defineTool } from '../../src/tools/define-tool.ts'
import { callerHeaders } from '../support/caller-headers.ts'
import { modern, post, textOf, toolCall } from '../support/rpc.ts'

const REQUESTS = 50

/** A schema that counts how often its JSON Schema is made from it. */
function countingSchema() {
  const schema = z.strictObject({ word: z.string() })
  const standard = schema['~standard']
  let conversions = 0
  const { input } = standard.jsonSchema
  Object.defineProperty(standard.jsonSchema, 'input', {
    value: (options: Parameters<typeof input>[0]) => {
      conversions += 1
      return input(options)
    },
  })
  return { schema, conversions: () => conversions }
}

describe('the tool list', () => {
  const counting = countingSchema()
  const tool = defineTool({
    name: 'say_word',
    title: 'Say',
    description: 'Says a word.',
    input: counting.schema,
    regionFrom: 'none',
    run: async ({ word }) => ({ summary: word }),
  })
  const pool = createClientPool({
    endpointUrl: 'http://127.0.0.1:1',
    cloudwatchEndpointUrl: undefined,
    logsEndpointUrl: undefined,
    connectTimeoutMs: 100,
    requestTimeoutMs: 100,
    maxAttempts: 1,
    maxSockets: 1,
  })
  let mcp: Mcp
  let http: Server
  let url: string
  before(async () => {
    mcp = createMcp({
      tools: [tool, ...TOOLS],
      maxBodyBytes: 100_000,
      call: {
        clientsFor: pool.clientsFor,
        limits: {
          maxAnswerChars: 2_000,
          queryDeadlineMs: 1_000,
          maskSecrets: true,
          maxQueryCostUsd: 1,
          queryCostGuard: 'off',
        },
        now: () => new Date(),
      },
      log: createLog('error', () => {}),
    })
    http = createServer((req, res) => {
      const caller = toCaller(
        req.rawHeaders,
        { credentials: 'request', region: undefined },
        new Date(),
      )
      void mcp.handle(req, res, { caller, signal: new AbortController().signal })
    })
    http.listen(0, '127.0.0.1')
    await once(http, 'listening')
    const { port } = http.address() as AddressInfo // a TCP server has an address object
    url = `http://127.0.0.1:${port}/mcp`
  })
  after(async () => {
    await mcp.close()
    pool.destroy()
    http.closeAllConnections()
    http.close()
    await once(http, 'close')
  })

  it('is made once per process, however many requests ask for it, and however they are made', async () => {
    const made = counting.conversions()
    const answers = new Set<string>()
    for (let at = 0; at < REQUESTS; at += 1) {
      const filter = callerHeaders({ 'x-mcp-tools': at % 2 === 0 ? '*' : 'say_*' })
      const { body, headers } = modern('tools/list')
      const legacy = { jsonrpc: '2.0', id: 1, method: 'tools/list' }
      const [recent, old] = await Promise.all([
        post(url, body, { ...headers, ...filter }),
        post(url, legacy, filter),
      ])
      answers.add(JSON.stringify(recent.reply.result?.tools))
      answers.add(JSON.stringify(old.reply.result?.tools))
      const said = await post(url, toolCall('say_word', { word: `word ${at}` }), filter)
      expect(textOf(said.reply)).to.equal(`word ${at}`)
    }
    // Of the two filters one list each, the same in both eras.
    expect(answers.size).to.equal(2)
    expect(made).to.equal(1)
    expect(counting.conversions()).to.equal(1)
    console.log(`      ${counting.conversions()} conversion, ${3 * REQUESTS} requests`)
  })

  it('holds one and the same schema for every request, of every tool', () => {
    for (const { name, inputSchema } of TOOLS) {
      const { input } = inputSchema['~standard'].jsonSchema
      const options = { target: 'draft-2020-12' } as const
      expect(input(options), name).to.equal(input(options))
    }
  })
})
