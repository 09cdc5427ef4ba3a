export type ReadResponse = Readonly<{
  status: number
  headers: ReadonlyArray<readonly [string, string]>
  body: string
  /** Whether the connection ended before the body did. */
  cut: boolean
}>

const HEAD =
  /^HTTP\/1\.1 ([1-5]\d\d) [\x20-\x7e]*\r\n((?:[!#$%&'*+.^_`|~\w-]+: ?[\t\x20-\x7e\x80-\xff]*\r\n)*)\r\n/

/**
 * All that a connection gave, as responses to anything but HEAD, by a strict reader (RFC 9112). Throws where a byte belongs to none.
 */
export function readResponses(bytes: string): readonly ReadResponse[] {
  const responses: ReadResponse[] = []
  let left = bytes
  while (left !== '') {
    const [head = '', status = '', lines = ''] = HEAD.exec(left) ?? []
    if (head === '') {
      // A head may be cut short, but not be anything else than one.
      if ('HTTP/1.1 '.startsWith(left.slice(0, 9)) && !left.includes('\r\n\r\n')) return responses
      throw new Error(`no response: ${JSON.stringify(left.slice(0, 200))}`)
    }
    left = left.slice(head.length)
    const headers = lines
      .split('\r\n')
      .slice(0, -1)
      .map((line): readonly [string, string] => {
        const colon = line.indexOf(':')
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
      })
    const values = (name: string) =>
      headers.filter(([key]) => key === name).map(([, value]) => value)
    const lengths = values('content-length')
    const codings = values('transfer-encoding')
    if (lengths.length + codings.length > 1) throw new Error(`two framings: ${lines}`)
    const code = Number(status)
    if (code < 200 || code === 204 || code === 304) {
      responses.push({ status: code, headers, body: '', cut: false })
      continue
    }
    if (codings.length === 1) {
      const { body, rest, cut } = readChunks(left)
      responses.push({ status: code, headers, body, cut })
      left = rest
    } else if (lengths.length === 1) {
      const length = Number(lengths[0])
      const body = left.slice(0, length)
      responses.push({ status: code, headers, body, cut: body.length < length })
      left = left.slice(body.length)
    } else {
      // Framed by the end of the connection, which must then be announced.
      if (values('connection')[0] !== 'close') throw new Error(`no framing: ${lines}`)
      responses.push({ status: code, headers, body: left, cut: false })
      left = ''
    }
  }
  return responses
}

function readChunks(bytes: string): { body: string; rest: string; cut: boolean } {
  let body = ''
  let rest = bytes
  for (;;) {
    const [line = '', size = ''] = /^([0-9a-f]+)\r\n/i.exec(rest) ?? []
    if (line === '') {
      if (/^[0-9a-f]*\r?$/i.test(rest)) return { body, rest: '', cut: true }
      throw new Error(`no chunk: ${JSON.stringify(rest.slice(0, 100))}`)
    }
    const length = Number.parseInt(size, 16)
    const piece = rest.slice(line.length, line.length + length)
    const end = rest.slice(line.length + length, line.length + length + 2)
    body += piece
    if (piece.length < length || end.length < 2) return { body, rest: '', cut: true }
    if (end !== '\r\n') throw new Error(`a chunk without end: ${JSON.stringify(end)}`)
    rest = rest.slice(line.length + length + 2)
    if (length === 0) return { body, rest, cut: false }
  }
}
