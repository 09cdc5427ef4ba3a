import { Buffer } from 'node:buffer'
import { createHmac } from 'node:crypto'
import { expect } from 'chai'
import {
  CompactSign,
  createLocalJWKSet,
  exportSPKI,
  FlattenedSign,
  importJWK,
  type JWTHeaderParameters,
} from 'jose'
import { GatewayError } from '../../../src/errors.ts'
import { causeChain } from '../../../src/log.ts'
import type { IssuerKeys } from '../../../src/token/issuer-keys.ts'
import type { Preset, Provider } from '../../../src/token/provider.ts'
import { createVerifiedMemory } from '../../../src/token/verified-memory.ts'
import { createVerify, type VerifiedToken } from '../../../src/token/verify.ts'
import { signingKey } from '../../support/signing-key.ts'

const ISSUER = 'https://issuer.example/a'
const RESOURCE = 'https://gw.example/mcp'
const NOW = 1_700_000_000
const TOLERANCE = 5

const STANDARD = { iss: ISSUER, aud: RESOURCE, sub: 'alice', iat: NOW - 10, exp: NOW + 600 }

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A token over any bytes, signed by the issuer's own key. */
async function signed(
  payload: unknown,
  header: Partial<JWTHeaderParameters> = {},
  kid = 'first',
): Promise<string> {
  const key = await signingKey(kid)
  const bytes = Buffer.isBuffer(payload) ? payload : Buffer.from(JSON.stringify(payload))
  const crit = Object.fromEntries((header.crit ?? []).map((name) => [name, true]))
  return new CompactSign(bytes)
    .setProtectedHeader({ alg: key.alg, kid, ...header })
    .sign(key.privateKey, { crit })
}

const token = (claims: Record<string, unknown> = {}, header: Partial<JWTHeaderParameters> = {}) =>
  signed({ ...STANDARD, ...claims }, header)

