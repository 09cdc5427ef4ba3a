import { type IncomingHttpHeaders, request } from 'node:http'

export type SentRequest = Readonly<{
  method?: string
  path?: string
  headers?: Readonly<Record<string, string | readonly string[]>>
  body?: string | Buffer
}>

export type Received = Readonly<{
  status: number
  headers: IncomingHttpHeaders
  text: string
  /** The body as JSON; throws where it is none. */
  json: () => unknown
}>

/** Sends one request on a connection of its own to a port of this machine and reads the whole answer. */
export function send(
  port: number,
  { method, path, headers, body }: SentRequest,
): Promise<Received> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        agent: false,
        method: method ?? 'GET',
        path: path ?? '/',
        // Node takes a list for a header that is sent several times.
        headers: headers as Record<string, string | string[]>,
      },
      (res) => {
        let text = ''
        res.setEncoding('utf8')
        res.on('data', (piece: string) => {
          text += piece
        })
        res.on('error', reject)
        res.on('end', () =>
          resolve({
            status: res.statusCode ?? 0,
            headers: res.headers,
            text,
            json: () => JSON.parse(text) as unknown,
          }),
        )
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}
