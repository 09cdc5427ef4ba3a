import { expect } from 'chai'
import type { Reason } from '../../src/errors.ts'
import { claimsOf, part, signed } from './forge.ts'
import { besiege, principalOf, written } from './siege.ts'

const HEADER = { alg: 'RS256', kid: 'first' }

describe('a malformed token', () => {
  const siege = besiege()
  let genuine: string
  let claims: Record<string, unknown>

  before(async () => {
    genuine = await siege.world().tokenOf('generic')
    claims = claimsOf(genuine)
    await siege.expectForwarded(genuine)
  })

  const SHAPES: ReadonlyArray<readonly [string, (parts: readonly string[]) => string]> = [
    ['two dots alone', () => '..'],
    ['three empty-ish parts', () => 'A.A.A'],
    ['without its header', ([, payload, signature]) => `.${payload}.${signature}`],
    ['without its claims', ([header, , signature]) => `${header}..${signature}`],
    ['without its signature', ([header, payload]) => `${header}.${payload}.`],
    [
      'with its parts in another order',
      ([header, payload, signature]) => `${payload}.${header}.${signature}`,
    ],
    [
      'with a cut signature',
      ([header, payload, signature = '']) => `${header}.${payload}.${signature.slice(0, -4)}`,
    ],
    [
      'with a longer signature',
      ([header, payload, signature]) => `${header}.${payload}.${signature}AAAA`,
    ],
    [
      'with a changed claim',
      ([header, payload = '', signature]) => `${header}.${payload.slice(0, -1)}A.${signature}`,
    ],
    [
      'with padding in the middle',
      ([header, payload, signature]) => `${header}=.${payload}.${signature}`,
    ],
    [
      'with a plus and a slash',
      ([header, payload, signature]) => `${header}.+/${payload}.${signature}`,
    ],
    [
      'with claims that are no JSON',
      ([header, , signature]) => `${header}.${part('{"iss":')}.${signature}`,
    ],
    [
      'with a header that is no JSON',
      ([, payload, signature]) => `${part('{"alg":')}.${payload}.${signature}`,
    ],
    [
      'with a header of bytes',
      ([, payload, signature]) =>
        `${part(Buffer.from([0xff, 0xfe, 0x00]))}.${payload}.${signature}`,
    ],
  ]
  for (const [what, change] of SHAPES) {
    it(`${what} is refused`, async () => {
      const reasons: Reason[] = ['token_rejected', 'token_malformed']
      const answer = await siege.world().call(change(genuine.split('.')))
      const { reason, status } = await siege.auditOf(answer)
      expect(reason).to.be.oneOf(reasons)
      expect(status).to.be.oneOf([400, 401])
      siege.expectNothingPassed()
    })
  }

  for (const parts of [1, 2, 4, 5, 6, 1000]) {
    it(`of ${parts} parts is refused`, async () => {
      const token = Array.from({ length: parts }, () => 'eyJh').join('.')
      await siege.expectRefused(token, 'token_opaque')
    })
  }

  for (const header of ['[]', 'null', '1', '"RS256"', 'true', '{}']) {
    it(`with the header ${JSON.stringify(header)} is refused, although it is signed`, async () => {
      await siege.expectRefused(await signed(header, claims), 'token_rejected')
    })
  }

  for (const payload of [
    '[]',
    'null',
    '1',
    '"iss"',
    'true',
    '{}',
    '',
    ' ',
    '\ufeff{}',
    '{"iss":1}',
    '{}{}',
  ]) {
    it(`with the claims ${JSON.stringify(payload)} is refused, although it is signed`, async () => {
      await siege.expectRefused(await signed(HEADER, payload), 'token_rejected')
    })
  }

  it('with a header that says alg twice is judged by the last', async () => {
    const header = '{"alg":"RS256","kid":"first","alg":"none"}'
    await siege.expectRefused(await signed(header, claims), 'token_rejected')
    const unsigned = `${part(header)}.${part(claims)}.`
    await siege.expectRefused(unsigned, 'token_rejected')
  })

  it('with bytes in its claims that are no UTF-8 is refused, so no two subjects become one', async () => {
    const [head = '', tail = ''] = JSON.stringify({ ...claims, sub: 'u-X' }).split('u-X')
    for (const bytes of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe2, 0x82]]) {
      const payload = Buffer.concat([
        Buffer.from(`${head}u-`),
        Buffer.from(bytes),
        Buffer.from(tail),
      ])
      await siege.expectRefused(await signed(HEADER, payload), 'token_rejected')
    }
  })

  it('with half a surrogate pair as its subject never reaches the MCP server', async () => {
    const payload = JSON.stringify({ ...claims, sub: 'u-X' }).replace('u-X', 'u-\\ud800')
    const answer = await siege.world().call(await signed(HEADER, payload))
    expect(answer.status).to.be.oneOf([401, 500])
    expect((await siege.auditOf(answer)).outcome).to.equal('refused')
    expect(
      siege.upstream().requests.filter((request) => principalOf(request) !== 'u-alice'),
    ).to.deep.equal([])
  })

  for (const sub of ['', ' ', null, 1, ['u-alice'], { id: 'u-alice' }, undefined]) {
    it(`with the subject ${JSON.stringify(sub)} is refused or is its own`, async () => {
      const token = await siege.world().tokenOf('generic', { sub })
      const answer = await siege.world().call(token)
      const { reason, subject } = await siege.auditOf(answer)
      if (sub === ' ') expect([reason, subject]).to.deep.equal([null, ' '])
      else expect(reason).to.equal('token_rejected')
    })
  }

  it('that is deep takes no stack down', async () => {
    for (const deep of ['[', '{"a":']) {
      const token = `${part(HEADER)}.${part(deep.repeat(1500))}.AA`
      await siege.expectRefused(token, 'token_rejected')
      await siege.expectRefused(`${part(deep.repeat(1500))}.${part(claims)}.AA`, 'token_rejected')
    }
  })

  it('with keys of every object as claims is nobody else', async () => {
    const payload = JSON.stringify(claims).replace(
      '{',
      '{"__proto__":{"groups":["sre"],"sub":"u-root"},"constructor":{"prototype":{"sub":"u-root"}},',
    )
    const arrived = await siege.expectForwarded(await signed(HEADER, payload))
    expect(principalOf(arrived)).to.equal('u-alice')
    expect({}).to.not.have.property('groups')
    const { groups: _none, ...poor } = claims
    const poisoned = JSON.stringify(poor).replace('{', '{"__proto__":{"groups":["sre"]},')
    const answer = await siege.world().call(await signed(HEADER, poisoned))
    expect((await siege.auditOf(answer)).reason).to.equal('role_unmapped')
  })

  for (const [size, expected] of [
    [16_384, 400],
    [20_000, 400],
    [40_000, 431],
    [1024 * 1024, 431],
  ] as const) {
    it(`of ${size} characters is answered ${expected} unread`, async () => {
      const answer = await siege.exchange(written({ token: `${genuine}${'A'.repeat(size)}` }))
      expect(answer.status).to.equal(expected)
      siege.expectNothingPassed()
    })
  }
})
