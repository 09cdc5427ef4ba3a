import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { freePorts } from '../../src/ports.ts'
import { type McpClientUnderTest, SPOILED, TOOL, textOf } from './mcp-clients.ts'
import { quietEnvironment } from './quiet-environment.ts'

const AUTHORIZE_URL = /Please authorize this client by visiting:\s+(http\S+)/
/** A sign-in takes two seconds; one that hangs must not hold up the others. */
const CONNECT_MS = 30_000

/** `mcp-remote`, as the stdio server that an MCP client without HTTP starts. Its answer comes by its own loopback port. */
export const mcpRemote: McpClientUnderTest = {
  name: 'mcp-remote',
  clientName: 'MCP CLI Proxy',
  run: async ({ url, browse }) => {
    const folder = mkdtempSync(join(tmpdir(), 'mcp-remote-'))
    const { gateway: callbackPort } = await freePorts()
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [program(), url, String(callbackPort)],
      env: quietEnvironment({ MCP_REMOTE_CONFIG_DIR: folder }),
      stderr: 'pipe',
    })
    const client = new Client({ name: 'clients-check', version: '1.0.0' })
    let printed = ''
    let signedIn: Promise<unknown> | undefined
    transport.stderr?.on('data', (piece: Buffer) => {
      printed += piece.toString()
      const address = AUTHORIZE_URL.exec(printed)?.[1]
      // The whole address has come when its line has ended.
      if (signedIn === undefined && address !== undefined && printed.includes(`${address}\n`)) {
        signedIn = browse(address).then((back) => fetch(back))
        signedIn.catch((error: unknown) => {
          printed += String(error)
        })
      }
    })
    try {
      await client.connect(transport, { timeout: CONNECT_MS }).catch((error: unknown) => {
        throw new Error(`${String(error)}\n${printed}`)
      })
      const { tools } = await client.listTools()
      const called = textOf(await client.callTool({ name: TOOL, arguments: {} }))
      spoilIn(folder)
      const calledAgain = textOf(await client.callTool({ name: TOOL, arguments: {} }))
      return { tools: tools.length, called, calledAgain }
    } finally {
      await client.close()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

function program(): string {
  const manifest = createRequire(import.meta.url).resolve('mcp-remote/package.json')
  return join(dirname(manifest), 'dist', 'proxy.js')
}

/** It reads its tokens from the file before every request. */
function spoilIn(folder: string): void {
  const [file] = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('_tokens.json'),
  )
  if (file === undefined) throw new Error('it keeps its tokens elsewhere')
  const path = join(folder, file)
  const tokens = JSON.parse(readFileSync(path, 'utf8'))
  writeFileSync(path, JSON.stringify({ ...tokens, access_token: SPOILED }))
}
