import { expect } from 'chai'
import { besiege, principalOf, written } from '../attacks/siege.ts'
import { triple } from '../support/fake-sts.ts'
import { chunk, LAST_CHUNK, openRawSocket } from '../support/raw-socket.ts'
import type { RawUpstream, RecordedRequest } from '../support/raw-upstream.ts'
import { describeFuzz, RUNS, SEED } from './check.ts'
import { createPick, createRandom, mutate } from './mutate.ts'
import { readResponses } from './read-responses.ts'

const AT_ONCE = 20
const folded = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')

describeFuzz(`any bytes of a client (FUZZ_SEED=${SEED})`, () => {
  const siege = besiege(() => ({ requestBurstPerPrincipal: 1_000_000 }))
  const tokens: string[] = []
  let bases: readonly string[]
  let hostile: readonly string[]

  before(async () => {
    for (const sub of ['u-alice', 'u-ben']) {
      tokens.push(await siege.world().tokenOf('generic', { sub }))
    }
    const [token, other] = tokens
    const forged = ['X-Aws-Access-Key-Id: FORGED', 'X_Aws_Session_Token: FORGED', 'X-Mcp-Tools: *']
    const call = written({ token, lines: forged })
    const chunked = written({ token: other, body: '', lines: ['Transfer-Encoding: chunked'] })
    bases = [
      call,
      call + call,
      `${chunked}${chunk('{"method":"ping"}')}${LAST_CHUNK}`,
      `${chunked}4;a=b\r\n{"a"\r\n3\r\n:1}\r\n0\r\nX-Trailer: a\r\n\r\n${call}`,
      written({ method: 'GET', token, lines: [...forged, 'Mcp-Session-Id: s'] }),
      written({ method: 'DELETE', token: other }) + call,
      written({ token, lines: ['Expect: 100-continue', ...forged] }),
      written({ method: 'OPTIONS', lines: ['Origin: http://localhost:6274'] }) + call,
      written({ method: 'GET', target: '/whoami', token }),
      written({ method: 'GET', target: '/healthz' }) + written({ method: 'GET', target: '/' }),
      written({ token, lines: ['Upgrade: h2c', 'Connection: Upgrade, HTTP2-Settings'] }),
      written({ token }).replace('HTTP/1.1', 'HTTP/1.0'),
    ]
    hostile = [
      '\r\n',
      '\n',
      '\r',
      '\0',
      ' ',
      '\t',
      ':',
      '\r\nTransfer-Encoding: chunked',
      '\r\nTransfer-Encoding: identity',
      '\r\nTransfer-Encoding:\x0bchunked',
      '\r\nContent-Length: 0',
      '\r\nContent-Length: 5',
      '\r\nConnection: close',
      '\r\nConnection: x-aws-access-key-id, content-length, authorization',
      '\r\nHost: evil.example',
      '\r\nExpect: 100-continue',
      '\r\nUpgrade: websocket',
      '\r\nX-Aws-Access-Key-Id: FORGED',
      '\r\nx-mcp-principal: FORGED/FORGED',
      '\r\n folded',
      '\r\nTrailer: x-aws-access-key-id',
      '0\r\n\r\n',
      'ffffffffffffffff\r\n',
      'POST /mcp HTTP/1.1\r\nHost: gateway.localhost\r\n\r\n',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      '\x16\x03\x01\x02\x00',
      'a'.repeat(9000),
    ]
  })

  /** Writes the bytes, in one piece or several, then says that no more will come, and gives all that comes back. */
  const give = async (bytes: string, pieces: number): Promise<string> => {
    const client = await openRawSocket(siege.world().gateway.port, 10_000)
    const length = Math.ceil(bytes.length / pieces)
    for (let at = 0; at < bytes.length; at += length) {
      client.write(bytes.slice(at, at + length))
      if (pieces > 1) await new Promise((resolve) => setImmediate(resolve))
    }
    client.socket.end()
    await client.ended()
    client.destroy()
    return client.received()
  }

  const expectOurs = (request: RecordedRequest) => {
    expect(request.line).to.match(/^(POST|GET|DELETE) \/mcp HTTP\/1\.1$/)
    const subjects = ['u-alice', 'u-ben']
    expect(principalOf(request)).to.be.oneOf(subjects)
    const alike = (name: string) =>
      request.headers.filter(([key]) => folded(key) === folded(name)).map(([, value]) => value)
    const calls = siege.world().sts.calls.length
    const sessions = Array.from({ length: calls }, (_, at) => triple(at + 1))
    const session = sessions.find(
      ({ AccessKeyId }) => AccessKeyId === alike('x-aws-access-key-id')[0],
    )
    expect(alike('x-aws-access-key-id')).to.deep.equal([session?.AccessKeyId])
    expect(alike('x-aws-secret-access-key')).to.deep.equal([session?.SecretAccessKey])
    expect(alike('x-aws-session-token')).to.deep.equal([session?.SessionToken])
    expect(alike('x-mcp-tools')).to.deep.equal(['*'])
    expect(alike('x-aws-region')).to.deep.equal(['us-east-1'])
    for (const name of [
      'authorization',
      'cookie',
      'transfer-encoding',
      'expect',
      'upgrade',
      'te',
    ]) {
      expect(alike(name), name).to.deep.equal([])
    }
  }

  /** Every byte that the MCP server got belongs to a request that was looked at. */
  const expectNothingBetween = ({ connections, requests }: RawUpstream) => {
    for (const connection of connections) {
      const whole = requests
        .filter((request) => request.connection === connection)
        .map(({ line, headers, body }) =>
          [line, ...headers.map(([name, value]) => `${name}: ${value}`), '', body].join('\r\n'),
        )
      expect(connection.bytes()).to.equal(whole.join(''))
    }
  }

  it('end in answers that a strict reader understands, and nothing unseen reaches the MCP server', async () => {
    const random = createRandom(SEED)
    const pick = createPick(random)
    let answered = 0
    for (let run = 0; run < RUNS; run += AT_ONCE) {
      const batch = Array.from({ length: AT_ONCE }, () => ({
        bytes: mutate(pick(bases), hostile, random),
        pieces: pick([1, 1, 1, 2, 7]),
      }))
      const seen = siege.upstream().requests.length
      await Promise.all(
        batch.map(async ({ bytes, pieces }) => {
          const received = await give(bytes, pieces)
          try {
            answered += readResponses(received).length
          } catch (error) {
            throw new Error(`${String(error)}\nto ${JSON.stringify(bytes)}`)
          }
        }),
      )
      for (const request of siege.upstream().requests.slice(seen)) expectOurs(request)
    }
    expectNothingBetween(siege.upstream())
    const { status } = await siege.world().gateway.send({ path: '/healthz' })
    expect(status).to.equal(200)
    // Most mutations are refused, some pass: both must have happened often.
    expect(answered).to.be.above(RUNS / 2)
    expect(siege.upstream().requests.length).to.be.above(RUNS / 50)
    const bugs = siege
      .world()
      .gateway.logged()
      .filter(({ level }) => level === 'error')
    expect(bugs).to.deep.equal([])
  })
})
