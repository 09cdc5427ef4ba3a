import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** A call that a caller makes over and over, and what its answer must contain. */
export type Call = Readonly<{
  method: string
  params: Readonly<Record<string, unknown>>
  contains: string
}>

export type Tally = Readonly<{
  requests: number
  /** What went wrong, in words, each with the caller's number. */
  failures: readonly string[]
}>

export type SteadyCallers = Readonly<{
  tally: () => Tally
  /** Lets the running calls end and makes no more. */
  stop: () => Promise<Tally>
}>

export type CallersOptions = Readonly<{
  url: URL
  token: string
  callers: number
  /** Taken by turns. */
  calls: readonly Call[]
  /** Longest pause between two calls of one caller; the pause is random. */
  pauseMs: number
}>

/**
 * Callers that each keep one connection and ask, read the whole answer, ask again. They try nothing twice: a connection
 * that closes under a request is a failure, as it is to a client.
 */
export function startSteadyCallers(options: CallersOptions): SteadyCallers {
  let requests = 0
  let stopping = false
  const failures: string[] = []
  const loop = async (caller: number) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    for (let round = caller; !stopping; round += 1) {
      const call = options.calls[round % options.calls.length]
      if (call === undefined) break
      requests += 1
      const problem = await ask(options, agent, call).catch((error: unknown) => String(error))
      if (problem !== undefined) failures.push(`caller ${caller}, ${call.method}: ${problem}`)
      await sleep(Math.random() * options.pauseMs)
    }
    agent.destroy()
  }
  const running = Array.from({ length: options.callers }, (_, caller) => loop(caller))
  const tally = () => ({ requests, failures })
  return {
    tally,
    stop: async () => {
      stopping = true
      await Promise.all(running)
      return tally()
    },
  }
}

/** Makes one call; gives what is wrong with the answer, undefined where nothing is. Rejects with the connection's error. */
function ask(
  { url, token }: CallersOptions,
  agent: Agent,
  { method, params, contains }: Call,
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        agent,
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
        },
      },
      (response) => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (piece: string) => {
          body += piece
        })
        response.on('error', reject)
        response.on('end', () => {
          if (response.statusCode !== 200) resolve(`${response.statusCode} ${body.slice(0, 200)}`)
          else resolve(body.includes(contains) ? undefined : `answered ${body.slice(0, 300)}`)
        })
      },
    )
    outgoing.on('error', reject)
    outgoing.end(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
  })
}
