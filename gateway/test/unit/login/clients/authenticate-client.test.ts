import { expect } from 'chai'
import { ASSERTION_ALGORITHMS } from '../../../../src/login/clients/client-keys.ts'
import { DocumentError } from '../../../../src/login/clients/document-error.ts'
import { createUsedAssertions } from '../../../../src/login/clients/used-assertions.ts'
import {
  ASSERTION_TYPE,
  assertionOf,
  basic,
  createKnownClients,
  rejectionOf,
  rejectionsOf,
} from '../../../support/known-clients.ts'
import { signingKey } from '../../../support/signing-key.ts'

const clients = createKnownClients()
const register = async (method: string) => {
  const { client_id: id, client_secret: secret = '' } = await clients.register({
    redirect_uris: ['https://client.example.com/callback'],
    token_endpoint_auth_method: method,
  })
  return { id, secret }
}
const { present } = clients

const invalidClient = { code: 'invalid_client', status: 401 }
const invalidRequest = { code: 'invalid_request', status: 400 }

describe('createAuthenticateClient', () => {
  it('takes a public client by its id alone', async () => {
    const { id } = await register('none')
    expect(await present({ client_id: id })).to.have.property('id', id)
  })

  for (const method of ['client_secret_basic', 'client_secret_post']) {
    it(`takes the secret of a ${method} client in the header and in the form`, async () => {
      const { id, secret } = await register(method)
      for (const client of await Promise.all([
        present({ client_id: id, client_secret: secret }),
        present({}, basic(id, secret)),
        present({ client_id: id }, basic(id, secret)),
        present({}, basic(encodeURIComponent(id), encodeURIComponent(secret))),
        present({}, basic(id, secret).replace('Basic ', 'bAsIc  ')),
      ])) {
        expect(client).to.have.property('id', id)
      }
    })

    it(`refuses a ${method} client without its secret, and with any other`, async () => {
      const { id, secret } = await register(method)
      const other = await register(method)
      for (const wrong of [
        'x',
        `${secret}x`,
        secret.slice(1),
        secret.toUpperCase(),
        other.secret,
      ]) {
        expect(await rejectionOf(present({ client_id: id, client_secret: wrong }))).to.include(
          invalidClient,
        )
        expect(await rejectionOf(present({}, basic(id, wrong)))).to.include(invalidClient)
      }
      expect(await rejectionOf(present({ client_id: id }))).to.include(invalidClient)
      expect(await rejectionOf(present({}, basic(id, '')))).to.include(invalidClient)
    })

    it(`refuses a ${method} client with an assertion`, async () => {
      const { id } = await register(method)
      const form = {
        client_assertion_type: ASSERTION_TYPE,
        client_assertion: await assertionOf(id),
      }
      expect(await rejectionOf(present(form))).to.include(invalidClient)
    })
  }

  it('refuses a public client that sends proof of whatever kind', async () => {
    const { id } = await register('none')
    const assertion = {
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: await assertionOf(id),
    }
    for (const refusal of await rejectionsOf([
      present({ client_id: id, client_secret: 'x' }),
      present({}, basic(id, 'x')),
      present({}, basic(id, '')),
      present({ client_id: id }, 'Bearer token'),
      present(assertion),
    ])) {
      expect(refusal).to.include(invalidClient)
    }
  })

  it('takes an empty secret for none, as an empty parameter is', async () => {
    const { id } = await register('none')
    expect(await present({ client_id: id, client_secret: '' })).to.have.property('id', id)
  })

  it('refuses two ways at once, though each of them is right', async () => {
    const { id, secret } = await register('client_secret_basic')
    const assertion = { client_assertion_type: ASSERTION_TYPE, client_assertion: 'a.b.c' }
    for (const refusal of await rejectionsOf([
      present({ client_id: id, client_secret: secret }, basic(id, secret)),
      present({ client_id: id, client_secret: secret, ...assertion }),
      present({ client_id: id, ...assertion }, basic(id, secret)),
      present({ client_id: id, client_secret: secret }, 'Bearer x'),
      present({ client_id: id, client_secret: secret, client_assertion_type: ASSERTION_TYPE }),
    ])) {
      expect(refusal).to.include(invalidRequest)
    }
  })

  it('refuses a request that names two clients, or none', async () => {
    const [one, two] = [await register('client_secret_basic'), await register('none')]
    const attempt = present({ client_id: two.id }, basic(one.id, one.secret))
    expect(await rejectionOf(attempt)).to.include(invalidRequest)
    expect(await rejectionOf(present({}))).to.include(invalidRequest)
    expect(await rejectionOf(present({ client_secret: 'x' }))).to.include(invalidRequest)
  })

  for (const authorization of [
    '',
    'Basic',
    'Basic ',
    'Basic !',
    'Basic YTpi YTpi',
    'Basic YTpi, Basic YTpi',
    'Basic YTpi\t',
    'Basic YTpi=',
    'Basic YTpiYQ',
    'Basic YTpiYR==',
    'Basic YTpi_-',
    `Basic ${Buffer.from('nocolon').toString('base64')}`,
    `Basic ${Buffer.from(':secret').toString('base64')}`,
    `Basic ${Buffer.from('id:%zz').toString('base64')}`,
    `Basic ${Buffer.from('id:%ff').toString('base64')}`,
    `Basic ${Buffer.from([0x69, 0x64, 0x3a, 0xff]).toString('base64')}`,
    `Basic ${Buffer.from('id:a\nb').toString('base64')}`,
    'Bearer eyJhbGciOiJub25lIn0.e30.',
    'Digest username="x"',
  ]) {
    it(`refuses the header ${JSON.stringify(authorization)}`, async () => {
      expect(await rejectionOf(present({}, authorization))).to.include(invalidClient)
    })
  }

  for (const [what, form, expected] of [
    ['of another type', { client_assertion_type: 'urn:x', client_assertion: 'x' }, invalidRequest],
    ['without its type', { client_assertion: 'x' }, invalidRequest],
    ['that is missing', { client_assertion_type: ASSERTION_TYPE }, invalidClient],
    [
      'that is no JWT',
      { client_assertion_type: ASSERTION_TYPE, client_assertion: 'x' },
      invalidClient,
    ],
    [
      'that is too long',
      { client_assertion_type: ASSERTION_TYPE, client_assertion: 'x'.repeat(8193) },
      invalidClient,
    ],
  ] as const) {
    it(`refuses an assertion ${what}`, async () => {
      expect(await rejectionOf(present(form))).to.include(expected)
    })
  }

  it('says in no refusal what was sent', async () => {
    const { id } = await register('client_secret_basic')
    const canary = 'CANARY-secret-value'
    for (const refusal of await rejectionsOf([
      present({ client_id: id, client_secret: canary }),
      present({}, basic(id, canary)),
      present({}, `Basic ${canary}`),
      present({ client_id: canary }),
      present({ client_assertion_type: ASSERTION_TYPE, client_assertion: canary }),
      present({ client_assertion_type: canary, client_assertion: 'x' }),
    ])) {
      expect(refusal).to.be.an('error').with.property('message').that.does.not.include('CANARY')
    }
  })

  for (const alg of ASSERTION_ALGORITHMS) {
    it(`takes an assertion that is signed with ${alg}`, async () => {
      const id = 'https://client.example.com/client.json'
      const key = await signingKey(`client-${alg}`, alg)
      const known = createKnownClients({
        documents: {
          [id]: {
            client_id: id,
            redirect_uris: ['https://client.example.com/callback'],
            token_endpoint_auth_method: 'private_key_jwt',
            jwks: { keys: [key.publicJwk] },
          },
        },
      })
      const client_assertion = await assertionOf(id, { key })
      const form = { client_assertion_type: ASSERTION_TYPE, client_assertion }
      expect(await known.present(form)).to.have.property('id', id)
    })
  }

  it('answers 503 while the keys of a client cannot be had', async () => {
    const id = 'https://client.example.com/client.json'
    const known = createKnownClients({
      fetchDocument: async (url) => {
        if (url.href !== id) throw new DocumentError('unreachable', 'its host cannot be reached')
        return {
          text: JSON.stringify({
            client_id: id,
            redirect_uris: ['https://client.example.com/callback'],
            token_endpoint_auth_method: 'private_key_jwt',
            jwks_uri: 'https://keys.example.com/keys.json',
          }),
          maxAgeSeconds: undefined,
        }
      },
    })
    const client_assertion = await assertionOf(id)
    const form = { client_assertion_type: ASSERTION_TYPE, client_assertion }
    expect(await rejectionOf(known.present(form))).to.include({
      code: 'temporarily_unavailable',
      status: 503,
    })
  })
})

