import { expect } from 'chai'
import { MAX_CLIENT_ID_CHARACTERS } from '../../../src/login/clients/registration.ts'
import { createKnownClients, rejectionOf } from '../../support/known-clients.ts'

const URIS = ['https://client.example.com/callback']

describe('a registration that wants more than a client may have', () => {
  const { register, find, contents } = createKnownClients()

  for (const document of [undefined, null, 'text', 1, true, [], [{ redirect_uris: URIS }]]) {
    it(`is refused where it is ${JSON.stringify(document)} instead of an object`, async () => {
      const refusal = await rejectionOf(register(document))
      expect(refusal).to.include({ code: 'invalid_client_metadata', status: 400 })
    })
  }

  for (const [what, redirect_uris] of Object.entries({
    'no list': undefined,
    null: null,
    'an empty list': [],
    text: 'https://client.example.com/callback',
    'an object': { 0: 'https://client.example.com/callback', length: 1 },
    'a thousand entries': Array.from({ length: 1000 }, (_, i) => `https://a.example.com/${i}`),
    'seventeen entries': Array.from({ length: 17 }, (_, i) => `https://a.example.com/${i}`),
    'a number among them': [...URIS, 1],
    'a list within': [URIS],
    'an object that turns into text': [{ toString: () => 'https://client.example.com/callback' }],
    'entries whose ids together are too long': Array.from(
      { length: 16 },
      (_, i) =>
        `https://client.example.com/${i}/${Buffer.from(crypto.getRandomValues(new Uint8Array(300))).toString('hex')}`,
    ),
  })) {
    it(`is refused with ${what} for redirect_uris`, async () => {
      const refusal = await rejectionOf(register({ redirect_uris }))
      expect(refusal).to.include({ code: 'invalid_redirect_uri', status: 400 })
    })
  }

  for (const uri of [
    'http://client.example.com/callback',
    'javascript:alert(1)//',
    'data:text/html,x',
    'file:///etc/passwd',
    'cursor://evil/callback',
    'https://client.example.com/callback#fragment',
    'https://user@client.example.com/callback',
    'https://client.example.com/../callback',
    'https://*.example.com/callback',
    'http://localhost.evil.test/callback',
    'http://127.0.0.2/callback',
    'http://0.0.0.0/callback',
    'http://[::ffff:127.0.0.1]/callback',
  ]) {
    it(`is refused whole for ${uri}, by its index and without repeating it`, async () => {
      const refusal = await rejectionOf(register({ redirect_uris: [...URIS, uri] }))
      expect(refusal).to.include({ code: 'invalid_redirect_uri', status: 400 })
      expect(refusal).to.have.property('message').that.includes('redirect_uris[1]')
      expect(refusal).to.have.property('message').that.does.not.include(uri)
    })
  }

  for (const member of ['grant_types', 'response_types']) {
    for (const value of ['authorization_code', {}, 1, ['implicit'], ['client_credentials', null]]) {
      it(`is refused with ${JSON.stringify(value)} for ${member}`, async () => {
        const refusal = await rejectionOf(register({ redirect_uris: URIS, [member]: value }))
        expect(refusal).to.include({ code: 'invalid_client_metadata', status: 400 })
      })
    }
  }

  it('gets no grant but those that the gateway has', async () => {
    const answer = await register({
      redirect_uris: URIS,
      grant_types: ['password', 'client_credentials', 'authorization_code', 'constructor'],
      response_types: ['token', 'code', 'none'],
    })
    expect(answer.grant_types).to.deep.equal(['authorization_code'])
    expect(answer.response_types).to.deep.equal(['code'])
  })

  for (const method of [
    'private_key_jwt',
    'client_secret_jwt',
    'tls_client_auth',
    'constructor',
    '__proto__',
    '',
    1,
    null,
    ['none'],
  ]) {
    it(`becomes a public client with ${JSON.stringify(method)} for its method`, async () => {
      const answer = await register({ redirect_uris: URIS, token_endpoint_auth_method: method })
      expect(answer).to.include({ token_endpoint_auth_method: 'none' })
      expect(answer).to.not.have.any.keys('client_secret', 'client_secret_expires_at')
    })
  }

  it('gets a redirect URI once that it sends twice', async () => {
    const answer = await register({ redirect_uris: [...URIS, ...URIS] })
    expect(answer.redirect_uris).to.deep.equal(URIS)
  })

  it('does not choose its id, its secret or the time', async () => {
    const answer = await register({
      redirect_uris: URIS,
      token_endpoint_auth_method: 'client_secret_basic',
      client_id: 'chosen',
      client_secret: 'chosen',
      client_secret_expires_at: 1,
      client_id_issued_at: 1,
      registration_access_token: 'chosen',
      registration_client_uri: 'https://evil.example.com',
    })
    expect(JSON.stringify(answer)).to.not.include('chosen')
    expect(answer.client_secret_expires_at).to.equal(0)
    expect(answer.client_id_issued_at).to.be.closeTo(Date.now() / 1000, 5)
    expect(answer).to.not.have.any.keys('registration_access_token', 'registration_client_uri')
  })

  it('changes nothing with keys that name prototypes, and lends nothing from them', async () => {
    const text = `{"redirect_uris":${JSON.stringify(URIS)},"__proto__":{"client_name":"lent","polluted":1},"constructor":{"prototype":{"polluted":1}}}`
    const answer = await register(JSON.parse(text))
    expect(answer).to.not.have.property('client_name')
    expect({}).to.not.have.property('polluted')
    const lent = JSON.parse(`{"__proto__":{"redirect_uris":${JSON.stringify(URIS)}}}`)
    expect(await rejectionOf(register(lent))).to.include({ code: 'invalid_redirect_uri' })
    const inherited = Object.create({ redirect_uris: URIS })
    expect(await rejectionOf(register(inherited))).to.include({ code: 'invalid_redirect_uri' })
  })

  it('keeps a name to one line of 200 visible characters', async () => {
    const hidden =
      '\u202e\u2066\u200b\u200d\u00ad\ufeff\u0000\u0007\ud800\ue000\u{e0041}\u3164\u2800'
    const { client_name: name } = await register({
      redirect_uris: URIS,
      client_name: `  Clau${hidden}de\r\n\t\u2028Code  `,
    })
    expect(name).to.equal('Claude Code')
    const { client_name: piled } = await register({
      redirect_uris: URIS,
      client_name: `Z${'\u0301\u0302'.repeat(100)}oe`,
    })
    expect([...(piled ?? '')].length).to.be.below(9)
    const long = await register({ redirect_uris: URIS, client_name: '😀'.repeat(10_000) })
    expect([...(long.client_name ?? '')]).to.have.length(200)
    for (const client_name of ['', '   ', hidden, 1, null, ['Claude'], { toString: () => 'x' }]) {
      expect(await register({ redirect_uris: URIS, client_name })).to.not.have.property(
        'client_name',
      )
    }
  })

  it('repeats no address but one of https, and nothing that it does not know', async () => {
    for (const client_uri of ['http://a.example.com', 'javascript:alert(1)', 'x', 1, null]) {
      const answer = await register({
        redirect_uris: URIS,
        client_uri,
        logo_uri: 'https://a.example.com/logo.svg',
        policy_uri: 'https://a.example.com/policy',
        unknown: 'value',
      })
      expect(answer).to.have.all.keys(
        'client_id',
        'client_id_issued_at',
        'redirect_uris',
        'token_endpoint_auth_method',
        'grant_types',
        'response_types',
      )
    }
  })

  it('by the thousand stores nothing, and gives each an id of its own', async () => {
    const ids = new Set<string>()
    for (let index = 0; index < 1000; index += 1) {
      ids.add((await register({ redirect_uris: URIS })).client_id)
    }
    expect(ids.size).to.equal(1000)
  })

  it('cannot be made by hand, cut, changed or brought from another gateway', async () => {
    const { client_id: id } = await register({ redirect_uris: URIS })
    const sealed = { redirectUris: URIS, method: 'none' as const }
    const otherKey = createKnownClients({ keys: [new Uint8Array(32).fill(8)] })
    const otherAudience = createKnownClients({ audience: 'https://other.example.com' })
    const challenge = { redirectUri: '', challenge: '', target: '', clientName: '', id: '' }
    for (const forged of [
      '',
      'client',
      `${id}x`,
      id.slice(0, -4),
      id.replace(/\.[^.]+$/, '.AAAAAAAAAAAAAAAAAAAAAA'),
      id.split('.').reverse().join('.'),
      'a'.repeat(MAX_CLIENT_ID_CHARACTERS + 1),
      (await otherKey.register({ redirect_uris: URIS })).client_id,
      (await otherAudience.register({ redirect_uris: URIS })).client_id,
      await otherKey.contents.client.seal(sealed, undefined),
      await contents.consent.seal({ ...challenge, client: '', browser: '' }, 600),
    ]) {
      const refusal = await rejectionOf(find(forged))
      expect(refusal, forged).to.include({ code: 'invalid_client', status: 401 })
    }
    expect(await find(id)).to.have.property('id', id)
  })

  it('is held to rules that were tightened after it', async () => {
    const keys = [new Uint8Array(32).fill(9)]
    const { client_id: id } = await createKnownClients({ keys }).register({
      redirect_uris: ['https://one.example.com/callback', 'https://two.example.org/callback'],
    })
    const tighter = createKnownClients({ keys, hosts: ['*.example.com'] })
    expect((await tighter.find(id)).redirectUris).to.deep.equal([
      'https://one.example.com/callback',
    ])
    const tightest = createKnownClients({ keys, hosts: ['three.example.net'] })
    expect(await rejectionOf(tightest.find(id))).to.include({ code: 'invalid_client' })
  })

  it('keeps its secret when a key is added, and loses it with the key', async () => {
    const [old, young] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
    const request = { redirect_uris: URIS, token_endpoint_auth_method: 'client_secret_post' }
    const { client_id, client_secret = '' } = await createKnownClients({ keys: [old] }).register(
      request,
    )
    expect(client_secret).to.match(/^[A-Za-z0-9_-]{43}$/)
    const form = { client_id, client_secret }
    const both = createKnownClients({ keys: [young, old] })
    expect(await both.present(form)).to.have.property('id', client_id)
    const { client_secret: another } = await both.register(request)
    expect(another).to.not.equal(client_secret)
    const after = createKnownClients({ keys: [young] })
    expect(await rejectionOf(after.present(form))).to.include({ code: 'invalid_client' })
    expect(both.clientSecretOf('not one of ours')).to.equal(undefined)
    const elsewhere = createKnownClients({ keys: [old], audience: 'https://b.example.com' })
    expect(elsewhere.clientSecretOf(client_id)).to.not.equal(client_secret)
  })
})
