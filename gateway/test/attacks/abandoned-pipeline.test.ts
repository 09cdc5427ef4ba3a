import { expect } from 'chai'
import { chunk } from '../support/raw-socket.ts'
import { always, OK_JSON } from '../support/raw-upstream.ts'
import { besiege, written } from './siege.ts'

const STREAM =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'

/**
 * Requests behind one another on a connection run at once, and their answers wait for the first. A client that leaves
 * must end all of them: what waits in line has no socket whose end would tell.
 */
describe('an abandoned pipeline', () => {
  const siege = besiege(() => ({ maxConcurrentPerPrincipal: 4 }))

  for (const [what, parts] of [
    ['calls', {}],
    ['calls without a body', { body: '' }],
    ['streams', { method: 'GET' }],
  ] as const) {
    for (const answered of [false, true]) {
      it(`of ${what} ${answered ? 'that have begun to be answered' : 'without an answer'} holds nothing up`, async () => {
        const { gateway, tokenOf } = siege.world()
        const token = await tokenOf('generic', { sub: `u-${what}-${answered}` })
        if (answered) {
          siege.answerWith(({ connection }) => connection.write(STREAM + chunk('data: 1\n\n')))
        } else {
          siege.answerWith(() => {})
        }
        const seen = siege.upstream().requests.length
        const client = await siege.connect()
        client.write(written({ ...parts, token }).repeat(4))
        while (siege.upstream().requests.length < seen + 4) await siege.upstream().arrivals.take()
        if (answered) await client.readUntil('data: 1\n\n')
        client.destroy()
        for (let count = 0; count < 4; count += 1) {
          expect((await gateway.nextAudit()).outcome).to.equal('client_left')
        }
        const used = siege.upstream().requests.slice(seen)
        await Promise.all(used.map(({ connection }) => connection.closed))
        // All four places of this principal are free again.
        siege.answerWith(always(OK_JSON))
        for (let count = 0; count < 5; count += 1) {
          await siege.expectForwarded(token)
          expect((await gateway.nextAudit()).outcome).to.equal('forwarded')
        }
      })
    }
  }
})
