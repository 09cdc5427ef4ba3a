import { expect } from 'chai'
import { exportJWK, generateSecret, SignJWT } from 'jose'
import {
  ASSERTION_TYPE,
  assertionOf,
  createKnownClients,
  ISSUER,
  rejectionOf,
  TOKEN_URL,
} from '../../support/known-clients.ts'
import { signingKey } from '../../support/signing-key.ts'

const ID = 'https://client.example.com/client.json'
const KEYS_URL = 'https://client.example.com/keys.json'
const NOW = Date.parse('2026-11-24T12:00:00Z')
const SECONDS = NOW / 1000

async function world(
  options: Parameters<typeof createKnownClients>[0] & { document?: Record<string, unknown> } = {},
) {
  const { publicJwk } = await signingKey('client')
  let time = NOW
  const documents: Record<string, unknown> = {
    [ID]: {
      client_id: ID,
      client_name: 'Client',
      redirect_uris: ['https://client.example.com/callback'],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: KEYS_URL,
      ...options.document,
    },
    [KEYS_URL]: { keys: [publicJwk] },
    ...options.documents,
  }
  const clients = createKnownClients({ ...options, documents, now: () => time })
  return {
    ...clients,
    documents,
    pass: (ms: number) => {
      time += ms
    },
    send: (client_assertion: string, more: Record<string, string> = {}) =>
      clients.present({ client_assertion_type: ASSERTION_TYPE, client_assertion, ...more }),
  }
}

const refused = { code: 'invalid_client', status: 401 }

