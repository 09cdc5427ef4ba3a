import { once } from 'node:events'
import { expect } from 'chai'
import { chunk } from '../../support/raw-socket.ts'
import type { Respond } from '../../support/raw-upstream.ts'
import { bare, post, startPerTest } from './per-test.ts'

const SSE_HEAD =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'
const EVENT = 'data: 1\n\n'

const streamOneEvent: Respond = ({ connection }) => connection.write(SSE_HEAD + chunk(EVENT))
const silent: Respond = () => {}

describe('client abort', () => {
  const start = startPerTest()

  for (const [method, request] of [
    ['POST', post()],
    ['GET', bare('GET')],
    ['DELETE', bare('DELETE')],
  ] as const) {
    for (const how of ['closes', 'resets'] as const) {
      it(`ends the upstream request when the client ${how} after the first event of a ${method}`, async () => {
        const { upstream, doors, connect } = await start(streamOneEvent)
        const client = await connect()
        client.write(request)
        await client.readUntil(EVENT)
        if (how === 'closes') client.destroy()
        else client.socket.resetAndDestroy()
        await upstream.connections[0]?.closed
        expect(await doors.outcomes.take()).to.deep.equal({
          status: 200,
          bytes: EVENT.length,
          aborted: 'client',
        })
      })

      it(`ends the upstream request when the client ${how} before the headers of a ${method}`, async () => {
        const { upstream, doors, connect } = await start(silent)
        const client = await connect()
        client.write(request)
        const { connection } = await upstream.arrivals.take()
        if (how === 'closes') client.destroy()
        else client.socket.resetAndDestroy()
        await connection.closed
        expect(await doors.outcomes.take()).to.deep.equal({
          status: undefined,
          bytes: 0,
          aborted: 'client',
        })
        expect(upstream.requests).to.have.length(1)
      })
    }
  }

  it('never sends a request whose client leaves while it waits for a connection', async () => {
    const { upstream, doors, connect } = await start(silent, { forward: { maxSockets: 1 } })
    const first = await connect()
    first.write(post('{"id":1}'))
    const held = await upstream.arrivals.take()
    const second = await connect()
    second.write(post('{"id":2}'))
    // A third on the same connection is answered after the second has reached the queue.
    const third = await connect()
    third.write(bare('GET', [], '/unknown'))
    expect((await third.readResponse()).status).to.equal(404)
    second.destroy()
    expect((await doors.outcomes.take()).aborted).to.equal('client')
    held.connection.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
    expect((await first.readResponse()).status).to.equal(200)
    const fourth = await connect()
    fourth.write(post('{"id":4}'))
    expect((await upstream.arrivals.take()).body).to.equal('{"id":4}')
    expect(upstream.requests.map(({ body }) => body)).to.deep.equal(['{"id":1}', '{"id":4}'])
  })

  it('forwards nothing when the client leaves in the middle of its body', async () => {
    const { upstream, doors, connect } = await start(silent)
    const client = await connect()
    client.write(post('{"id":1}').slice(0, -3))
    client.socket.end()
    expect(await doors.refusals.take()).to.equal('body_incomplete')
    await client.ended()
    expect(upstream.connections).to.have.length(0)
  })

  it('forwards nothing when the client has left before forwarding begins', async () => {
    const { upstream, doors, connect } = await start(silent, {
      beforeBody: async (res) => {
        client.destroy()
        await once(res, 'close')
      },
    })
    const client = await connect()
    client.write(bare('GET'))
    const { aborted } = await doors.outcomes.take()
    expect(aborted).to.equal('client')
    await doors.close()
    expect(upstream.requests).to.have.length(0)
  })

  it('leaves other requests of the pool alone', async () => {
    const { upstream, connect } = await start(streamOneEvent)
    const [leaving, staying] = [await connect(), await connect()]
    leaving.write(post())
    await leaving.readUntil(EVENT)
    staying.write(post())
    await staying.readUntil(EVENT)
    leaving.destroy()
    await upstream.connections[0]?.closed
    upstream.connections[1]?.write(chunk('data: 2\n\n'))
    await staying.readUntil('data: 2\n\n')
  })
})
