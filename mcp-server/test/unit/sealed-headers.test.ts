import { expect } from 'chai'
import { CompactEncrypt } from 'jose'
import { ServerRefusal } from '../../src/errors.ts'
import { createUnseal, keyId } from '../../src/sealed-headers.ts'

const KEY = new Uint8Array(32).fill(1)
const OLD = new Uint8Array(32).fill(2)
const FOREIGN = new Uint8Array(32).fill(3)
const NOW = 1_700_000_000

describe('createUnseal', () => {
  let clock = NOW
  let next = 0
  beforeEach(() => {
    clock = NOW
  })

  const unsealWith = (maxRemembered = 100) =>
    createUnseal([KEY, OLD], { maxRemembered, now: () => clock * 1000 })

  const seal = (over: Record<string, unknown> = {}, key = KEY, header = {}) => {
    next += 1
    const claims = {
      rid: 'r-1',
      jti: `j-${next}`,
      iat: NOW,
      exp: NOW + 60,
      headers: { 'x-aws-access-key-id': 'ASIA1', 'x-mcp-tools': '*', 'x-other': 'not ours' },
      ...over,
    }
    return new CompactEncrypt(Buffer.from(JSON.stringify(claims)))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: keyId(key), ...header })
      .encrypt(key)
  }
  const request = (sealed: string, ...more: string[]) => [
    'Accept',
    'application/json',
    'X-Request-Id',
    'r-1',
    'X-Aws-Credentials-Sealed',
    sealed,
    ...more,
  ]
  const reasonOf = async (attempt: Promise<unknown>) => {
    try {
      await attempt
      return 'opened'
    } catch (error) {
      if (error instanceof ServerRefusal) return error.reason
      throw error
    }
  }

  it('gives the sealed headers in the clear, only the ones of the contract, and drops the seal', async () => {
    expect(await unsealWith()(request(await seal()))).to.deep.equal([
      'Accept',
      'application/json',
      'X-Request-Id',
      'r-1',
      'x-aws-access-key-id',
      'ASIA1',
      'x-mcp-tools',
      '*',
    ])
  })

  it('opens with an older key of the list, so that keys can change without a stop', async () => {
    expect(await reasonOf(unsealWith()(request(await seal({}, OLD))))).to.equal('opened')
  })

  const rejected: ReadonlyArray<readonly [string, () => Promise<string>]> = [
    ['a foreign key', () => seal({}, FOREIGN)],
    ['a foreign key under our id', () => seal({}, FOREIGN, { kid: keyId(KEY) })],
    ['no key id', () => seal({}, KEY, { kid: undefined })],
    ['another request', () => seal({ rid: 'r-2' })],
    ['no request', () => seal({ rid: undefined })],
    ['no id of its own', () => seal({ jti: undefined })],
    ['an empty id', () => seal({ jti: '' })],
    ['a stale one', () => seal({ iat: NOW - 120, exp: NOW - 60 })],
    ['one from the future', () => seal({ iat: NOW + 60, exp: NOW + 120 })],
    ['one that says it lives for a day', () => seal({ exp: NOW + 86_400 })],
    ['a life as text', () => seal({ exp: String(NOW + 60) })],
    ['another algorithm', () => seal({}, KEY, { enc: 'A128CBC-HS256' })],
    ['nonsense', async () => 'a.b.c.d.e'],
    ['an empty value', async () => ''],
  ]
  for (const [what, make] of rejected) {
    it(`refuses ${what}`, async () => {
      expect(await reasonOf(unsealWith()(request(await make())))).to.equal('seal_rejected')
    })
  }

  it('refuses a tampered one', async () => {
    const sealed = await seal()
    for (let at = 0; at < sealed.length; at += 37) {
      const other = sealed[at] === 'A' ? 'B' : 'A'
      const tampered = sealed.slice(0, at) + other + sealed.slice(at + 1)
      expect(await reasonOf(unsealWith()(request(tampered))), `at ${at}`).to.not.equal('opened')
    }
  })

  it('refuses a repetition while the seal lives', async () => {
    const unseal = unsealWith()
    const sealed = await seal()
    expect(await reasonOf(unseal(request(sealed)))).to.equal('opened')
    clock += 30
    expect(await reasonOf(unseal(request(sealed)))).to.equal('seal_rejected')
  })

  it('forgets what can no longer be repeated, and stays within its bound', async () => {
    const unseal = unsealWith(3)
    for (let count = 0; count < 50; count += 1) {
      expect(await reasonOf(unseal(request(await seal())))).to.equal('opened')
    }
  })

  for (const name of [
    'x-aws-access-key-id',
    'X-AWS-Session-Token',
    'x-mcp-tools',
    'X-Mcp-Principal',
  ]) {
    it(`refuses a plain ${name}, with and without a seal`, async () => {
      const sealed = await seal()
      expect(await reasonOf(unsealWith()(request(sealed, name, 'x')))).to.equal(
        'credentials_unsealed',
      )
      expect(await reasonOf(unsealWith()([name, 'x']))).to.equal('credentials_unsealed')
    })
  }

  it('refuses a request without a seal, and one with two', async () => {
    expect(await reasonOf(unsealWith()(['accept', 'x']))).to.equal('credentials_unsealed')
    const twice = request(await seal(), 'x-aws-credentials-sealed', await seal())
    expect(await reasonOf(unsealWith()(twice))).to.equal('seal_rejected')
  })

  it('refuses two request ids', async () => {
    const twice = request(await seal(), 'x-request-id', 'r-1')
    expect(await reasonOf(unsealWith()(twice))).to.equal('seal_rejected')
  })
})
