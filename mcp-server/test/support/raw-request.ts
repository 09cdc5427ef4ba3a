import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'

/** Sends a request with its headers as a flat list, so that a name can come twice; gives status, headers and body. */
export async function rawRequest(
  port: number,
  options: Readonly<{
    method?: string
    path?: string
    headers?: readonly string[]
    body?: string
  }>,
): Promise<{ status: number; headers: Record<string, unknown>; body: string }> {
  const body = options.body ?? ''
  const headers = [...(options.headers ?? [])]
  if (!headers.some((name, at) => at % 2 === 0 && name.toLowerCase() === 'host')) {
    headers.push('host', `127.0.0.1:${port}`)
  }
  if (body !== '') headers.push('content-length', String(Buffer.byteLength(body)))
  const req = request({
    port,
    host: '127.0.0.1',
    method: options.method ?? 'GET',
    path: options.path ?? '/',
    headers,
    agent: false,
  })
  req.end(body)
  const [res] = await once(req, 'response')
  const chunks: Buffer[] = []
  for await (const chunk of res) chunks.push(chunk)
  return {
    status: res.statusCode,
    headers: res.headers,
    body: Buffer.concat(chunks).toString('utf8'),
  }
}

/** Writes bytes to a port and gives everything that comes back until the other side closes. */
export async function rawBytes(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.on('error', () => {})
  socket.write(bytes)
  await once(socket, 'close')
  return Buffer.concat(chunks).toString('utf8')
}
