import { expect } from 'chai'
import { send } from '../support/send.ts'
import { besiege } from './siege.ts'

const FORGED = '"}\r\n{"kind":"audit","outcome":"forwarded","subject":"boss"}\r\n'
const ODD: readonly string[] = [
  FORGED,
  'a\nb',
  'a\rb',
  'a\u2028b\u2029c',
  'a\u0085b',
  '\u001b[2J\u001b[31mred',
  'a\u0000b',
  '\u202egnp.exe',
]

describe('log injection', () => {
  const siege = besiege(() => ({
    rules: [{ name: 'all', when: { machine: false }, role: 'arn:aws:iam::111122223333:role/All' }],
  }))
  const metrics = async () => {
    const { metricsPort } = siege.world().gateway
    const { text } = await send(metricsPort, { method: 'GET', path: '/metrics' })
    // The process's own series, such as those of garbage collection, come when they come.
    return text.split('\n').filter((line) => line.startsWith('gateway_'))
  }

  for (const odd of ODD) {
    it(`by ${JSON.stringify(odd)} in claims makes no line and no record of its own`, async () => {
      const before = siege.world().gateway.lines.length
      const token = await siege.world().tokenOf('generic', {
        sub: odd,
        preferred_username: odd,
        client_id: `${odd}!`,
        groups: [odd],
      })
      const answer = await siege.world().call(token)
      expect(answer.status).to.equal(200)
      const record = await siege.auditOf(answer)
      expect([record.subject, record.username, record.client_id]).to.deep.equal([
        odd,
        odd,
        `${odd}!`,
      ])
      expect(record.session_name).to.match(/^[\w+=,.@-]{2,64}$/)
      for (const line of siege.world().gateway.lines.slice(before)) {
        expect(line).to.not.match(/[\r\n]/)
        expect(Object(JSON.parse(line)).subject).to.be.oneOf([odd, undefined])
      }
    })
  }

  it('by an issuer that nobody knows makes no line of its own', async () => {
    const iss = `https://evil.example/${FORGED}`
    const before = siege.world().gateway.lines.length
    await siege.expectRefused(await siege.world().tokenOf('generic', { iss }), 'issuer_unknown')
    for (const line of siege.world().gateway.lines.slice(before)) {
      expect(line).to.not.match(/[\r\n]/)
      expect(Object(JSON.parse(line)).subject).to.be.oneOf([null, undefined])
    }
  })

  it('by many subjects, tools and clients makes no more series of metrics', async () => {
    const ask = async (name: string) => {
      const body = JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: `tools/${name}`,
        params: { name, clientInfo: { name, version: name } },
      })
      const token = await siege
        .world()
        .tokenOf('generic', { sub: name, client_id: `client-${name}` })
      expect((await siege.world().call(token, { body })).status).to.equal(200)
    }
    await ask('first')
    const before = (await metrics()).length
    for (let at = 0; at < 50; at += 1) await ask(`flood-${at}`)
    const after = await metrics()
    expect(after).to.have.lengthOf(before)
    expect(after.join('\n')).to.not.match(/flood-|ASIA|u-alice|generic/)
  })
})