describe('createUsedAssertions', () => {
  const use = (host: string, jti: string, expiresAt = 1000) => ({
    clientId: `https://${host}/client.json`,
    host,
    jti,
    expiresAt,
  })

  it('tells the first use from the second until it has expired', () => {
    let now = 0
    const used = createUsedAssertions({ maxEntries: 10, now: () => now })
    expect(used.isFirst(use('a', '1'))).to.equal(true)
    expect(used.isFirst(use('a', '1'))).to.equal(false)
    expect(used.isFirst(use('a', '2'))).to.equal(true)
    expect(used.isFirst(use('b', '1'))).to.equal(true)
    now = 1000
    expect(used.isFirst(use('a', '1', 2000))).to.equal(true)
    expect(used.isFirst(use('a', '1', 2000))).to.equal(false)
  })

  it('forgets what has expired before anything else', () => {
    let now = 0
    const used = createUsedAssertions({ maxEntries: 3, now: () => now })
    used.isFirst(use('a', '3', 1000))
    for (const jti of ['1', '2']) used.isFirst(use('a', jti, 10))
    now = 10
    for (const jti of ['4', '5']) used.isFirst(use('a', jti, 1000))
    for (const jti of ['3', '4', '5']) {
      expect(used.isFirst(use('a', jti, 1000)), jti).to.equal(false)
    }
  })

  it('takes room from the host that has most of it', () => {
    const used = createUsedAssertions({ maxEntries: 4, now: () => 0 })
    used.isFirst(use('quiet', '1'))
    for (const jti of ['1', '2', '3', '4', '5', '6']) used.isFirst(use('loud', jti))
    expect(used.isFirst(use('quiet', '1'))).to.equal(false)
    expect(used.isFirst(use('loud', '6'))).to.equal(false)
    expect(used.isFirst(use('loud', '1'))).to.equal(true)
  })
})
