import { expect } from 'chai'
import type { RawSocket } from '../../support/raw-socket.ts'
import type { Received } from '../../support/send.ts'
import { eventually, type LimitedWorld, limitedPerTest, mcpRequest } from './limited-world.ts'

/** `retryAfter` is what a machine without any delay would say; every second that passes is one less. */
function expectTooMany(
  { status, headers, json }: Received,
  error: string,
  retryAfter: number,
  passed = 0,
) {
  expect(status).to.equal(429)
  expect(headers['content-type']).to.equal('application/json; charset=utf-8')
  expect(Number(headers['retry-after'])).to.be.within(retryAfter - passed, retryAfter)
  expect(headers['www-authenticate']).to.equal(undefined)
  expect(json()).to.include({ error })
}

const answerStream: Parameters<LimitedWorld['mcp']['script']>[0] = (_request, res) => {
  res.writeHead(200, { 'content-type': 'text/event-stream' })
  res.write('data: 1\n\n')
}

async function openStream(world: LimitedWorld, token: string, method = 'POST'): Promise<RawSocket> {
  const client = await world.connect()
  client.write(mcpRequest(token, { method }))
  await client.readUntil('data: 1')
  return client
}

describe('principal flood: idle streams', () => {
  const start = limitedPerTest()
  const MAX = 5

  const startFull = async () => {
    const world = await start({ maxConcurrentPerPrincipal: MAX })
    world.mcp.script(answerStream)
    const token = await world.tokenOf('generic')
    const streams: RawSocket[] = []
    for (let count = 0; count < MAX; count += 1) {
      streams.push(await openStream(world, token, count % 2 === 0 ? 'POST' : 'GET'))
    }
    return { world, token, streams }
  }

  it('is stopped at the limit, with 429, before anything is exchanged or forwarded', async () => {
    const { world, token } = await startFull()
    const calls = [world.sts.calls.length, world.mcp.requests.length]
    for (let count = 0; count < 20; count += 1) {
      expectTooMany(await world.call(token), 'too_many_at_once', 5)
      expect(await world.gateway.nextAudit()).to.include({
        outcome: 'refused',
        reason: 'too_many_at_once',
        subject: 'u-alice',
        role_arn: null,
      })
    }
    expect([world.sts.calls.length, world.mcp.requests.length]).to.deep.equal(calls)
  })

  it('counts all tokens of a principal together, whatever the client writes', async () => {
    const { world } = await startFull()
    const token = await world.tokenOf('generic', { jti: 'another', client_id: 'another' })
    for (const headers of [
      { 'x-forwarded-for': '203.0.113.9' },
      { 'x-mcp-principal': 'https%3A%2F%2Fissuer.example/bob' },
      { 'x-real-ip': '203.0.113.9', forwarded: 'for=203.0.113.9' },
    ]) {
      expectTooMany(await world.call(token, { headers }), 'too_many_at_once', 5)
    }
  })

  it('leaves other principals alone, one of the same subject elsewhere included', async () => {
    const { world } = await startFull()
    world.mcp.script((_request, res) => void res.end('{}'))
    for (const token of [
      await world.tokenOf('generic', { sub: 'u-bob' }),
      await world.tokenOf('auth0', { sub: 'u-alice' }),
    ]) {
      expect((await world.call(token)).status).to.equal(200)
    }
  })

  it('over, the principal is served again', async () => {
    const { world, token, streams } = await startFull()
    streams[2]?.destroy()
    expect(await world.gateway.nextAudit()).to.include({ outcome: 'client_left' })
    await openStream(world, token)
    expectTooMany(await world.call(token), 'too_many_at_once', 5)
  })

  it('leaves nothing counted of what failed, was cut or was left', async () => {
    const world = await start({ maxConcurrentPerPrincipal: 1, clientStallMs: 60_000 })
    const token = await world.tokenOf('generic')
    const bodyOf = async (answer: Promise<Received>) => (await answer).status
    // A refusal behind the limit, an upstream that dies, a client that leaves, a body that is too large.
    expect(await bodyOf(world.call(token, { method: 'PUT' }))).to.equal(405)
    world.mcp.script((_request, res) => void res.destroy())
    expect(await bodyOf(world.call(token))).to.equal(502)
    world.mcp.script(answerStream)
    ;(await openStream(world, token)).destroy()
    for (let count = 0; count < 3; count += 1) await world.gateway.nextAudit()
    const body = 'x'.repeat(5 * 1024 * 1024)
    expect(await bodyOf(world.call(token, { body }))).to.equal(413)
    world.mcp.script((_request, res) => void res.end('{}'))
    expect(await bodyOf(world.call(token))).to.equal(200)
  })

  it('keeps no refused connection from being used again', async () => {
    const { world, token } = await startFull()
    const client = await world.connect()
    for (let count = 0; count < 3; count += 1) {
      client.write(mcpRequest(token, { method: 'GET' }))
      const { status, headers } = await client.readResponse()
      expect([status, headers.connection]).to.deep.equal([429, ['keep-alive']])
    }
  })
})

describe('principal flood: requests', () => {
  const start = limitedPerTest()
  const RATE = { requestBurstPerPrincipal: 4, requestsPerMinutePerPrincipal: 60 }

  it('is stopped at the burst, with the time to wait, and served after it', async () => {
    const world = await start(RATE)
    const token = await world.tokenOf('generic')
    const before = Date.now()
    const answers = await Promise.all(Array.from({ length: 20 }, () => world.call(token)))
    const seconds = Math.ceil((Date.now() - before) / 1000)
    const served = answers.filter(({ status }) => status === 200)
    // One more for each second that passed while they came.
    expect(served.length).to.be.within(4, 4 + seconds)
    for (const answer of answers) {
      if (answer.status !== 200) expectTooMany(answer, 'too_many_requests', 1)
    }
    const forwarded = world.mcp.requests.length
    await eventually('it is served again', async () => (await world.call(token)).status === 200)
    expect(world.mcp.requests.length).to.equal(forwarded + 1)
  })

  it('counts /whoami as well', async () => {
    const world = await start({ ...RATE, requestsPerMinutePerPrincipal: 1 })
    const token = await world.tokenOf('generic')
    const whoami = () => world.call(token, { method: 'GET', path: '/whoami', body: '' })
    for (let count = 0; count < 4; count += 1) expect((await whoami()).status).to.equal(200)
    expectTooMany(await whoami(), 'too_many_requests', 60, 10)
    expectTooMany(await world.call(token), 'too_many_requests', 60, 10)
  })

  it('counts a principal without a role too', async () => {
    const world = await start({ ...RATE, requestsPerMinutePerPrincipal: 1 })
    const token = await world.tokenOf('generic', { groups: [] })
    for (let count = 0; count < 4; count += 1) {
      expect((await world.call(token)).status).to.equal(403)
    }
    expectTooMany(await world.call(token), 'too_many_requests', 60, 10)
  })

  it('lets a page in a browser read when to come again', async () => {
    const world = await start({
      ...RATE,
      requestBurstPerPrincipal: 1,
      requestsPerMinutePerPrincipal: 1,
    })
    const token = await world.tokenOf('generic')
    const headers = { origin: 'http://localhost:6274' }
    await world.call(token, { headers })
    const answer = await world.call(token, { headers })
    expectTooMany(answer, 'too_many_requests', 60, 10)
    expect(answer.headers['access-control-allow-origin']).to.equal('http://localhost:6274')
    expect(answer.headers['access-control-expose-headers']).to.contain('retry-after')
  })
})
