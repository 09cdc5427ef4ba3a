import type { ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import { createMailbox } from '../support/mailbox.ts'
import type { RawSocket } from '../support/raw-socket.ts'
import { requirement } from './support/requirement.ts'
import {
  bytesOf,
  LIST_TOOLS,
  type ResourceServer,
  startResourceServer,
} from './support/resource-server.ts'

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
} as const

const LATEST_HEAD_MS = 200
const LISTEN = '{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{}}'

/** Both ends of a stream that has begun. */
type Stream = Readonly<{ client: RawSocket; upstream: ServerResponse }>

describe('streams', () => {
  let server: ResourceServer

  before(async () => {
    server = await startResourceServer(() => ({ responseHeaderTimeoutMs: LATEST_HEAD_MS }))
  })
  after(() => server.stop())

  /** Sends a request; the MCP server begins to answer by a stream and waits. */
  const begin = async (method: 'GET' | 'POST' = 'POST', body = LIST_TOOLS): Promise<Stream> => {
    const responses = createMailbox<ServerResponse>('request at the MCP server')
    server.mcp.script((_request, res) => {
      res.writeHead(200, HEADERS)
      res.flushHeaders()
      responses.put(res)
    })
    const client = await server.connect()
    const authorization = `Authorization: Bearer ${await server.token()}`
    client.write(bytesOf(method, [authorization], method === 'GET' ? '' : body))
    return { client, upstream: await responses.take() }
  }

  requirement('T5a', 'the head comes without an event', async () => {
    const { client, upstream } = await begin()
    expect((await client.readHead()).status).to.equal(200)
    upstream.end()
  })

  requirement('T5b', 'an event comes before the next is written', async () => {
    const { client, upstream } = await begin()
    await client.readHead()
    for (const number of [1, 2, 3]) {
      upstream.write(`data: ${number}\n\n`)
      await client.readUntil(`data: ${number}\n\n`)
    }
    upstream.end()
    await client.readUntil('0\r\n\r\n')
  })

  requirement('T5c', 'the headers of a stream stay', async () => {
    const { client, upstream } = await begin()
    const { headers } = await client.readHead()
    for (const [name, value] of Object.entries(HEADERS)) {
      expect(headers[name]).to.deep.equal([value])
    }
    expect(headers).to.not.have.any.keys('content-length', 'content-encoding')
    upstream.end()
  })

  requirement('T5d', 'the bytes of a stream stay', async () => {
    const text = [
      ': keepalive\n\n',
      'id: 578c-1/0\nretry: 300\ndata: \n\n',
      ':\r\n\r\n',
      'id: 578c-1/1\nevent: message\ndata: {"jsonrpc":"2.0",\ndata: "id":1,"result":{}}\n\n',
    ].join('')
    const { client, upstream } = await begin()
    upstream.end(text)
    expect((await client.readResponse()).body).to.equal(text)
  })

  for (const method of ['GET', 'POST'] as const) {
    requirement('T6', `silence does not end a stream of ${method}`, async () => {
      const { client, upstream } = await begin(method)
      await client.readHead()
      // Three times what the head may take: the time is what is tested here.
      await pause(3 * LATEST_HEAD_MS)
      upstream.write('data: late\n\n')
      await client.readUntil('data: late\n\n')
      upstream.end()
    })
  }

  requirement('T7', 'a stream of a server that dies is cut off', async () => {
    const { client, upstream } = await begin()
    await client.readHead()
    upstream.write('data: 1\n\n')
    await client.readUntil('data: 1\n\n')
    upstream.destroy()
    await client.ended()
    expect(client.received()).to.not.contain('\r\n0\r\n\r\n')
  })

  for (const [when, write] of [
    ['before its first event', false],
    ['between two events', true],
  ] as const) {
    requirement('TM1', `a client that leaves ${when} ends the request at the server`, async () => {
      const { client, upstream } = await begin()
      await client.readHead()
      if (write) {
        upstream.write('data: 1\n\n')
        await client.readUntil('data: 1\n\n')
      }
      const closed = new Promise<boolean>((resolve) => {
        upstream.once('close', () => resolve(upstream.writableFinished))
      })
      client.destroy()
      expect(await closed).to.equal(false)
    })
  }

  requirement(
    'TM1',
    'a client that leaves before the head ends the request at the server',
    async () => {
      const responses = createMailbox<ServerResponse>('request at the MCP server')
      server.mcp.script((_request, res) => responses.put(res))
      const client = await server.connect()
      client.write(bytesOf('POST', [`Authorization: Bearer ${await server.token()}`], LIST_TOOLS))
      const upstream = await responses.take()
      const closed = new Promise((resolve) => upstream.once('close', resolve))
      client.destroy()
      await closed
      expect(upstream.headersSent).to.equal(false)
    },
  )

  requirement('TM4', 'a subscription stays open and others are served beside it', async () => {
    const { client, upstream } = await begin('POST', LISTEN)
    await client.readHead()
    server.mcp.script((_request, res) => res.writeHead(202).end())
    expect((await server.call(await server.token())).status).to.equal(202)
    await pause(3 * LATEST_HEAD_MS)
    upstream.write('data: {"method":"notifications/tools/list_changed"}\n\n')
    await client.readUntil('list_changed')
    upstream.end()
    await client.readUntil('0\r\n\r\n')
  })
})
