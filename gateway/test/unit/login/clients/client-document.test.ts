import { expect } from 'chai'
import { CURSOR_URI, createKnownClients, rejectionOf } from '../../../support/known-clients.ts'
import { signingKey } from '../../../support/signing-key.ts'

const ID = 'https://client.example.com/oauth/client.json'
const DOCUMENT = {
  client_id: ID,
  client_name: 'Client',
  redirect_uris: ['https://client.example.com/callback'],
}

/** Finds the client whose document is what is given, over a document that is right. */
function find(changes: Record<string, unknown> = {}, options = {}) {
  const clients = createKnownClients({
    documents: { [ID]: { ...DOCUMENT, ...changes } },
    ...options,
  })
  return clients.find(ID)
}

describe('a client metadata document', () => {
  it('makes a public client where it names no method', async () => {
    expect(await find()).to.deep.equal({
      id: ID,
      name: 'Client',
      host: 'client.example.com',
      redirectUris: ['https://client.example.com/callback'],
      authentication: { method: 'none' },
    })
  })

  it('does without a name, and cleans the one it has', async () => {
    expect(await find({ client_name: undefined })).to.have.property('name', undefined)
    expect(await find({ client_name: '\u202eedualC' })).to.have.property('name', 'edualC')
  })

  it('may list redirect URIs that are not allowed here beside those that are', async () => {
    const { redirectUris } = await find({
      redirect_uris: ['vscode://x/callback', CURSOR_URI, 'http://localhost/callback', 'x:y'],
    })
    expect(redirectUris).to.deep.equal([CURSOR_URI, 'http://localhost/callback'])
  })

  it('lists a redirect URI once that stands there twice', async () => {
    const uri = 'https://client.example.com/callback'
    expect((await find({ redirect_uris: [uri, uri] })).redirectUris).to.deep.equal([uri])
  })

  for (const [what, changes, says] of [
    ['another client_id', { client_id: `${ID}/` }, 'client_id'],
    ['a client_id in other letters', { client_id: ID.toUpperCase() }, 'client_id'],
    ['no client_id', { client_id: undefined }, 'client_id'],
    ['a list for client_id', { client_id: [ID] }, 'client_id'],
    ['a secret', { client_secret: 'x' }, 'client_secret'],
    ['an empty secret', { client_secret: '' }, 'client_secret'],
    ['an end of its secret', { client_secret_expires_at: 0 }, 'client_secret'],
    ['no redirect_uris', { redirect_uris: undefined }, 'redirect_uris'],
    ['empty redirect_uris', { redirect_uris: [] }, 'redirect_uris'],
    ['text for redirect_uris', { redirect_uris: 'https://client.example.com/' }, 'redirect_uris'],
    ['only what is not allowed', { redirect_uris: ['http://a.example.com/'] }, 'redirect_uris'],
    [
      'too many redirect_uris',
      { redirect_uris: Array.from({ length: 65 }, (_, port) => `http://localhost:${port + 1}/`) },
      'redirect_uris',
    ],
    ['client_secret_basic', { token_endpoint_auth_method: 'client_secret_basic' }, 'method'],
    ['client_secret_post', { token_endpoint_auth_method: 'client_secret_post' }, 'method'],
    ['client_secret_jwt', { token_endpoint_auth_method: 'client_secret_jwt' }, 'method'],
    ['tls_client_auth', { token_endpoint_auth_method: 'tls_client_auth' }, 'method'],
    ['a number for its method', { token_endpoint_auth_method: 1 }, 'method'],
    ['no keys for its method', { token_endpoint_auth_method: 'private_key_jwt' }, 'jwks_uri'],
    [
      'keys without TLS',
      {
        token_endpoint_auth_method: 'private_key_jwt',
        jwks_uri: 'http://client.example.com/keys.json',
      },
      'jwks_uri',
    ],
    [
      'keys in two places',
      {
        token_endpoint_auth_method: 'private_key_jwt',
        jwks_uri: 'https://client.example.com/keys.json',
        jwks: { keys: [] },
      },
      'jwks',
    ],
    [
      'keys that are none',
      { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: ['x'] } },
      'jwks',
    ],
    [
      'a shared key',
      {
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] },
      },
      'jwks',
    ],
    [
      'a private key',
      {
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', d: 'AA' }] },
      },
      'jwks',
    ],
    [
      'an algorithm that is none',
      {
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [] },
        token_endpoint_auth_signing_alg: 'none',
      },
      'signing_alg',
    ],
  ] as const) {
    it(`with ${what} is refused, and says what to mend`, async () => {
      const refusal = await rejectionOf(find(changes))
      expect(refusal).to.include({ code: 'invalid_client', status: 401 })
      expect(refusal).to.have.property('message').that.includes(says)
    })
  }

  for (const text of ['', '{', '[]', 'null', '"x"', `${JSON.stringify(DOCUMENT)}x`, '{"a":1}{}']) {
    it(`that is ${JSON.stringify(text.slice(-12))} is refused`, async () => {
      const clients = createKnownClients({ documents: { [ID]: text } })
      expect(await rejectionOf(clients.find(ID))).to.include({ code: 'invalid_client' })
    })
  }

  it('takes nothing from members that name prototypes', async () => {
    const text = `{"client_id":"${ID}","__proto__":${JSON.stringify(DOCUMENT)}}`
    const clients = createKnownClients({ documents: { [ID]: text } })
    expect(await rejectionOf(clients.find(ID))).to.include({ code: 'invalid_client' })
  })

  it('that offers none beside a method with a shared secret is that of a public client', async () => {
    const { authentication } = await find({
      token_endpoint_auth_method: 'client_secret_post',
      token_endpoint_auth_methods_supported: ['client_secret_post', 'none'],
    })
    expect(authentication).to.deep.equal({ method: 'none' })
  })

  it('with keys of its own needs an assertion, unless it says that it may come without', async () => {
    const { publicJwk } = await signingKey('client')
    const signed = { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [publicJwk] } }
    expect((await find(signed)).authentication).to.include({ orNone: false })
    const either = { token_endpoint_auth_methods_supported: ['none', 'private_key_jwt'] }
    expect((await find({ ...signed, ...either })).authentication).to.include({ orNone: true })
  })
})
