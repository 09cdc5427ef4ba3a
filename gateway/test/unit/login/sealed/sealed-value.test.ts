import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { CompactEncrypt } from 'jose'
import { z } from 'zod'
import {
  createSealedValue,
  type Purpose,
  purposeOf,
  SealError,
  type SealOptions,
} from '../../../../src/login/sealed/sealed-value.ts'

const PURPOSES: readonly Purpose[] = ['client', 'consent', 'login', 'code', 'access', 'refresh']
const NOW = 1_800_000_000_000
const KEY = randomBytes(32)
const OTHER_KEY = randomBytes(32)

const OPTIONS: SealOptions = {
  keys: [KEY],
  audience: 'https://gw.example',
  revokeBefore: undefined,
  now: () => NOW,
}
const Schema = z.object({ text: z.string() })
const sealedValue = (purpose: Purpose, over: Partial<SealOptions> = {}) =>
  createSealedValue(purpose, Schema, { ...OPTIONS, ...over })

async function problemOf(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof SealError) return error.problem
  throw new Error(`it was not refused as a sealed value: ${String(error)}`)
}

describe('createSealedValue', () => {
  it('gives back what was sealed, and when', async () => {
    const code = sealedValue('code')
    expect(await code.open(await code.seal({ text: 'ä 🙂' }, 60))).to.deep.equal({
      value: { text: 'ä 🙂' },
      sealedAt: NOW,
      expiresAt: NOW + 60_000,
    })
  })

  it('never seals the same twice alike, and shows nothing of what is inside', async () => {
    const code = sealedValue('code')
    const value = { text: 'correct horse battery staple' }
    const [one, two] = [await code.seal(value, 60), await code.seal(value, 60)]
    expect(one).to.not.equal(two)
    expect(Buffer.from(one, 'base64url').toString('latin1')).to.not.include('horse')
  })

  it('opens nothing that is of another purpose, whichever two they are', async () => {
    for (const made of PURPOSES) {
      const text = await sealedValue(made).seal({ text: 'x' }, 60)
      expect(purposeOf(text)).to.equal(made)
      for (const taken of PURPOSES.filter((purpose) => purpose !== made)) {
        expect(await problemOf(sealedValue(taken).open(text))).to.equal('other_purpose')
      }
    }
  })

  it('cannot be talked into another purpose by the header, for each has a key of its own', async () => {
    const text = await sealedValue('refresh').seal({ text: 'x' }, 60)
    const [header = '', ...rest] = text.split('.')
    const changed = Buffer.from(header, 'base64url').toString().replace('-refresh', '-access')
    const forged = [Buffer.from(changed).toString('base64url'), ...rest].join('.')
    expect(purposeOf(forged)).to.equal('access')
    expect(await problemOf(sealedValue('access').open(forged))).to.equal('tampered')
  })

  it('opens with each of its keys and seals with the newest', async () => {
    const old = await sealedValue('access', { keys: [KEY] }).seal({ text: 'old' }, 60)
    const both = sealedValue('access', { keys: [OTHER_KEY, KEY] })
    expect((await both.open(old)).value.text).to.equal('old')
    const fresh = await both.seal({ text: 'new' }, 60)
    expect(await problemOf(sealedValue('access', { keys: [KEY] }).open(fresh))).to.equal(
      'unknown_key',
    )
  })

  it('refuses what another gateway with the same keys has sealed', async () => {
    const text = await sealedValue('access', { audience: 'https://other.example' }).seal(
      { text: 'x' },
      60,
    )
    expect(await problemOf(sealedValue('access').open(text))).to.equal('tampered')
  })

  it('ends to the second', async () => {
    const text = await sealedValue('code').seal({ text: 'x' }, 60)
    const at = (ms: number) => sealedValue('code', { now: () => NOW + ms }).open(text)
    expect((await at(59_999)).value.text).to.equal('x')
    expect(await problemOf(at(60_000))).to.equal('expired')
  })

  it('refuses what was sealed before a cut-off, but for client ids', async () => {
    const revoked = { revokeBefore: NOW + 1000, now: () => NOW + 2000 }
    for (const purpose of PURPOSES) {
      const text = await sealedValue(purpose).seal({ text: 'x' }, 60)
      const attempt = sealedValue(purpose, revoked).open(text)
      if (purpose === 'client') expect((await attempt).value.text).to.equal('x')
      else expect(await problemOf(attempt)).to.equal('revoked')
    }
    const later = await sealedValue('access', { now: () => NOW + 1000 }).seal({ text: 'x' }, 60)
    expect((await sealedValue('access', revoked).open(later)).value.text).to.equal('x')
  })

  it('refuses every single changed, missing or added character', async () => {
    const code = sealedValue('code')
    const text = await code.seal({ text: 'x' }, 60)
    for (let at = 0; at < text.length; at += 1) {
      const swapped = text[at] === 'A' ? 'Q' : 'A'
      const variants = [
        `${text.slice(0, at)}${swapped}${text.slice(at + 1)}`,
        text.slice(0, at) + text.slice(at + 1),
        `${text.slice(0, at)}.${text.slice(at)}`,
      ]
      for (const variant of variants) {
        const opened = await code.open(variant).catch((error: unknown) => error)
        // The last character of a base64url text has bits that mean nothing.
        if (opened instanceof SealError) continue
        expect(sameBytes(variant, text), `changed at ${at}`).to.equal(true)
      }
    }
  })

  it('refuses what is authentic and not of the shape that it has now', async () => {
    const other = createSealedValue('code', z.object({ number: z.number() }), OPTIONS)
    expect(await problemOf(sealedValue('code').open(await other.seal({ number: 1 }, 60)))).to.equal(
      'malformed',
    )
  })

  it('seals nothing that it could not open again', async () => {
    const code = sealedValue('code')
    const text = 'a'.repeat(65_000)
    expect((await code.open(await code.seal({ text }, 60))).value).to.deep.equal({ text })
    const attempt = code.seal({ text: 'a'.repeat(66_000) }, 60)
    const error = await attempt.catch((reason: unknown) => reason)
    expect(error).to.be.instanceOf(Error).with.property('message').that.contains('too large')
  })

  it('refuses other encryption than its own', async () => {
    const text = await new CompactEncrypt(Buffer.from('{}'))
      .setProtectedHeader({ alg: 'A256GCMKW', enc: 'A256GCM', typ: 'cloudwatch-gateway-code' })
      .encrypt(KEY)
    expect(await problemOf(sealedValue('code').open(text))).to.equal('malformed')
  })

  it('takes no word for a sealed value', async () => {
    for (const text of ['', '.', '....', 'a.b.c.d.e', 'eyJ9', '{}', '\0', 'x'.repeat(100_000)]) {
      expect(purposeOf(text)).to.equal(undefined)
      expect(await problemOf(sealedValue('code').open(text))).to.be.oneOf([
        'malformed',
        'other_purpose',
      ])
    }
  })
})

function sameBytes(left: string, right: string): boolean {
  const bytes = (text: string) =>
    text.split('.').map((part) => Buffer.from(part, 'base64url').toString('hex'))
  return bytes(left).join('.') === bytes(right).join('.')
}
