import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { listen, stop } from './loopback.ts'
import { createMailbox, type Mailbox } from './mailbox.ts'

/** A request as the MCP server got it. */
export type McpRequest = Readonly<{
  method: string
  url: string
  headers: IncomingHttpHeaders
  rawHeaders: readonly string[]
  body: string
}>

export type McpAnswer = (request: McpRequest, res: ServerResponse) => void

export type FakeMcpServer = Readonly<{
  origin: string
  requests: readonly McpRequest[]
  arrivals: Mailbox<McpRequest>
  /** Answers otherwise than with an empty JSON-RPC result. */
  script: (answer: McpAnswer) => void
  close: () => Promise<void>
}>

/** An MCP server at a free port that keeps what it was sent. */
export async function startFakeMcpServer(): Promise<FakeMcpServer> {
  const requests: McpRequest[] = []
  const arrivals = createMailbox<McpRequest>('request at the MCP server')
  let respond: McpAnswer = answerResult
  const server = createServer(async (req, res) => {
    let body = ''
    for await (const piece of req.setEncoding('utf8')) body += piece
    const { method = '', url = '', headers, rawHeaders } = req
    const request = { method, url, headers, rawHeaders, body }
    requests.push(request)
    arrivals.put(request)
    respond(request, res)
  })
  const port = await listen(server)
  return {
    origin: `http://127.0.0.1:${port}`,
    requests,
    arrivals,
    script: (answer) => {
      respond = answer
    },
    close: () => stop(server),
  }
}

/** A JSON-RPC result. */
export const answerResult: McpAnswer = (_request, res) => {
  res.writeHead(200, { 'content-type': 'application/json' })
  res.end('{"jsonrpc":"2.0","id":1,"result":{}}')
}

/** One event of a stream, and its end. */
export const answerEvent: McpAnswer = (_request, res) => {
  res.writeHead(200, { 'content-type': 'text/event-stream' })
  res.end('event: message\ndata: {"jsonrpc":"2.0","id":1,"result":{}}\n\n')
}
