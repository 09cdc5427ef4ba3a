import { expect } from 'chai'
import { failure, issued, type StsReply, triple } from '../support/fake-sts.ts'
import { besiege, written } from './siege.ts'

const POD = {
  AWS_ACCESS_KEY_ID: 'ASIAPODPODPODPOD0001',
  AWS_SECRET_ACCESS_KEY: 'pod-secret-access-key',
  AWS_SESSION_TOKEN: 'pod-session-token',
} as const

/** Answers of STS that leave the gateway with nothing, or with less than a triple. */
const ANSWERS: ReadonlyArray<readonly [string, StsReply]> = [
  ['no access key', issued({ ...triple('x'), AccessKeyId: '' })],
  ['no secret', issued({ ...triple('x'), SecretAccessKey: '' })],
  ['no session token', issued({ ...triple('x'), SessionToken: '' })],
  ['nothing at all', issued({})],
  ['white space for a session token', issued({ ...triple('x'), SessionToken: ' \n\t ' })],
  ['a line break in the access key', issued({ ...triple('x'), AccessKeyId: 'ASIA\r\nx: y' })],
  ['a refusal', failure('AccessDenied', 403)],
  ['a page', { kind: 'text', status: 200, text: '<html></html>' }],
]

describe('fallback to ambient credentials', () => {
  const saved: Record<string, string | undefined> = {}
  before(() => {
    for (const [name, value] of Object.entries(POD)) {
      saved[name] = process.env[name]
      process.env[name] = value
    }
  })
  after(() => {
    for (const [name, value] of Object.entries(saved)) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  })
  const siege = besiege()
  afterEach(() => siege.world().sts.script((_call, number) => issued(triple(number))))

  const expectNoPod = () => {
    const { sts, gateway } = siege.world()
    const seen = JSON.stringify([
      sts.calls,
      siege.upstream().requests.map(({ headers }) => headers),
    ])
    for (const secret of Object.values(POD)) {
      expect(seen).to.not.contain(secret)
      expect(gateway.lines.join('\n')).to.not.contain(secret)
    }
  }

  for (const [what, reply] of ANSWERS) {
    it(`is no way out when STS answers with ${what}`, async () => {
      const { sts, call, tokenOf } = siege.world()
      const requests = siege.upstream().requests.length
      sts.script(() => reply)
      const answer = await call(await tokenOf('generic', { sub: what }))
      expect(answer.status).to.be.oneOf([403, 500, 503])
      expect(siege.upstream().requests.length).to.equal(requests)
      expectNoPod()
    })
  }

  for (const lines of [
    ['x-aws-access-key-id:', 'x-aws-secret-access-key:', 'x-aws-session-token:'],
    ['x-aws-access-key-id: ASIACLIENT', 'x-aws-secret-access-key: ', 'x-aws-session-token: \t'],
    ['Connection: x-aws-access-key-id, x-aws-secret-access-key, x-aws-session-token'],
  ]) {
    it(`is not asked for by ${JSON.stringify(lines)}`, async () => {
      const token = await siege.world().tokenOf('generic', { sub: lines.join() })
      expect((await siege.exchange(written({ token, lines }))).status).to.equal(200)
      const sent = siege.upstream().requests.at(-1)?.headers ?? []
      const triples = sent.filter(([name]) => /^x-aws-(access|secret|session)/i.test(name))
      expect(triples.map(([name]) => name)).to.have.members([
        'x-aws-access-key-id',
        'x-aws-secret-access-key',
        'x-aws-session-token',
      ])
      for (const [name, value] of triples)
        expect(value, name).to.match(/^ASIAFAKE|^se(cret|ssion)\+/)
      expectNoPod()
    })
  }
})
