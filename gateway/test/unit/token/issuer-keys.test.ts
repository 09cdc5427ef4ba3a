import { expect } from 'chai'
import { errors, type JWTVerifyGetKey } from 'jose'
import { GatewayError } from '../../../src/errors.ts'
import { createFetchText } from '../../../src/token/discovery.ts'
import { createIssuerKeys } from '../../../src/token/issuer-keys.ts'
import { type FakeIssuer, startFakeIssuer } from '../../support/fake-issuer.ts'

const COOLDOWN_MS = 30_000
const MAX_AGE_MS = 10 * 60 * 1000
/** jose asks for a key by the header alone; the token is for key sets that look further. */
const TOKEN = { payload: '', signature: '' }

describe('createIssuerKeys', () => {
  let issuer: FakeIssuer
  let clock: number
  let keys: ReturnType<typeof createIssuerKeys>

  beforeEach(async () => {
    issuer = await startFakeIssuer('/a')
    clock = 1_000_000
    keys = createIssuerKeys(issuer.issuer, {
      fetchText: createFetchText({ timeoutMs: 2000 }),
      cooldownMs: COOLDOWN_MS,
      now: () => clock,
    })
  })
  afterEach(() => issuer.close())

  const find = async (kid: string): Promise<'found' | string> => {
    try {
      const keyFor: JWTVerifyGetKey = await keys.keyFor()
      await keyFor({ alg: 'RS256', kid }, TOKEN)
      return 'found'
    } catch (error) {
      if (error instanceof GatewayError) return error.reason
      return error instanceof errors.JWKSNoMatchingKey ? 'no such key' : String(error)
    }
  }

  it('knows nothing before it is asked', () => {
    expect(keys.isKnown()).to.equal(false)
    expect(issuer.fetches).to.deep.equal({ metadata: 0, keys: 0 })
  })

  it('fetches metadata and keys once for many who ask at once', async () => {
    const found = await Promise.all(Array.from({ length: 50 }, () => find('first')))
    expect(new Set(found)).to.deep.equal(new Set(['found']))
    expect(issuer.fetches).to.deep.equal({ metadata: 1, keys: 1 })
    expect(keys.isKnown()).to.equal(true)
  })

  it('is not known by its metadata alone', async () => {
    issuer.script({ keys: () => ({ status: 500, body: '' }) })
    expect(await find('first')).to.equal('issuer_unavailable')
    expect(keys.isKnown()).to.equal(false)
  })

  it('asks an issuer that it never reached again after five seconds, and not before', async () => {
    await issuer.down()
    expect(await find('first')).to.equal('issuer_unavailable')
    await issuer.up()
    clock += 4999
    expect(await find('first')).to.equal('issuer_unavailable')
    expect(issuer.fetches.metadata).to.equal(0)
    clock += 1
    expect(await find('first')).to.equal('found')
  })

  it('fetches again for a key that it does not know, and finds it', async () => {
    await find('first')
    await issuer.rotate('second', { keep: true })
    clock += COOLDOWN_MS
    expect(await find('second')).to.equal('found')
    expect(await find('first')).to.equal('found')
    expect(issuer.fetches.keys).to.equal(2)
  })

  it('fetches once for a thousand unknown keys', async () => {
    await find('first')
    clock += COOLDOWN_MS
    const outcomes = await Promise.all(
      Array.from({ length: 1000 }, (_, number) => find(`unknown-${number}`)),
    )
    expect(new Set(outcomes)).to.deep.equal(new Set(['no such key']))
    expect(issuer.fetches.keys).to.equal(2)
  })

  it('notices a withdrawn key when its own are old', async () => {
    await find('first')
    await issuer.rotate('second', { keep: false })
    clock += MAX_AGE_MS - 1
    expect(await find('first')).to.equal('found')
    clock += 1
    expect(await find('first')).to.equal('no such key')
  })

  it('keeps using its keys while the issuer is down, however long, and asks once per cool-down', async () => {
    await find('first')
    issuer.script({ metadata: () => ({ status: 503, body: '' }) })
    clock += 24 * MAX_AGE_MS
    const before = issuer.fetches.metadata
    expect(await find('first')).to.equal('found')
    expect(await find('first')).to.equal('found')
    expect(issuer.fetches.metadata).to.equal(before + 1)
    clock += COOLDOWN_MS
    expect(await find('first')).to.equal('found')
    expect(issuer.fetches.metadata).to.equal(before + 2)
  })

  it('holds up nobody but the first while the issuer is silent', async () => {
    await find('first')
    let answer = () => {}
    const silence = new Promise<void>((resolve) => {
      answer = resolve
    })
    issuer.script({
      metadata: async () => {
        await silence
        return { status: 503, body: '' }
      },
    })
    clock += MAX_AGE_MS
    const order: string[] = []
    const first = find('first').then((outcome) => order.push(`first ${outcome}`))
    const second = find('first').then((outcome) => order.push(`second ${outcome}`))
    await second
    answer()
    await first
    expect(order).to.deep.equal(['second found', 'first found'])
  })

  it('does not call an unknown key false while the issuer cannot be asked', async () => {
    await find('first')
    await issuer.down()
    clock += COOLDOWN_MS
    expect(await find('second')).to.equal('issuer_unavailable')
    expect(await find('second')).to.equal('issuer_unavailable')
    expect(await find('first')).to.equal('found')
  })

  for (const [what, body] of [
    ['a page', '<!doctype html>'],
    ['no key set', '{"keys":7}'],
    ['null', 'null'],
    ['something huge', JSON.stringify({ keys: [], padding: 'x'.repeat(300_000) })],
  ] as const) {
    it(`does not take ${what} for keys`, async () => {
      issuer.script({ keys: () => ({ body }) })
      expect(await find('first')).to.equal('issuer_unavailable')
    })
  }

  it('does not follow a redirect to other keys', async () => {
    const other = await startFakeIssuer()
    try {
      issuer.script({
        keys: () => ({ status: 307, headers: { location: `${other.issuer}/keys` }, body: '' }),
      })
      expect(await find('first')).to.equal('issuer_unavailable')
      expect(other.fetches.keys).to.equal(0)
    } finally {
      await other.close()
    }
  })
})
