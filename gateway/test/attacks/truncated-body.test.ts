import { expect } from 'chai'
import { TOOL_CALL } from '../integration/gateway/world.ts'
import { chunk, LAST_CHUNK } from '../support/raw-socket.ts'
import { expectExactBody } from './body-trial.ts'
import { besiege, written } from './siege.ts'

const LIMIT = 64 * 1024

/** A limit refuses; a body that is cut and passed on would be another call than the one that was judged. */
describe('a truncated body', () => {
  const siege = besiege(() => ({ maxBodyBytes: LIMIT }))

  it('is none at exactly the limit', async () => {
    await expectExactBody(siege, TOOL_CALL.padEnd(LIMIT))
  })

  it('is never passed on: a byte more is refused, announced or in chunks', async () => {
    const token = await siege.world().tokenOf('generic')
    const body = TOOL_CALL.padEnd(LIMIT + 1)
    const inChunks = written({ token, body: '', lines: ['Transfer-Encoding: chunked'] })
    const pieces = Array.from({ length: 100 }, () => chunk(' '.repeat(1024))).join('')
    for (const request of [
      written({ token, body }),
      inChunks + chunk(body) + LAST_CHUNK,
      inChunks + chunk(TOOL_CALL) + pieces + LAST_CHUNK,
    ]) {
      const answer = await siege.exchange(request)
      expect(answer.status).to.equal(413)
      expect((await siege.auditOf(answer)).reason).to.equal('body_too_large')
      siege.expectNothingPassed()
    }
  })

  it('by a length that is too short leaves a rest that is no request', async () => {
    const token = await siege.world().tokenOf('generic')
    const seen = siege.upstream().requests.length
    const short = written({ token }).replace(/Content-Length: \d+/, 'Content-Length: 10')
    const client = await siege.connect()
    client.write(short)
    await client.ended()
    const arrived = siege.upstream().requests.slice(seen)
    // The rest may be noticed before the first is forwarded or after; it is never more than noticed.
    expect(arrived.map(({ body }) => body)).to.be.deep.oneOf([[], [TOOL_CALL.slice(0, 10)]])
    expect(client.received()).to.not.match(/HTTP\/1\.1 200.*HTTP\/1\.1 200/s)
  })

  for (const [how, cutOff] of [
    ['ends', (request: string) => request.slice(0, -1)],
    ['ends after its head', (request: string) => request.slice(0, request.indexOf('\r\n\r\n') + 4)],
  ] as const) {
    it(`of a connection that ${how} too early is passed on to nobody`, async () => {
      const token = await siege.world().tokenOf('generic')
      for (const request of [
        written({ token }),
        written({ token, body: '', lines: ['Transfer-Encoding: chunked'] }) +
          chunk(TOOL_CALL) +
          LAST_CHUNK,
      ]) {
        const client = await siege.connect()
        client.write(cutOff(request))
        client.socket.end()
        await client.ended()
        for (let reason: unknown; reason !== 'body_incomplete'; ) {
          ;({ reason } = await siege.world().gateway.nextAudit())
        }
      }
      siege.expectNothingPassed()
    })
  }
})
