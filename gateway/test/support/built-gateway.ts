import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url))
/** No variable of the one who runs the tests reaches the program; libraries' warnings are not about it. */
const BARE = { PATH: process.env.PATH ?? '', NODE_NO_WARNINGS: '1' }

/** The built program, running. */
export type BuiltGateway = Readonly<{
  /** All that it has written to both outputs. */
  written: () => string
  signal: (name: NodeJS.Signals) => void
  stop: () => Promise<void>
}>

/** Starts the built program with this environment alone and waits until it listens; rejects where it ends instead. */
export async function startBuiltGateway(
  env: Readonly<Record<string, string>>,
): Promise<BuiltGateway> {
  const child = spawn(process.execPath, [MAIN], { env: { ...BARE, ...env } })
  let text = ''
  const ended = once(child, 'close')
  const stop = async () => {
    child.kill('SIGKILL')
    await ended
  }
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (piece: string) => {
        text += piece
        if (text.includes('gateway listens')) resolve()
      })
    }
    child.once('close', () => reject(new Error(`it ended early: ${text}`)))
  })
  return { written: () => text, signal: (name) => child.kill(name), stop }
}