describe('createVerify', () => {
  let clock = NOW * 1000
  let keysAsked = 0
  let signaturesChecked = 0
  let keys: IssuerKeys

  before(async () => {
    const published = [await signingKey('first'), await signingKey('curve', 'ES256')]
    const keySet = createLocalJWKSet({ keys: published.map(({ publicJwk }) => publicJwk) })
    keys = {
      isKnown: () => true,
      version: () => 1,
      keyFor: async () => {
        keysAsked += 1
        return (header, input) => {
          signaturesChecked += 1
          return keySet(header, input)
        }
      },
    }
  })
  beforeEach(() => {
    clock = NOW * 1000
    keysAsked = 0
    signaturesChecked = 0
  })

  const provider = (over: Partial<Provider> = {}): Provider => ({
    preset: 'generic',
    issuer: ISSUER,
    audience: [],
    clientIds: [],
    scopes: [],
    groupsClaim: undefined,
    ...over,
  })

  const verifyWith = (
    providers: readonly Provider[] = [provider()],
    issuerKeys: IssuerKeys = keys,
    maxEntries = 100,
  ) =>
    createVerify({
      providers: providers.map((one) => ({ provider: one, keys: issuerKeys })),
      memory: createVerifiedMemory({ maxEntries, now: () => clock }),
      clockToleranceSeconds: TOLERANCE,
      introspectionSeconds: 60,
      now: () => clock,
    })

  const outcomeOf = async (attempt: Promise<VerifiedToken>): Promise<string> => {
    try {
      await attempt
      return 'verified'
    } catch (error) {
      if (error instanceof GatewayError) return error.reason
      throw error
    }
  }

  it('gives the claims, the provider and the end of a good token', async () => {
    const trusted = provider()
    const verified = await verifyWith([trusted])(await token({ 'a.b': ['c'] }), RESOURCE)
    expect(verified.provider).to.equal(trusted)
    expect(verified.claims).to.deep.equal({ ...STANDARD, 'a.b': ['c'] })
    expect(verified.expiresAt).to.equal((NOW + 600) * 1000)
  })

  it('accepts elliptic-curve signatures', async () => {
    const { privateKey } = await signingKey('curve', 'ES256')
    const jwt = await new CompactSign(Buffer.from(JSON.stringify(STANDARD)))
      .setProtectedHeader({ alg: 'ES256', kid: 'curve' })
      .sign(privateKey)
    expect(await outcomeOf(verifyWith()(jwt, RESOURCE))).to.equal('verified')
  })

  describe('claims', () => {
    const table: ReadonlyArray<readonly [string, Record<string, unknown>, string]> = [
      ['another issuer', { iss: 'https://evil.example' }, 'issuer_unknown'],
      ['the issuer and a slash', { iss: `${ISSUER}/` }, 'issuer_unknown'],
      ['the issuer with a capital', { iss: 'https://Issuer.example/a' }, 'issuer_unknown'],
      ['another tenant of the host', { iss: 'https://issuer.example/b' }, 'issuer_unknown'],
      ['a list of issuers', { iss: [ISSUER] }, 'token_rejected'],
      ['no issuer', { iss: undefined }, 'token_rejected'],
      ['an issuer called __proto__', { iss: '__proto__' }, 'issuer_unknown'],
      ['no end', { exp: undefined }, 'token_rejected'],
      ['end 0', { exp: 0 }, 'token_expired'],
      ['an end in words', { exp: String(NOW + 600) }, 'token_rejected'],
      ['an end of null', { exp: null }, 'token_rejected'],
      ['an end beyond all calendars', { exp: 1e300 }, 'token_rejected'],
      ['an end that is past', { exp: NOW - 60 }, 'token_expired'],
      ['an end within the tolerance', { exp: NOW - TOLERANCE + 1 }, 'verified'],
      ['an end just out of the tolerance', { exp: NOW - TOLERANCE }, 'token_expired'],
      ['an end with a fraction', { exp: NOW + 0.5 }, 'verified'],
      ['a start in the future', { nbf: NOW + 60 }, 'token_rejected'],
      ['a start within the tolerance', { nbf: NOW + TOLERANCE }, 'verified'],
      ['a start in words', { nbf: 'now' }, 'token_rejected'],
      ['an issue time in the future', { iat: NOW + TOLERANCE + 1 }, 'token_rejected'],
      ['an issue time within the tolerance', { iat: NOW + TOLERANCE }, 'verified'],
      ['an issue time in words', { iat: 'now' }, 'token_rejected'],
      ['no issue time', { iat: undefined }, 'token_rejected'],
      ['no subject', { sub: undefined }, 'token_rejected'],
      ['an empty subject', { sub: '' }, 'token_rejected'],
      ['a subject that is a number', { sub: 7 }, 'token_rejected'],
      ['a subject that is a list', { sub: ['alice'] }, 'token_rejected'],
      ['another audience', { aud: 'https://gw.example' }, 'audience_mismatch'],
      ['no audience', { aud: undefined }, 'audience_mismatch'],
      ['a nonce', { nonce: 'n' }, 'token_type_rejected'],
    ]
    for (const [what, claims, outcome] of table) {
      it(`answers ${outcome} to ${what}`, async () => {
        expect(await outcomeOf(verifyWith()(await token(claims), RESOURCE))).to.equal(outcome)
      })
    }
  })

  describe('signatures', () => {
    const outcome = async (jwt: string) => outcomeOf(verifyWith()(jwt, RESOURCE))

    for (const alg of ['none', 'None', 'NONE', 'nOnE']) {
      it(`refuses alg ${alg}`, async () => {
        const head = `${base64url({ alg, kid: 'first' })}.${base64url(STANDARD)}`
        expect(await outcome(`${head}.`)).to.equal('token_rejected')
        expect(await outcome(`${head}.AAAA`)).to.equal('token_rejected')
      })
    }

    for (const alg of ['HS256', 'HS384', 'HS512']) {
      it(`refuses ${alg} with the public key as secret`, async () => {
        const { publicJwk } = await signingKey('first')
        const key = await importJWK(publicJwk, 'RS256')
        if (key instanceof Uint8Array) throw new Error('an RSA key is no secret')
        const secret = await exportSPKI(key)
        const head = `${base64url({ alg, kid: 'first' })}.${base64url(STANDARD)}`
        const mac = createHmac(alg.replace('HS', 'sha'), secret).update(head).digest('base64url')
        expect(await outcome(`${head}.${mac}`)).to.equal('token_rejected')
      })
    }

    it('refuses a shared secret, even where it is the key of the issuer', async () => {
      const secret = Buffer.alloc(32, 7)
      const jwt = await new CompactSign(Buffer.from(JSON.stringify(STANDARD)))
        .setProtectedHeader({ alg: 'HS256' })
        .sign(secret)
      const shared: IssuerKeys = {
        isKnown: () => true,
        version: () => 1,
        keyFor: async () => async () => secret,
      }
      const attempt = verifyWith([provider()], shared)(jwt, RESOURCE)
      expect(await outcomeOf(attempt)).to.equal('token_rejected')
    })

    it("refuses another's key under a known kid", async () => {
      expect(await outcome(await signed(STANDARD, { kid: 'first' }, 'foreign'))).to.equal(
        'token_rejected',
      )
    })

    it('refuses a key that the token brings along', async () => {
      const { publicJwk } = await signingKey('foreign')
      const jwt = await signed(STANDARD, { kid: 'foreign', jwk: publicJwk }, 'foreign')
      expect(await outcome(jwt)).to.equal('token_rejected')
    })

    for (const [what, header] of [
      ['an unknown kid', { kid: 'second' }],
      ['a kid like a path', { kid: '../../dev/null' }],
      ['a very long kid', { kid: 'k'.repeat(8000) }],
      ['a kid called __proto__', { kid: '__proto__' }],
      ['a critical extension', { crit: ['exp'], exp: 7 }],
    ] as const) {
      it(`refuses ${what}`, async () => {
        const { crit, ...rest } = { crit: undefined, ...header }
        const jwt = await token({}, crit === undefined ? rest : { ...rest, crit: [...crit] })
        expect(await outcome(jwt)).to.equal('token_rejected')
      })
    }

    it('refuses an unencoded payload', async () => {
      const { privateKey } = await signingKey('first')
      const payload = base64url(STANDARD)
      const jws = await new FlattenedSign(Buffer.from(payload))
        .setProtectedHeader({ alg: 'RS256', kid: 'first', crit: ['b64'], b64: false })
        .sign(privateKey)
      expect(await outcome(`${jws.protected}.${payload}.${jws.signature}`)).to.equal(
        'token_rejected',
      )
    })

    it('accepts a token without kid where only one key can be meant', async () => {
      const { privateKey } = await signingKey('first')
      const jwt = await new CompactSign(Buffer.from(JSON.stringify(STANDARD)))
        .setProtectedHeader({ alg: 'RS256' })
        .sign(privateKey)
      expect(await outcome(jwt)).to.equal('verified')
    })

    it('refuses a changed claim', async () => {
      const [head, , signature] = (await token()).split('.')
      const jwt = `${head}.${base64url({ ...STANDARD, sub: 'mallory' })}.${signature}`
      expect(await outcome(jwt)).to.equal('token_rejected')
    })

    it('refuses a cut signature', async () => {
      expect(await outcome((await token()).slice(0, -10))).to.equal('token_rejected')
    })
  })

  describe('forms', () => {
    const table: ReadonlyArray<readonly [string, string | Promise<string>, string]> = [
      ['one word', 'opaque', 'token_opaque'],
      ['two parts', 'a.b', 'token_opaque'],
      ['five parts', 'eyJhbGciOiJkaXIifQ..a.b.c', 'token_opaque'],
      ['four parts', 'a.b.c.d', 'token_opaque'],
      ['three empty parts', '..', 'token_rejected'],
      ['three parts of nothing', 'a.b.c', 'token_rejected'],
      ['a list for claims', signed([STANDARD]), 'token_rejected'],
      [
        'claims that are no UTF-8',
        signed(Buffer.from('{"iss":"\xff"}', 'latin1')),
        'token_rejected',
      ],
      ['claims that are no JSON', signed(Buffer.from('hello')), 'token_rejected'],
      [
        'a token inside a token',
        token().then((inner) => signed(Buffer.from(inner), { cty: 'JWT' })),
        'token_rejected',
      ],
    ]
    for (const [what, jwt, outcome] of table) {
      it(`answers ${outcome} to ${what}`, async () => {
        expect(await outcomeOf(verifyWith()(await jwt, RESOURCE))).to.equal(outcome)
      })
    }

    it('judges the issuer that jose judges where the claim stands twice', async () => {
      const text = JSON.stringify(STANDARD)
      const first = Buffer.from(`{"iss":"https://evil.example",${text.slice(1)}`)
      const last = Buffer.from(`${text.slice(0, -1)},"iss":"https://evil.example"}`)
      expect(await outcomeOf(verifyWith()(await signed(first), RESOURCE))).to.equal('verified')
      expect(await outcomeOf(verifyWith()(await signed(last), RESOURCE))).to.equal('issuer_unknown')
    })
  })

  describe('providers', () => {
    const accepts = async (preset: Preset, claims: Record<string, unknown>, over = {}) =>
      outcomeOf(verifyWith([provider({ preset, ...over })])(await token(claims), RESOURCE))

    it('refuses the ID token of Cognito, and of a client that is not listed', async () => {
      const listed = { clientIds: ['one'] }
      const access = { aud: undefined, token_use: 'access', client_id: 'one' }
      expect(await accepts('cognito', access, listed)).to.equal('verified')
      const id = { ...access, token_use: 'id', aud: 'one' }
      expect(await accepts('cognito', id, listed)).to.equal('token_type_rejected')
      expect(await accepts('cognito', { ...access, client_id: 'two' }, listed)).to.equal(
        'audience_mismatch',
      )
    })

    it('refuses the ID token of Okta', async () => {
      const audience = { audience: ['api://default'] }
      const access = { aud: 'api://default', jti: 'AT.1' }
      expect(await accepts('okta', access, audience)).to.equal('verified')
      expect(await accepts('okta', { ...access, jti: 'ID.1' }, audience)).to.equal(
        'token_type_rejected',
      )
    })

    it('routes a token by its exact issuer, a slash included', async () => {
      const plain = provider({ audience: ['one'] })
      const slashed = provider({ issuer: `${ISSUER}/`, audience: ['two'] })
      const verify = verifyWith([plain, slashed])
      const { provider: chosen } = await verify(
        await token({ iss: `${ISSUER}/`, aud: 'two' }),
        RESOURCE,
      )
      expect(chosen).to.equal(slashed)
      const crossed = verify(await token({ iss: ISSUER, aud: 'two' }), RESOURCE)
      expect(await outcomeOf(crossed)).to.equal('audience_mismatch')
    })
  })

  describe('hints', () => {
    const hintOf = async (jwt: string) => {
      const error: unknown = await verifyWith()(jwt, RESOURCE).catch((reason: unknown) => reason)
      if (!(error instanceof GatewayError)) throw error
      return `${error.reason}: ${error.hint}`
    }
    const graph = { aud: '00000003-0000-0000-c000-000000000000' }

    it('know a token for Microsoft Graph by its audience before its issuer and signature, for nobody else can verify it', async () => {
      const unknown = { ...graph, iss: 'https://sts.windows.net/1/' }
      expect(await hintOf(await token(unknown))).to.equal('issuer_unknown: graph_token')
      expect(await hintOf(await signed({ ...STANDARD, ...graph }, {}, 'other'))).to.equal(
        'token_rejected: graph_token',
      )
      const bad = await signed({ ...STANDARD, ...graph }, { kid: 'first' }, 'other')
      expect(await hintOf(bad)).to.equal('token_rejected: graph_token')
      expect(await hintOf(await token(graph))).to.equal('audience_mismatch: graph_token')
    })

    it('say that a key is not published, and that a secret is shared', async () => {
      expect(await hintOf(await signed(STANDARD, {}, 'other'))).to.equal(
        'token_rejected: key_unknown',
      )
      const head = `${base64url({ alg: 'HS256' })}.${base64url(STANDARD)}`
      expect(await hintOf(`${head}.AAAA`)).to.equal('token_rejected: algorithm_shared_secret')
    })
  })

  describe('memory', () => {
    it('checks no signature when a token comes again', async () => {
      const verify = verifyWith()
      const jwt = await token()
      const first = await verify(jwt, RESOURCE)
      expect(await verify(jwt, RESOURCE)).to.equal(first)
      expect(signaturesChecked).to.equal(1)
    })

    it('verifies a remembered token again when the keys of its issuer have changed', async () => {
      let version = 1
      const verify = verifyWith([provider()], { ...keys, version: () => version })
      const jwt = await token()
      await verify(jwt, RESOURCE)
      version = 2
      await verify(jwt, RESOURCE)
      await verify(jwt, RESOURCE)
      expect(signaturesChecked).to.equal(2)
    })

    it('verifies again what was verified while the keys changed', async () => {
      let version = 1
      const verify = verifyWith([provider()], {
        ...keys,
        version: () => version,
        keyFor: async () => {
          const keyOf = await keys.keyFor()
          return (header, input) => {
            const key = keyOf(header, input)
            version = 2
            return key
          }
        },
      })
      const jwt = await token()
      await verify(jwt, RESOURCE)
      await verify(jwt, RESOURCE)
      await verify(jwt, RESOURCE)
      expect(signaturesChecked).to.equal(2)
    })

    it('refuses a remembered token when it has expired', async () => {
      const verify = verifyWith()
      const jwt = await token()
      await verify(jwt, RESOURCE)
      clock = (NOW + 600 + TOLERANCE) * 1000
      expect(await outcomeOf(verify(jwt, RESOURCE))).to.equal('token_expired')
    })

    it('refuses a remembered token at another resource', async () => {
      const verify = verifyWith()
      const jwt = await token()
      await verify(jwt, RESOURCE)
      expect(await outcomeOf(verify(jwt, `${RESOURCE}/prod`))).to.equal('audience_mismatch')
    })

    it('does not remember a refusal', async () => {
      const verify = verifyWith()
      const jwt = await token({ nbf: NOW + 60 })
      expect(await outcomeOf(verify(jwt, RESOURCE))).to.equal('token_rejected')
      clock += 60_000
      expect(await outcomeOf(verify(jwt, RESOURCE))).to.equal('verified')
    })
  })

  it('passes on that the keys cannot be had', async () => {
    const down: IssuerKeys = {
      isKnown: () => false,
      version: () => 1,
      keyFor: () => Promise.reject(new GatewayError('issuer_unavailable')),
    }
    const lost: IssuerKeys = {
      isKnown: () => true,
      version: () => 1,
      keyFor: async () => () => Promise.reject(new GatewayError('issuer_unavailable')),
    }
    for (const issuerKeys of [down, lost]) {
      const attempt = verifyWith([provider()], issuerKeys)(await token(), RESOURCE)
      expect(await outcomeOf(attempt)).to.equal('issuer_unavailable')
    }
  })

  it('asks no issuer for keys for a token of another', async () => {
    await outcomeOf(verifyWith()(await token({ iss: 'https://evil.example' }), RESOURCE))
    expect(keysAsked).to.equal(0)
  })

  it('puts nothing of the token but a bounded issuer into the cause', async () => {
    const canary = 'canary-in-a-claim'
    for (const claims of [
      { sub: '', canary },
      { exp: NOW - 60, sub: canary },
      { aud: canary },
      { nonce: canary },
      { iss: `https://evil.example/${'x'.repeat(5000)}${canary}` },
    ]) {
      const jwt = await token(claims)
      const error: unknown = await verifyWith()(jwt, RESOURCE).catch((reason: unknown) => reason)
      const text = causeChain(error)
      expect(text).to.not.contain(canary)
      expect(text).to.not.contain(jwt.split('.')[1])
      expect(text.length).to.be.below(500)
    }
  })
})
