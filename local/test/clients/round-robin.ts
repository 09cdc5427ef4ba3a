import { Agent, createServer, request } from 'node:http'

export type RoundRobin = Readonly<{
  /** How many requests each origin has got. */
  counts: () => readonly number[]
  close: () => Promise<void>
}>

/**
 * A load balancer that has no affinity at all: every single request goes to the next origin, also on a connection that the
 * client keeps. `isSticky` names paths of which every request of the one client of a test goes to the same origin, as it would
 * where an address is hashed.
 */
export async function startRoundRobin(
  port: number,
  origins: readonly string[],
  isSticky: (path: string) => boolean = () => false,
): Promise<RoundRobin> {
  const agent = new Agent({ keepAlive: true })
  const counts = origins.map(() => 0)
  let turn = 0
  const server = createServer((req, res) => {
    const isNext = !isSticky((req.url ?? '').split('?')[0] ?? '')
    const index = isNext ? turn % origins.length : 0
    if (isNext) turn += 1
    counts[index] = (counts[index] ?? 0) + 1
    const { method, headers } = req
    const upstream = request(
      `${origins[index]}${req.url}`,
      { method, headers, agent },
      (answer) => {
        res.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
        answer.pipe(res)
      },
    )
    upstream.on('error', () => res.destroy())
    res.on('close', () => upstream.destroy())
    req.pipe(upstream)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    counts: () => [...counts],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
        agent.destroy()
      }),
  }
}