describe('an assertion of a client in the wrong hands', () => {
  it('is accepted once', async () => {
    const { send } = await world()
    const assertion = await assertionOf(ID, { nowMs: NOW })
    expect(await send(assertion)).to.have.property('id', ID)
    expect(await rejectionOf(send(assertion))).to.include(refused)
  })

  it('is accepted once of many at the same time', async () => {
    const { send } = await world()
    const assertion = await assertionOf(ID, { nowMs: NOW })
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => send(assertion)))
    expect(results.filter(({ status }) => status === 'fulfilled')).to.have.length(1)
  })

  it('is not accepted again as another text with the same jti', async () => {
    const { send } = await world()
    await send(await assertionOf(ID, { nowMs: NOW, claims: { jti: 'one' } }))
    const again = await assertionOf(ID, { nowMs: NOW, claims: { jti: 'one', aud: ISSUER } })
    expect(await rejectionOf(send(again))).to.include(refused)
  })

  it('is not accepted again just before it expires, nor after', async () => {
    const { send, pass } = await world()
    const assertion = await assertionOf(ID, { nowMs: NOW, claims: { exp: SECONDS + 300 } })
    await send(assertion)
    for (const ms of [299_000, 2_000, 27_000, 3_000, 600_000]) {
      pass(ms)
      expect(await rejectionOf(send(assertion)), `${ms}`).to.include(refused)
    }
  })

  it('stays used while another host floods the memory of used ones', async () => {
    const flooder = 'https://flooder.example.com/client.json'
    const { publicJwk } = await signingKey('flooder', 'ES256')
    const { send } = await world({
      maxEntries: 10,
      documents: {
        [flooder]: {
          client_id: flooder,
          redirect_uris: ['https://flooder.example.com/callback'],
          token_endpoint_auth_method: 'private_key_jwt',
          jwks: { keys: [publicJwk] },
        },
      },
    })
    const assertion = await assertionOf(ID, { nowMs: NOW })
    await send(assertion)
    const key = await signingKey('flooder', 'ES256')
    for (let index = 0; index < 50; index += 1) {
      await send(await assertionOf(flooder, { key, nowMs: NOW }))
    }
    expect(await rejectionOf(send(assertion))).to.include(refused)
  })

  for (const [what, claims] of Object.entries({
    'that was made for another server': { aud: 'https://other.example.com' },
    'that was made for this and another server': { aud: [TOKEN_URL, 'https://other.example.com'] },
    'for another path of ours': { aud: `${ISSUER}/oauth/revoke` },
    'for the issuer with a slash': { aud: `${ISSUER}/` },
    'for nobody': { aud: undefined },
    'for an empty list': { aud: [] },
    'of another issuer': { iss: 'https://evil.example.com/client.json' },
    'without an issuer': { iss: undefined },
    'without a jti': { jti: undefined },
    'with an empty jti': { jti: '' },
    'with a jti that is a number': { jti: 1 },
    'without an end': { exp: undefined },
    'that has expired': { exp: SECONDS - 31, iat: SECONDS - 60 },
    'that lives for an hour': { exp: SECONDS + 3600 },
    'whose end is text': { exp: '9999999999' },
    'that is made later': { iat: SECONDS + 31 },
    'that begins later': { nbf: SECONDS + 31 },
  })) {
    it(`is refused ${what}`, async () => {
      const { send } = await world()
      const assertion = await assertionOf(ID, { nowMs: NOW, claims })
      expect(await rejectionOf(send(assertion))).to.include(refused)
    })
  }

  it('is accepted with a clock that is half a minute off', async () => {
    for (const offset of [-29, 29]) {
      const { send } = await world()
      const nowMs = NOW + offset * 1000
      const claims = { nbf: SECONDS + offset, exp: SECONDS + offset + 300 }
      expect(await send(await assertionOf(ID, { nowMs, claims }))).to.have.property('id', ID)
    }
  })

  it('is refused for another client than the form names', async () => {
    const { send } = await world()
    const assertion = await assertionOf(ID, { nowMs: NOW })
    const other = { client_id: 'https://other.example.com/client.json' }
    expect(await rejectionOf(send(assertion, other))).to.include({ code: 'invalid_request' })
    expect(await send(assertion, { client_id: ID })).to.have.property('id', ID)
  })

  it('is refused where it is signed by somebody else under the same kid', async () => {
    const { send } = await world()
    const { privateKey, alg } = await signingKey('stranger')
    const assertion = await assertionOf(ID, {
      nowMs: NOW,
      key: { ...(await signingKey('client')), privateKey, alg },
    })
    expect(await rejectionOf(send(assertion))).to.include(refused)
  })

  it('is refused where it is not signed, or with a shared key', async () => {
    const { send } = await world()
    const { publicJwk } = await signingKey('client')
    const claims = {
      iss: ID,
      sub: ID,
      aud: TOKEN_URL,
      exp: SECONDS + 60,
      iat: SECONDS,
      jti: 'one',
    }
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const secret = Buffer.from(JSON.stringify(publicJwk))
    const forged = [
      `${part({ alg: 'none' })}.${part(claims)}.`,
      `${part({ alg: 'none', kid: 'client' })}.${part(claims)}.AA`,
      await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'client' }).sign(secret),
    ]
    for (const assertion of forged) {
      expect(await rejectionOf(send(assertion))).to.include(refused)
    }
  })

  it('does not bring its own key', async () => {
    const { send } = await world()
    const stranger = await signingKey('stranger')
    for (const header of [
      { jwk: stranger.publicJwk },
      { jku: 'https://evil.example.com/keys.json' },
      { x5u: 'https://evil.example.com/certificate.pem' },
      { crit: ['exp'], exp: 1 },
    ]) {
      const attempt = async () => send(await assertionOf(ID, { nowMs: NOW, key: stranger, header }))
      expect(await rejectionOf(attempt())).to.be.an('error')
    }
  })

  it('is refused with another algorithm than the client names', async () => {
    const { send } = await world({ document: { token_endpoint_auth_signing_alg: 'ES256' } })
    expect(await rejectionOf(send(await assertionOf(ID, { nowMs: NOW })))).to.include(refused)
  })

  it('is refused where keys are published that everybody can sign with', async () => {
    const shared = await exportJWK(await generateSecret('HS256', { extractable: true }))
    for (const key of [
      { ...shared, kty: 'oct', kid: 'client' },
      { ...(await exportJWK((await signingKey('client')).privateKey)), kid: 'client' },
    ]) {
      const { send } = await world({ documents: { [KEYS_URL]: { keys: [key] } } })
      expect(await rejectionOf(send(await assertionOf(ID, { nowMs: NOW })))).to.include(refused)
    }
  })

  it('is accepted with a key that is new, and no longer with one that is gone', async () => {
    const { send, documents, pass, fetched } = await world({ maxAgeSeconds: 600 })
    await send(await assertionOf(ID, { nowMs: NOW }))
    const next = await signingKey('next', 'ES256')
    documents[KEYS_URL] = { keys: [next.publicJwk] }

    const early = await assertionOf(ID, { nowMs: NOW, key: next })
    expect(await rejectionOf(send(early))).to.include(refused)
    pass(61_000)
    await send(await assertionOf(ID, { nowMs: NOW + 61_000, key: next }))
    const gone = await assertionOf(ID, { nowMs: NOW + 61_000 })
    expect(await rejectionOf(send(gone))).to.include(refused)
    expect(fetched.filter((url) => url === KEYS_URL)).to.have.length(2)
  })

  it('with a thousand kids that are unknown fetches the keys twice at most', async () => {
    const { send, fetched, pass } = await world({ maxAgeSeconds: 600 })
    const stranger = await signingKey('stranger', 'ES256')
    pass(120_000)
    for (let index = 0; index < 1000; index += 1) {
      const key = { ...stranger, kid: `unknown-${index}` }
      const assertion = await assertionOf(ID, { nowMs: NOW + 120_000, key })
      expect(await rejectionOf(send(assertion))).to.include(refused)
    }
    expect(fetched.filter((url) => url === KEYS_URL)).to.have.length.at.most(2)
  })
})
