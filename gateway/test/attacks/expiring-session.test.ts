import { expect } from 'chai'
import { failure, issued, triple } from '../support/fake-sts.ts'
import { besiege, written } from './siege.ts'

const LOOK_MS = 50

describe('an expiring session', () => {
  const siege = besiege(() => ({ minimumCredentialSeconds: 1, refreshAheadSeconds: 1 }))
  afterEach(() => siege.world().sts.script((_call, number) => issued(triple(number))))

  const keyOf = async (token: string) => {
    const { headers } = await siege.expectForwarded(token)
    return headers.find(([name]) => name.toLowerCase() === 'x-aws-access-key-id')?.[1]
  }

  it('in the middle of a stream leaves the stream, and the next request has a new one', async () => {
    const { sts, tokenOf } = siege.world()
    sts.script((_call, number) => issued(triple(number, 3)))
    const token = await tokenOf('generic', { sub: 'streaming' })
    siege.answerWith(({ line, connection }) =>
      connection.write(
        line.startsWith('GET')
          ? 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: first\n\n'
          : 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}',
      ),
    )
    const first = await keyOf(token)
    const client = await siege.connect()
    client.write(written({ method: 'GET', token, lines: ['Accept: text/event-stream'] }))
    await client.readUntil('data: first')
    const stream = siege.upstream().requests.at(-1)

    let next = first
    while (next === first) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
      next = await keyOf(token)
    }
    stream?.connection.write('data: second\n\n')
    await client.readUntil('data: second')
  }).timeout(10_000)

  it('is never handed out below the life that a request needs', async () => {
    const { sts, tokenOf } = siege.world()
    sts.script((_call, number) => issued(triple(number, 2)))
    const token = await tokenOf('generic', { sub: 'brief' })
    const until = Date.now() + 3000
    while (Date.now() < until) {
      const { headers } = await siege.expectForwarded(token)
      const end = headers.find(([name]) => name === 'x-aws-credentials-expiration')?.[1] ?? ''
      // The time on the way from the check to here is a few milliseconds.
      expect(Date.parse(end) - Date.now()).to.be.above(900)
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    }
  }).timeout(10_000)

  it('of many at once is renewed once for each, not at every request', async () => {
    const { sts, tokenOf } = siege.world()
    const tokens = await Promise.all(
      Array.from({ length: 10 }, (_, at) => tokenOf('generic', { sub: `herd-${at}` })),
    )
    const before = sts.calls.length
    const answers = await Promise.all(
      tokens.flatMap((token) => Array.from({ length: 10 }, () => siege.world().call(token))),
    )
    expect(answers.filter(({ status }) => status !== 200)).to.deep.equal([])
    expect(sts.calls.length - before).to.equal(tokens.length)
  })

  it('that STS cannot renew is used to its end and no longer, and the client is told to wait', async () => {
    const { sts, tokenOf, call } = siege.world()
    sts.script((_call, number) => issued(triple(number, 3)))
    const token = await tokenOf('generic', { sub: 'lasting' })
    const first = await keyOf(token)
    sts.script(() => failure('Throttling', 400))
    let answer = await call(token)
    while (answer.status === 200) {
      const key = siege.upstream().requests.at(-1)?.headers
      expect(key?.find(([name]) => name === 'x-aws-access-key-id')?.[1]).to.equal(first)
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
      answer = await call(token)
    }
    expect(answer.status).to.equal(503)
    expect(Number(answer.headers['retry-after'])).to.be.above(0)
  }).timeout(10_000)
})
