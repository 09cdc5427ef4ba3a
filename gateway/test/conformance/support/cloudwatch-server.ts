import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export type CloudWatchServer = Readonly<{ origin: string; close: () => Promise<void> }>

const PROGRAM = fileURLToPath(
  new URL('../../../../../mcp-server/dist/src/main.js', import.meta.url),
)
const START_MS = 20_000

/** The built MCP server as a program of its own, on a free port. Rejects when it does not say that it listens. */
export async function startCloudWatchServer(): Promise<CloudWatchServer> {
  const child = spawn(process.execPath, [PROGRAM], {
    env: { PATH: process.env.PATH, CLOUDWATCH_MCP_PORT: '0', LOG_LEVEL: 'INFO' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const close = async () => {
    child.kill('SIGTERM')
    await ended
  }
  const port = new Promise<number>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the MCP server does not start')), START_MS)
    createInterface({ input: child.stdout }).on('line', (line) => {
      // Its log is one JSON object per line.
      const { message, port: listening } = JSON.parse(line) as Record<string, unknown>
      if (message !== 'listening' || typeof listening !== 'number') return
      clearTimeout(timer)
      resolve(listening)
    })
    ended.then(() => {
      clearTimeout(timer)
      reject(new Error('the MCP server ended'))
    })
  })
  try {
    return { origin: `http://127.0.0.1:${await port}`, close }
  } catch (error) {
    await close()
    throw error
  }
}
