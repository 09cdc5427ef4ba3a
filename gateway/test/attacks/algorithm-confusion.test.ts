import { createHmac } from 'node:crypto'
import { exportSPKI, importJWK } from 'jose'
import { signingKey } from '../support/signing-key.ts'
import { part, signed } from './forge.ts'
import { besiege } from './siege.ts'

describe('algorithm confusion', () => {
  const siege = besiege()
  let genuine: string
  let claims: string
  let signature: string

  before(async () => {
    genuine = await siege.world().tokenOf('generic')
    ;[, claims = '', signature = ''] = genuine.split('.')
  })

  it('is about tokens of which the unchanged one passes', async () => {
    await siege.expectForwarded(genuine)
  })

  for (const alg of ['none', 'None', 'NONE', 'nOnE', ' none', 'none\u0000', '']) {
    it(`gets no unsigned token in with alg ${JSON.stringify(alg)}`, async () => {
      const header = part({ alg, kid: 'first', typ: 'JWT' })
      for (const end of ['', signature, 'AA']) {
        await siege.expectRefused(`${header}.${claims}.${end}`, 'token_rejected')
      }
      await siege.expectRefused(`${header}.${claims}`, 'token_opaque')
    })
  }

  for (const alg of ['HS256', 'HS384', 'HS512'] as const) {
    it(`gets nothing in that is signed by ${alg} with a public key as the secret`, async () => {
      const { publicJwk } = await signingKey('first')
      const imported = await importJWK(publicJwk, 'RS256')
      if (imported instanceof Uint8Array) throw new Error('an RSA key is no secret')
      const pem = await exportSPKI(imported)
      const der = Buffer.from(pem.replaceAll(/-----[A-Z ]+-----|\s/g, ''), 'base64')
      const secrets = [
        pem,
        pem.trim(),
        `${pem}\n`,
        der,
        JSON.stringify(publicJwk),
        JSON.stringify({ keys: [publicJwk] }),
        publicJwk.n ?? '',
        Buffer.from(publicJwk.n ?? '', 'base64url'),
        'first',
        '',
      ]
      for (const secret of secrets) {
        for (const header of [{ alg, kid: 'first' }, { alg }]) {
          const input = `${part(header)}.${claims}`
          const mac = createHmac(alg.replace('HS', 'sha'), secret).update(input)
          await siege.expectRefused(`${input}.${mac.digest('base64url')}`, 'token_rejected')
        }
      }
    })
  }

  for (const alg of [
    5,
    1.5,
    true,
    null,
    ['RS256'],
    { alg: 'RS256' },
    { toString: 'RS256' },
    undefined,
    'rs256',
    'RS256 ',
    'RS1',
    'RSA-OAEP',
    'dir',
    'ES256',
    'ES256K',
    'EdDSA',
    'PS256',
    'RS512',
    'ML-DSA-44',
    '__proto__',
    'constructor',
  ]) {
    it(`refuses a good RS256 signature under alg ${JSON.stringify(alg)}`, async () => {
      for (const kid of ['first', undefined]) {
        const token = await signed({ alg, kid }, Buffer.from(claims, 'base64url'))
        await siege.expectRefused(token, 'token_rejected')
      }
    })
  }
})
