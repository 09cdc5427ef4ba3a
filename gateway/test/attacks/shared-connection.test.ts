import { expect } from 'chai'
import type { Respond } from '../support/raw-upstream.ts'
import { besiege, principalOf, written } from './siege.ts'

/** An MCP server that answers with what it was told of the caller, late for some. */
const tellCaller =
  (held: Map<string, () => void>): Respond =>
  (request) => {
    const key = request.headers.find(([name]) => name.toLowerCase() === 'x-aws-access-key-id')?.[1]
    const body = JSON.stringify({ caller: principalOf(request), key, asked: request.body })
    const answer = () =>
      request.connection.write(
        `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      )
    if (request.body.includes('"late"')) held.set(principalOf(request), answer)
    else answer()
  }

/** A load balancer sends many people's requests over one connection, and the MCP server is reached over a few. */
describe('a shared connection', () => {
  const siege = besiege()
  const tokenFor = (sub: string) => siege.world().tokenOf('generic', { sub })
  const callerIn = (body: string) => JSON.parse(body) as { caller: string; key: string }

  it('carries no identity from one request to the next', async () => {
    siege.answerWith(tellCaller(new Map()))
    const client = await siege.connect()
    const keys = new Map<string, string>()
    for (const sub of ['ann', 'ben', 'ann', 'cem', 'ben']) {
      client.write(written({ token: await tokenFor(sub) }))
      const { caller, key } = callerIn((await client.readResponse()).body)
      expect(caller).to.equal(sub)
      expect(keys.get(sub) ?? key).to.equal(key)
      keys.set(sub, key)
    }
    expect(new Set(keys.values()).size).to.equal(3)
  })

  it('lends nobody the token of the request before', async () => {
    siege.answerWith(tellCaller(new Map()))
    const client = await siege.connect()
    client.write(written({ token: await tokenFor('ann') }))
    expect((await client.readResponse()).status).to.equal(200)
    const seen = siege.upstream().requests.length
    client.write(written({ body: '', method: 'GET' }))
    expect((await client.readResponse()).status).to.equal(401)
    expect(siege.upstream().requests.length).to.equal(seen)
  })

  it('answers requests behind one another in order, each with its own caller', async () => {
    const held = new Map<string, () => void>()
    siege.answerWith(tellCaller(held))
    const client = await siege.connect()
    const before = siege.upstream().requests.length
    client.write(
      written({ token: await tokenFor('ann'), body: '{"late":1}' }) +
        written({ token: await tokenFor('ben') }) +
        written({ method: 'GET' }) +
        written({ token: await tokenFor('cem') }),
    )
    for (let arrived = 0; arrived < 3; ) {
      await siege.upstream().arrivals.take()
      arrived = siege.upstream().requests.length - before
    }
    // The later answers are there already; the first is let go only now.
    expect(client.received()).to.equal('')
    held.get('ann')?.()
    const callers: string[] = []
    for (let count = 0; count < 4; count += 1) {
      const { status, body } = await client.readResponse()
      callers.push(status === 200 ? callerIn(body).caller : String(status))
    }
    expect(callers).to.deep.equal(['ann', 'ben', '401', 'cem'])
  })

  it('of the gateway to the MCP server mixes nobody up, however many ask at once', async () => {
    siege.answerWith(tellCaller(new Map()))
    const people = Array.from({ length: 40 }, (_, at) => `person-${at % 20}`)
    const answers = await Promise.all(
      people.map(async (sub) => {
        const { status, text } = await siege.world().call(await tokenFor(sub))
        expect(status).to.equal(200)
        return callerIn(text)
      }),
    )
    expect(answers.map(({ caller }) => caller)).to.deep.equal(people)
    expect(new Set(answers.map(({ key }) => key)).size).to.equal(20)
  })

  it('gives a late answer to no other client after the first has left', async () => {
    const held = new Map<string, () => void>()
    siege.answerWith(tellCaller(held))
    const leaving = await siege.connect()
    leaving.write(written({ token: await tokenFor('ann'), body: '{"late":"ann"}' }))
    while (!held.has('ann')) await siege.upstream().arrivals.take()
    leaving.destroy()
    const client = await siege.connect()
    client.write(written({ token: await tokenFor('ben') }))
    held.get('ann')?.()
    expect(callerIn((await client.readResponse()).body).caller).to.equal('ben')
  })
})
