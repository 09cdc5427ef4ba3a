import { expect } from 'chai'
import { always, OK_JSON, type UpstreamConnection } from '../../support/raw-upstream.ts'
import { bare, post, startPerTest } from './per-test.ts'

const FIVE_MIB = `"${'x'.repeat(5 * 1024 * 1024 - 2)}"`
const TOO_LARGE =
  'HTTP/1.1 413 Payload Too Large\r\ncontent-type: application/json\r\ncontent-length: 15\r\n\r\n{"error":"big"}'

/** Answers at the first bytes of a connection, then does `then` to it. */
function answerAtOnce(then: (connection: UpstreamConnection) => void) {
  const answered = new Set<number>()
  return (connection: UpstreamConnection) => {
    if (answered.has(connection.number)) return
    answered.add(connection.number)
    connection.write(TOO_LARGE)
    then(connection)
  }
}

describe('early 413', () => {
  const start = startPerTest()

  it('passes the answer of an upstream that answers, then stops reading', async () => {
    const { upstream, doors, connect } = await start(() => {}, {
      onUpstreamBytes: answerAtOnce(({ socket }) => socket.pause()),
    })
    const client = await connect()
    client.write(post(FIVE_MIB))
    expect((await client.readResponse()).status).to.equal(413)
    expect((await doors.outcomes.take()).aborted).to.equal(undefined)
    // The rest of the body would wait for ever in a connection that nobody reads.
    const [connection] = upstream.connections
    connection?.socket.resume()
    await connection?.closed
    expect(connection?.bytes().length).to.be.lessThan(FIVE_MIB.length)
  })

  for (const [how, then] of [
    ['closes its side', ({ socket }: UpstreamConnection) => socket.end()],
    ['closes on unread bytes', ({ socket }: UpstreamConnection) => socket.destroySoon()],
    ['resets', ({ socket }: UpstreamConnection) => setImmediate(() => socket.resetAndDestroy())],
  ] as const) {
    it(`gives the 413 or a clean 502 when the upstream answers and ${how}`, async () => {
      const { upstream, connect } = await start(() => {}, { onUpstreamBytes: answerAtOnce(then) })
      for (let turn = 0; turn < 5; turn += 1) {
        const client = await connect()
        client.write(post(FIVE_MIB))
        const { status, body } = await client.readResponse()
        expect(status).to.be.oneOf([413, 502])
        expect(JSON.parse(body)).to.have.property('error')
        // The client's connection is whole: the body was read before it was forwarded.
        client.write(bare('GET', [], '/unknown'))
        expect((await client.readResponse()).status).to.equal(404)
      }
      expect(upstream.connections).to.have.length(5)
    })
  }

  it('gives a clean 502 when the upstream closes in the middle of the body without an answer', async () => {
    const { doors, connect } = await start(() => {}, {
      onUpstreamBytes: ({ socket }) => socket.destroy(),
    })
    const client = await connect()
    client.write(post(FIVE_MIB))
    expect((await client.readResponse()).status).to.equal(502)
    expect(await doors.refusals.take()).to.equal('upstream_unreachable')
  })

  it("gives the gateway's own 413 to a client that announces too much and goes on sending", async () => {
    const { upstream, doors, connect } = await start(always(OK_JSON), { maxBodyBytes: 1024 })
    const client = await connect()
    client.write(post(FIVE_MIB))
    const { status, headers } = await client.readResponse()
    expect(status).to.equal(413)
    expect(headers.connection).to.deep.equal(['close'])
    expect(await doors.refusals.take()).to.equal('body_too_large')
    await client.ended()
    expect(upstream.connections).to.have.length(0)
  })
})
