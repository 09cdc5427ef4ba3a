import type { IncomingMessage, ServerResponse } from 'node:http'
import { expect } from 'chai'
import { createFetchDocument } from '../../../src/login/clients/fetch-client-document.ts'
import { type DocumentHost, json, startDocumentHost } from '../../support/document-host.ts'
import { rejectionOf } from '../../support/known-clients.ts'
import { unusedPort } from '../../support/loopback.ts'
import { selfSigned } from '../../support/self-signed.ts'

const hosts: DocumentHost[] = []

async function start(...args: Parameters<typeof startDocumentHost>): Promise<DocumentHost> {
  const host = await startDocumentHost(...args)
  hosts.push(host)
  return host
}

/** A fetch that finds every name on this machine. */
function fetchFrom(
  host: DocumentHost,
  options: { timeoutMs?: number; maxConcurrent?: number } = {},
) {
  const fetchDocument = createFetchDocument({
    allowPrivate: true,
    ca: host.ca,
    resolveHost: async () => [{ address: '127.0.0.1', family: 4 }],
    ...options,
  })
  return (path = '/client.json', maxBytes = 5120) =>
    fetchDocument(new URL(`https://client.example.test:${host.port}${path}`), maxBytes)
}

describe('createFetchDocument', () => {
  afterEach(async () => {
    for (const host of hosts.splice(0)) await host.close()
  })

  it('gives the text of a document and how long it may be kept', async () => {
    const host = await start(
      json({ client_name: 'Zoë' }, { 'cache-control': 'public, max-age=600' }),
    )
    expect(await fetchFrom(host)()).to.deep.equal({
      text: '{"client_name":"Zoë"}',
      maxAgeSeconds: 600,
    })
    const [request] = host.requests
    expect(request).to.include({ method: 'GET', url: '/client.json' })
    expect(request?.headers).to.include({
      host: `client.example.test:${host.port}`,
      accept: 'application/json',
    })
    expect(request?.headers).to.not.have.any.keys('authorization', 'cookie', 'accept-encoding')
  })

  for (const [cacheControl, seconds] of [
    ['max-age=60', 60],
    ['private, Max-Age="120"', 120],
    ['no-store', 0],
    ['max-age=3600, no-cache', 0],
    ['s-maxage=600', undefined],
    ['max-age=-1', undefined],
    ['', undefined],
  ] as const) {
    it(`reads ${JSON.stringify(cacheControl)} as ${seconds} s`, async () => {
      const host = await start(json({}, { 'cache-control': cacheControl }))
      expect(await fetchFrom(host)()).to.have.property('maxAgeSeconds', seconds)
    })
  }

  for (const type of [
    'application/json; charset=utf-8',
    'Application/JSON;charset="UTF-8"',
    'application/oauth-client+json',
    'application/jwk-set+json',
  ]) {
    it(`takes ${type}`, async () => {
      const host = await start(json({}, { 'content-type': type }))
      expect(await fetchFrom(host)()).to.have.property('text', '{}')
    })
  }

  type Wrong = Readonly<{ what: string; says: string; kind?: 'unreachable' }> &
    Readonly<{ answer: (req: IncomingMessage, res: ServerResponse) => void }>
  const status = (code: number) => (_req: IncomingMessage, res: ServerResponse) => {
    res.writeHead(code, { 'content-type': 'application/json' })
    res.end('{}')
  }
  const typed = (type: string) => json({}, { 'content-type': type })
  const WRONG: readonly Wrong[] = [
    { what: '404', answer: status(404), says: 'status 404' },
    { what: '203', answer: status(203), says: 'status 203' },
    { what: '206', answer: status(206), says: 'status 206' },
    { what: '301', answer: status(301), says: 'status 301' },
    { what: 'a bot check', answer: status(403), says: 'status 403', kind: 'unreachable' },
    { what: '429', answer: status(429), says: 'status 429', kind: 'unreachable' },
    { what: '503', answer: status(503), says: 'status 503', kind: 'unreachable' },
    { what: 'HTML', answer: typed('text/html'), says: 'content type' },
    { what: 'text', answer: typed('text/json'), says: 'content type' },
    { what: 'a list of types', answer: typed('application/json, text/html'), says: 'content type' },
    { what: 'Latin-1', answer: typed('application/json; charset=latin1'), says: 'UTF-8' },
    {
      what: 'no type',
      answer: (_req, res) => void res.end('{}'),
      says: 'content type',
    },
    {
      what: 'bytes that are not UTF-8',
      answer: (_req, res) => {
        res.writeHead(200, { 'content-type': 'application/json' })
        res.end(Buffer.from([0x22, 0xff, 0x22]))
      },
      says: 'UTF-8',
    },
    {
      what: 'a compressed body',
      answer: json({}, { 'content-encoding': 'gzip' }),
      says: 'compressed',
    },
    {
      what: 'a document that is too large, by its length',
      answer: json({ a: 'x'.repeat(5120) }),
      says: 'larger than 5120 bytes',
    },
    {
      what: 'a document that never ends',
      answer: (_req, res) => {
        res.writeHead(200, { 'content-type': 'application/json' })
        const more = () => {
          while (!res.destroyed && res.write('x'.repeat(1024)));
        }
        res.on('drain', more)
        more()
      },
      says: 'larger than 5120 bytes',
    },
    {
      what: 'a connection that breaks off',
      answer: (_req, res) => {
        res.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
        res.write('{', () => res.destroy())
      },
      says: 'cannot be reached',
      kind: 'unreachable',
    },
    {
      what: 'a change of protocols',
      answer: (_req, res) => {
        res.socket?.end(
          'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
        )
      },
      says: 'status 101',
    },
    {
      what: 'headers without end',
      answer: (_req, res) => {
        res.socket?.write(`HTTP/1.1 200 OK\r\n${'x-filler: 0123456789\r\n'.repeat(2000)}`)
      },
      says: 'cannot be reached',
      kind: 'unreachable',
    },
  ]
  for (const { what, answer, says, kind = 'unusable' } of WRONG) {
    it(`refuses ${what} as ${kind}`, async () => {
      const refusal = await rejectionOf(fetchFrom(await start(answer))())
      expect(refusal).to.include({ name: 'DocumentError', kind })
      expect(refusal).to.have.property('message').that.includes(says)
    })
  }

  for (const [what, answer] of [
    ['says nothing', () => undefined],
    [
      'drips',
      (_req: IncomingMessage, res: ServerResponse) => {
        res.writeHead(200, { 'content-type': 'application/json' })
        const drip = setInterval(() => res.write(' '), 20)
        res.on('close', () => clearInterval(drip))
      },
    ],
  ] as const) {
    it(`leaves a host that ${what} when the time is over, and closes the connection`, async () => {
      const host = await start(answer)
      const startedAt = performance.now()
      const refusal = await rejectionOf(fetchFrom(host, { timeoutMs: 300 })())
      expect(refusal).to.include({
        kind: 'unreachable',
        message: 'its host does not answer in time',
      })
      expect(performance.now() - startedAt).to.be.at.least(250)
    })
  }

  it('leaves a DNS that says nothing when the time is over', async () => {
    const fetchDocument = createFetchDocument({
      allowPrivate: false,
      timeoutMs: 100,
      resolveHost: () => new Promise(() => undefined),
    })
    const refusal = await rejectionOf(fetchDocument(new URL('https://client.example.test/a'), 10))
    expect(refusal).to.include({ kind: 'unreachable', message: 'its host does not answer in time' })
  })

  it('takes a host where nothing listens for one that may come back', async () => {
    const port = await unusedPort()
    const fetchDocument = createFetchDocument({ allowPrivate: true })
    const refusal = await rejectionOf(fetchDocument(new URL(`https://127.0.0.1:${port}/a`), 5120))
    expect(refusal).to.include({ kind: 'unreachable', message: 'its host cannot be reached' })
  })

  for (const [what, certificate] of [
    ['of another host', selfSigned(['other.example.test'])],
    ['that has expired', selfSigned(['client.example.test'], -60_000)],
  ] as const) {
    it(`does not read from a host with a certificate ${what}`, async () => {
      const host = await start(json({}), certificate)
      const refusal = await rejectionOf(fetchFrom(host)())
      expect(refusal).to.include({
        kind: 'unusable',
        message: 'the certificate of its host is not trusted',
      })
      expect(host.requests).to.have.length(0)
    })
  }

  it('does not read from a host whose certificate nobody vouches for', async () => {
    const host = await start(json({}))
    const fetchDocument = createFetchDocument({
      allowPrivate: true,
      resolveHost: async () => [{ address: '127.0.0.1', family: 4 }],
    })
    const url = new URL(`https://client.example.test:${host.port}/a`)
    expect(await rejectionOf(fetchDocument(url, 5120))).to.include({ kind: 'unusable' })
    expect(host.requests).to.have.length(0)
  })

  it('goes round the proxy that the environment names', async () => {
    const host = await start(json({}))
    const before = process.env.HTTPS_PROXY
    process.env.HTTPS_PROXY = `http://127.0.0.1:${await unusedPort()}`
    try {
      expect(await fetchFrom(host)()).to.have.property('text', '{}')
    } finally {
      if (before === undefined) delete process.env.HTTPS_PROXY
      else process.env.HTTPS_PROXY = before
    }
  })

  it('fetches no more documents at once than it may, and goes on when they are done', async () => {
    const waiting: ServerResponse[] = []
    let arrived = (): void => undefined
    const bothArrived = new Promise<void>((resolve) => {
      arrived = resolve
    })
    let isOpen = false
    const finish = (res: ServerResponse) => {
      res.writeHead(200, { 'content-type': 'application/json' })
      res.end('{}')
    }
    const host = await start((_req, res) => {
      if (isOpen) return finish(res)
      waiting.push(res)
      if (waiting.length === 2) arrived()
    })
    const fetchDocument = fetchFrom(host, { maxConcurrent: 2 })
    const first = [fetchDocument('/1'), fetchDocument('/2')]
    await bothArrived
    expect(await rejectionOf(fetchDocument('/3'))).to.include({ kind: 'unreachable' })
    expect(host.requests).to.have.length(2)
    isOpen = true
    waiting.forEach(finish)
    await Promise.all(first)
    expect(await fetchDocument('/4')).to.have.property('text', '{}')
  })
})
