import { expect } from 'chai'
import { createMailbox } from '../../support/mailbox.ts'
import { listenPerTest } from './listener-per-test.ts'

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
/** Longer than any test: what ends before did not wait for it. */
const LONG_MS = 60_000

describe('close of a listener that keeps idle connections for a while', () => {
  const listen = listenPerTest()

  it('answers a request that was on its way, and ends the connection with it', async () => {
    const { listener, connect } = await listen(async (_req, res) => void res.end('ok'))
    const used = await connect()
    used.write(GET)
    await used.readResponse()
    const unused = await connect()
    const closed = listener.close(LONG_MS, LONG_MS)
    for (const client of [used, unused]) {
      client.write(GET)
      const { headers, body } = await client.readResponse()
      expect([headers.connection, body]).to.deep.equal([['close'], 'ok'])
      expect(await client.ended()).to.equal('end')
    }
    await closed
  })

  it('answers the request behind a stream whose head had promised to keep the connection', async () => {
    const begun = createMailbox<() => void>('request')
    const { listener, connect } = await listen(async (req, res) => {
      if (req.url === '/next') return void res.end('next')
      res.writeHead(200, { 'content-length': 9 }).write('first')
      begun.put(() => res.end('last'))
    })
    const client = await connect()
    client.write(GET)
    const end = await begun.take()
    await client.readUntil('first')
    const closed = listener.close(LONG_MS, LONG_MS)
    end()
    await client.readUntil('last')
    client.write('GET /next HTTP/1.1\r\nHost: a\r\n\r\n')
    await client.readUntil('next')
    expect(client.received()).to.match(/connection: close/i)
    await closed
  })

  it('ends a connection on which nothing comes, and is over with it', async () => {
    const { listener, connect } = await listen(async (_req, res) => void res.end('ok'))
    const used = await connect()
    used.write(GET)
    await used.readResponse()
    const unused = await connect()
    await listener.close(LONG_MS, 20)
    await used.ended()
    await unused.ended()
  })

  it('waits for idle connections no longer than for running requests', async () => {
    const { listener, connect } = await listen(async (_req, res) => void res.end('ok'))
    const idle = await connect()
    idle.write(GET)
    await idle.readResponse()
    await listener.close(20, LONG_MS)
    await idle.ended()
  })
})
