import { expect } from 'chai'
import fc from 'fast-check'
import { presentedClient } from '../../../src/login/clients/presented-client.ts'
import { MAX_CLIENT_ID_CHARACTERS } from '../../../src/login/clients/registration.ts'
import { OAuthError } from '../../../src/login/oauth-error.ts'
import { createKnownClients } from '../../support/known-clients.ts'

/** Runs what may be refused; anything but a refusal is a bug. */
async function orRefused<T>(run: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await run()
  } catch (error) {
    expect(error).to.be.instanceOf(OAuthError)
    return undefined
  }
}

const MEMBERS = [
  'redirect_uris',
  'client_name',
  'client_uri',
  'grant_types',
  'response_types',
  'token_endpoint_auth_method',
  'token_endpoint_auth_methods_supported',
  'token_endpoint_auth_signing_alg',
  'jwks',
  'jwks_uri',
  'client_id',
  'client_secret',
  'scope',
  'application_type',
  '__proto__',
] as const
const likely = fc.constantFrom<unknown>(
  'none',
  'private_key_jwt',
  'client_secret_post',
  'code',
  'authorization_code',
  'RS256',
  'http://localhost/callback',
  'https://client.example.com/callback',
  ['authorization_code'],
  ['code'],
  ['https://client.example.com/callback'],
  { keys: [] },
  { keys: [{ kty: 'RSA' }] },
)
const document = fc.dictionary(
  fc.constantFrom(...MEMBERS),
  fc.oneof({ weight: 3, arbitrary: likely }, { weight: 2, arbitrary: fc.jsonValue() }),
)

describe('clients, fuzzed', () => {
  it('registers or refuses any JSON, and finds again what it registered', async () => {
    const clients = createKnownClients()
    await fc.assert(
      fc.asyncProperty(fc.oneof(document, fc.jsonValue()), async (json) => {
        const answer = await orRefused(() => clients.register(json))
        if (answer === undefined) return
        expect(answer.client_id.length).to.be.at.most(MAX_CLIENT_ID_CHARACTERS)
        const client = await clients.find(answer.client_id)
        expect(client.redirectUris).to.deep.equal(answer.redirect_uris)
        expect(client.authentication.method).to.equal(answer.token_endpoint_auth_method)
        expect(client.authentication.method === 'none').to.equal(answer.client_secret === undefined)
      }),
      { numRuns: 300 },
    )
  })

  it('makes a client of any document, or refuses it', async () => {
    const id = 'https://client.example.com/client.json'
    await fc.assert(
      fc.asyncProperty(fc.oneof(document, fc.jsonValue()), fc.boolean(), async (json, isNamed) => {
        const named =
          isNamed && typeof json === 'object' && !Array.isArray(json)
            ? { ...json, client_id: id }
            : json
        const clients = createKnownClients({ documents: { [id]: JSON.stringify(named) } })
        const client = await orRefused(() => clients.find(id))
        if (client === undefined) return
        expect(client.id).to.equal(id)
        expect(client.redirectUris).to.not.have.length(0)
        for (const uri of client.redirectUris) {
          expect(clients.rules.problemOf(uri)).to.equal(undefined)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('fetches for any text as client id only what is its one spelling of a public address', async () => {
    const clients = createKnownClients()
    const parts = fc.constantFrom(
      'https:',
      '//',
      '/',
      'a.example.com',
      '..',
      '%2e',
      '@',
      ':',
      '?',
      '#',
      '127.0.0.1',
      '[::1]',
      'x',
      '\\',
      ' ',
    )
    const text = fc.oneof(
      fc.array(parts, { maxLength: 10 }).map((all) => all.join('')),
      fc.string(),
      fc.webUrl(),
    )
    await fc.assert(
      fc.asyncProperty(text, async (clientId) => {
        const before = clients.fetched.length
        await orRefused(() => clients.find(clientId))
        for (const fetched of clients.fetched.slice(before)) {
          expect(fetched).to.equal(clientId)
          expect(fetched).to.match(
            /^https:\/\/[a-z0-9_.~!$&'()*+,;=-]+\.[a-z0-9_.~!$&'()*+,;=-]+\/[^?#\\ ]+$/,
          )
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('reads credentials from any header and form, or refuses them', async () => {
    const base64 = fc
      .uint8Array({ maxLength: 40 })
      .map((bytes) => Buffer.from(bytes).toString('base64'))
    const authorization = fc.option(
      fc.oneof(
        fc.string(),
        base64.map((text) => `Basic ${text}`),
        fc.string().map((text) => `Basic ${text}`),
      ),
      { nil: undefined },
    )
    const form = fc.dictionary(
      fc.constantFrom('client_id', 'client_secret', 'client_assertion', 'client_assertion_type'),
      fc.string({ minLength: 1 }),
    )
    await fc.assert(
      fc.asyncProperty(authorization, form, async (header, fields) => {
        const presented = await orRefused(() =>
          presentedClient({ form: new Map(Object.entries(fields)), authorization: header }),
        )
        if (presented === undefined) return
        expect(presented.id).to.not.equal('')
        if (fields.client_id !== undefined) expect(presented.id).to.equal(fields.client_id)
      }),
      { numRuns: 3000 },
    )
  })
})
