import { connect, type Socket } from 'node:net'

/** The start of a response. Names are lower case; repeated headers keep all their values. */
export type RawHead = Readonly<{
  version: string
  status: number
  headers: Readonly<Record<string, readonly string[]>>
  text: string
}>

export type RawResponse = RawHead & Readonly<{ body: string }>

/** A client that writes exactly the bytes it is told and reads responses step by step. */
export type RawSocket = Readonly<{
  socket: Socket
  write: (bytes: string | Buffer) => void
  /** All bytes received so far, as latin-1. */
  received: () => string
  /** Reads past `marker` and gives what came up to its end. */
  readUntil: (marker: string) => Promise<string>
  readHead: () => Promise<RawHead>
  /** Head and body by its framing: none, `content-length`, chunked (decoded), or all until the end. */
  readResponse: () => Promise<RawResponse>
  /** How the connection ended: with a FIN or with an error such as a reset. */
  ended: () => Promise<'end' | 'error'>
  destroy: () => void
}>

/** Opens a connection to a port of this machine. Every read fails after `timeoutMs`, or when nothing can come any more. */
export async function openRawSocket(port: number, timeoutMs = 5000): Promise<RawSocket> {
  const socket = connect({ port, host: '127.0.0.1' })
  let text = ''
  let at = 0
  let end: 'end' | 'error' | undefined
  const watchers = new Set<() => void>()
  const notify = () => {
    for (const watcher of [...watchers]) watcher()
  }
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => {
    text += chunk
    notify()
  })
  const finish = (how: 'end' | 'error') => () => {
    end ??= how
    notify()
  }
  socket.on('end', finish('end')).on('error', finish('error')).on('close', finish('end'))

  /** Resolves with the first defined value that `look` gives, now or after any later event. */
  const until = <T>(what: string, look: () => T | undefined): Promise<T> =>
    new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer)
        watchers.delete(watcher)
      }
      const timer = setTimeout(() => {
        stop()
        reject(new Error(`no ${what} within ${timeoutMs} ms; received: ${JSON.stringify(text)}`))
      }, timeoutMs)
      const watcher = () => {
        const found = look()
        if (found !== undefined) {
          stop()
          resolve(found)
        } else if (end !== undefined) {
          stop()
          reject(new Error(`no ${what} before the end; received: ${JSON.stringify(text)}`))
        }
      }
      watchers.add(watcher)
      watcher()
    })

  const readUntil = (marker: string): Promise<string> =>
    until(JSON.stringify(marker), () => {
      const found = text.indexOf(marker, at)
      if (found === -1) return undefined
      const piece = text.slice(at, found + marker.length)
      at = found + marker.length
      return piece
    })

  const readBytes = (count: number): Promise<string> =>
    until(`${count} bytes`, () => {
      if (text.length < at + count) return undefined
      at += count
      return text.slice(at - count, at)
    })

  const readHead = async (): Promise<RawHead> => parseHead(await readUntil('\r\n\r\n'))

  const readChunks = async (): Promise<string> => {
    let body = ''
    for (;;) {
      const size = Number.parseInt(await readUntil('\r\n'), 16)
      if (size === 0) {
        await readUntil('\r\n')
        return body
      }
      body += await readBytes(size)
      await readUntil('\r\n')
    }
  }

  const ended = (): Promise<'end' | 'error'> =>
    until('end of the connection', () => (end === undefined ? undefined : end))

  const readBodyOf = async ({ status, headers }: RawHead): Promise<string> => {
    if (status < 200 || status === 204 || status === 304) return ''
    if (headers['transfer-encoding']?.[0] === 'chunked') return readChunks()
    const length = headers['content-length']?.[0]
    if (length !== undefined) return readBytes(Number(length))
    await ended()
    return readBytes(text.length - at)
  }

  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  return {
    socket,
    write: (bytes) => {
      socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
    },
    received: () => text,
    readUntil,
    readHead,
    readResponse: async () => {
      const head = await readHead()
      return { ...head, body: await readBodyOf(head) }
    },
    ended,
    destroy: () => socket.destroy(),
  }
}

/** Lines joined and closed as HTTP writes them: `request(['GET / HTTP/1.1', 'Host: a'], 'body')`. */
export function httpText(lines: readonly string[], body = ''): string {
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}

/** One chunk of a chunked body. */
export function chunk(data: string): string {
  return `${Buffer.byteLength(data, 'latin1').toString(16)}\r\n${data}\r\n`
}

export const LAST_CHUNK = '0\r\n\r\n'

function parseHead(text: string): RawHead {
  const [statusLine = '', ...lines] = text.trimEnd().split('\r\n')
  const [version = '', status = ''] = statusLine.split(' ')
  const headers: Record<string, string[]> = {}
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    headers[name] = [...(headers[name] ?? []), line.slice(colon + 1).trim()]
  }
  return { version, status: Number(status), headers, text }
}
