import { Agent, createServer, request } from 'node:http'
import { listen, stop } from '../../support/loopback.ts'

export type BearerShim = Readonly<{
  /** Where the suite goes. */
  origin: string
  /** Says where requests go on to, and with which token. */
  leadTo: (port: number, token: string) => void
  close: () => Promise<void>
}>

/**
 * A proxy on loopback that adds `Authorization: Bearer` and changes nothing else, because the suite cannot send a
 * token. It knows its origin before it knows the gateway: that origin is the gateway's public URL.
 */
export async function startBearerShim(): Promise<BearerShim> {
  let goal = { port: 0, token: '' }
  const agent = new Agent({ keepAlive: true })
  const server = createServer((req, res) => {
    const onward = request(
      {
        agent,
        host: '127.0.0.1',
        port: goal.port,
        method: req.method,
        path: req.url,
        headers: [...req.rawHeaders, 'Authorization', `Bearer ${goal.token}`],
      },
      (answer) => {
        res.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
        res.flushHeaders()
        answer.pipe(res)
        answer.once('close', () => {
          if (!answer.complete) res.destroy()
        })
      },
    )
    onward.on('error', () => res.destroy())
    res.once('close', () => {
      if (!res.writableFinished) onward.destroy()
    })
    req.pipe(onward)
  })
  const port = await listen(server)
  return {
    origin: `http://127.0.0.1:${port}`,
    leadTo: (nextPort, token) => {
      goal = { port: nextPort, token }
    },
    close: async () => {
      agent.destroy()
      await stop(server)
    },
  }
}
