import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * The loopback addresses of this machine, 127.0.0.1 first. Where ::1 cannot be bound it is left out, and a line says
 * why, so that the output of a test run tells what it did not look at.
 */
export async function loopbackHosts(): Promise<readonly string[]> {
  const problem = await bindProblem('::1')
  if (problem === undefined) return ['127.0.0.1', '::1']
  process.stdout.write(
    `      (no IPv6 here: ::1 cannot be bound, ${problem}; IPv4 alone is tested)\n`,
  )
  return ['127.0.0.1']
}

async function bindProblem(host: string): Promise<string | undefined> {
  const server = createServer().listen(0, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
  server.close()
  await once(server, 'close')
  return undefined
}
