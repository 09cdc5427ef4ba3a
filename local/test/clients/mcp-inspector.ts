import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '../../src/ports.ts'
import { type McpClientUnderTest, SPOILED, TOOL, textOf } from './mcp-clients.ts'
import type { NpxProgram } from './npx-program.ts'
import { quietEnvironment } from './quiet-environment.ts'
import { runToEnd } from './run-to-end.ts'

export const INSPECTOR = '@modelcontextprotocol/inspector@2.12.0'

const AUTHORIZE_URL = /Please navigate to: (http\S+)\s/
const RUN_MS = 30_000
const HEADLESS = { MCP_AUTO_OPEN_ENABLED: 'true', MCP_INSPECTOR_SECRET_STORE: 'file' }

/** The MCP Inspector's command line: one process per call, its tokens in a file between them. */
export function mcpInspector({ node, script }: NpxProgram): McpClientUnderTest {
  return {
    name: 'Inspector',
    clientName: 'MCP Inspector',
    run: async ({ url, browse }) => {
      const home = mkdtempSync(join(tmpdir(), 'mcp-inspector-'))
      const { gateway: callbackPort } = await freePorts()
      const callback = `http://127.0.0.1:${callbackPort}/oauth/callback`
      const run = async (...args: readonly string[]) => {
        let opened: Promise<unknown> | undefined
        const { exitCode, stdout, stderr } = await runToEnd(
          node,
          [
            ...[script, '--cli', url, '--transport', 'http', '--format', 'json'],
            ...['--callback-url', callback, ...args],
          ],
          {
            withinMs: RUN_MS,
            env: quietEnvironment({ HOME: home, ...HEADLESS }),
            onOutput: (printed) => {
              const address = AUTHORIZE_URL.exec(printed)?.[1]
              if (opened !== undefined || address === undefined) return
              // A sign-in that fails leaves the program waiting, which ends it with its time.
              opened = browse(address).then((back) => fetch(back))
              opened.catch((error: unknown) => process.stderr.write(`${String(error)}\n`))
            },
          },
        )
        if (exitCode !== 0) throw new Error(`exit code ${exitCode}: ${stderr}`)
        const { result } = JSON.parse(stdout)
        return { result, opened: opened !== undefined }
      }
      const call = ['--method', 'tools/call', '--tool-name', TOOL]
      try {
        const list = await run('--method', 'tools/list')
        const first = await run(...call)
        spoilIn(home)
        const second = await run(...call)
        if (first.opened || second.opened) throw new Error('it had to sign in again')
        const tools = list.result.tools.length
        return { tools, called: textOf(first.result), calledAgain: textOf(second.result) }
      } finally {
        rmSync(home, { recursive: true, force: true })
      }
    },
  }
}

/** Its tokens are JSON in a string of this file. */
function spoilIn(home: string): void {
  const path = join(home, '.mcp-inspector', 'secrets.json')
  const text = readFileSync(path, 'utf8')
  const spoiled = text.replace(/(\\"access_token\\":\\")[^\\"]+/, `$1${SPOILED}`)
  if (spoiled === text) throw new Error('it keeps its tokens elsewhere')
  writeFileSync(path, spoiled)
}
