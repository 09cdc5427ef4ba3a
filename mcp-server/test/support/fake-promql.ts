import { createHash, createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request as CloudWatch's PromQL API would see it. */
export type PromqlCall = Readonly<{
  method: string
  path: string
  /** Parameters in order, repeated ones too. */
  query: ReadonlyArray<readonly [string, string]>
  region: string
  service: string
  accessKeyId: string
  sessionToken: string
  /** Whether the signature is the one that the secret gives for this very request. */
  signed: boolean
  /** Settles when the connection is closed; `finished` tells whether the answer went out whole. */
  ended: Promise<{ finished: boolean }>
}>

export type PromqlReply = Readonly<{
  status?: number
  headers?: Readonly<Record<string, string>>
  body: unknown
}>

export type FakePromql = Readonly<{
  url: string
  calls: readonly PromqlCall[]
  connections: () => number
  on: (handler: (call: PromqlCall) => PromqlReply | Promise<PromqlReply>) => void
  close: () => Promise<void>
}>

/** The PromQL API at the wire; checks each signature by itself, after the rules of Signature Version 4. */
export async function startFakePromql(secretAccessKey: string): Promise<FakePromql> {
  const calls: PromqlCall[] = []
  let connections = 0
  let handler: (call: PromqlCall) => PromqlReply | Promise<PromqlReply> = () => ({
    body: { status: 'success', data: [] },
  })
  const server = createServer(async (req, res) => {
    const ended = new Promise<{ finished: boolean }>((resolve) => {
      res.once('close', () => resolve({ finished: res.writableFinished }))
    })
    const call = { ...toCall(req, secretAccessKey), ended }
    calls.push(call)
    const { status = 200, headers = {}, body } = await handler(call)
    res.writeHead(status, { 'content-type': 'application/json', ...headers })
    res.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  server.on('connection', () => {
    connections += 1
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // a TCP server has an address object
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    connections: () => connections,
    on: (next) => {
      handler = next
    },
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function toCall(req: IncomingMessage, secret: string): Omit<PromqlCall, 'ended'> {
  const [path = '', search = ''] = (req.url ?? '').split('?')
  const authorization = req.headers.authorization ?? ''
  const form =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=(\S+), Signature=([0-9a-f]{64})$/
  const [, accessKeyId = '', date = '', region = '', service = '', names = '', signature = ''] =
    form.exec(authorization) ?? []
  const canonical = [
    req.method,
    // Every part of the path is encoded once more than it came.
    path.split('/').map(encode).join('/'),
    search.split('&').filter(Boolean).sort().join('&'),
    ...names.split(';').map((name) => `${name}:${String(req.headers[name]).trim()}`),
    '',
    names,
    createHash('sha256').update('').digest('hex'),
  ].join('\n')
  const scope = `${date}/${region}/${service}/aws4_request`
  const toSign = [
    'AWS4-HMAC-SHA256',
    req.headers['x-amz-date'],
    scope,
    createHash('sha256').update(canonical).digest('hex'),
  ].join('\n')
  const hmac = (key: string | Buffer, text: string) =>
    createHmac('sha256', key).update(text).digest()
  const key = hmac(hmac(hmac(hmac(`AWS4${secret}`, date), region), service), 'aws4_request')
  return {
    method: req.method ?? '',
    path,
    query: [...new URLSearchParams(search)],
    region,
    service,
    accessKeyId,
    sessionToken: String(req.headers['x-amz-security-token'] ?? ''),
    signed: signature !== '' && hmac(key, toSign).toString('hex') === signature,
  }
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
