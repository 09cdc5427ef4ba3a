import { expect } from 'chai'
import { fieldOf, REDIRECT_URI, VERIFIER } from '../../integration/login/running-login.ts'
import { openRawSocket } from '../../support/raw-socket.ts'
import { type Changed, errorOf, type FacadeWorld, startFacadeWorld } from './facade-world.ts'

const FORM = 'application/x-www-form-urlencoded'
const basic = (id: string, secret: string) =>
  `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`

/** Attack list line 20. Whatever is refused here leaves the code as good as it was. */
describe('a confused token request', () => {
  let world: FacadeWorld
  let publicId: string
  let confidential: Readonly<{ id: string; secret: string }>
  let form: Record<string, string>
  before(async () => {
    world = await startFacadeWorld()
    publicId = await world.clientId()
    const { json } = await world.register({ token_endpoint_auth_method: 'client_secret_basic' })
    confidential = {
      id: String(fieldOf(json(), 'client_id')),
      secret: String(fieldOf(json(), 'client_secret')),
    }
  })
  after(() => world.stop())

  let asked = 0
  const prepare = async (id: string) => {
    const answer = await world.signIn(world.newBrowser(), id)
    form = {
      grant_type: 'authorization_code',
      code: answer.searchParams.get('code') ?? '',
      redirect_uri: REDIRECT_URI,
      client_id: id,
      code_verifier: VERIFIER,
    }
    asked = world.alpha.asked.length
  }
  const refused = async (
    what: string,
    changed: Changed,
    headers: Readonly<Record<string, string>>,
    statuses: readonly number[],
    codes: readonly string[],
  ) => {
    const received = await world.token({ ...form, ...changed }, headers)
    expect(received.status, what).to.be.oneOf([...statuses])
    expect(errorOf(received), what).to.be.oneOf([...codes])
    expect(world.alpha.asked.length, what).to.equal(asked)
  }

  it('as a public client: with any Authorization header, a secret, an assertion', async () => {
    await prepare(publicId)
    for (const [what, changed, headers] of [
      ['Basic with an empty secret', {}, { authorization: basic(publicId, '') }],
      ['Basic with a secret', {}, { authorization: basic(publicId, 'secret') }],
      [
        'Basic of another client',
        {},
        { authorization: basic(confidential.id, confidential.secret) },
      ],
      ['Basic that is no base64', {}, { authorization: 'Basic !!!' }],
      ['Basic with nothing', {}, { authorization: 'Basic' }],
      ['Bearer', {}, { authorization: `Bearer ${form.code}` }],
      ['another scheme', {}, { authorization: 'Negotiate abc' }],
      ['an empty header', {}, { authorization: ' ' }],
      ['a secret in the form', { client_secret: 'x' }, {}],
      ['an assertion', { client_assertion: 'x', client_assertion_type: 'y' }, {}],
      ['an assertion without its type', { client_assertion: 'x' }, {}],
    ] as const) {
      await refused(what, changed, headers, [400, 401], ['invalid_client', 'invalid_request'])
    }
    expect((await world.token(form)).status).to.equal(200)
  })

  it('as a confidential client: without its secret, with a wrong one, in two ways at once', async () => {
    await prepare(confidential.id)
    const { id, secret } = confidential
    const right = { authorization: basic(id, secret) }
    for (const [what, changed, headers] of [
      ['no secret', {}, {}],
      ['an empty secret', { client_secret: '' }, {}],
      ['a wrong secret', { client_secret: `${secret}x` }, {}],
      ['the beginning of the secret', { client_secret: secret.slice(0, -1) }, {}],
      ['the secret in capitals', { client_secret: secret.toUpperCase() }, {}],
      ['header and form', { client_secret: secret }, right],
      ['header and an assertion', { client_assertion: 'x' }, right],
      ['the secret of nobody', {}, { authorization: basic(id, 'x'.repeat(43)) }],
      ['another client in the form', { client_id: publicId }, right],
      ['the id of another in the header', {}, { authorization: basic(publicId, secret) }],
    ] as const) {
      await refused(what, changed, headers, [400, 401], ['invalid_client', 'invalid_request'])
    }
    expect((await world.token(form, right)).status).to.equal(200)
  })

  it('with a confidential client’s id, and its code, from whoever has no secret: refreshing', async () => {
    await prepare(confidential.id)
    const right = { authorization: basic(confidential.id, confidential.secret) }
    const { json } = await world.token(form, right)
    const refresh = {
      grant_type: 'refresh_token',
      refresh_token: String(fieldOf(json(), 'refresh_token')),
      client_id: confidential.id,
    }
    const before = world.alpha.asked.length
    expect(errorOf(await world.token(refresh))).to.equal('invalid_client')
    expect(errorOf(await world.token({ ...refresh, client_id: publicId }))).to.equal(
      'invalid_grant',
    )
    expect(world.alpha.asked.length).to.equal(before)
    expect((await world.token(refresh, right)).status).to.equal(200)
  })

  it('of another type: JSON, text, several, malformed, in another character set', async () => {
    await prepare(publicId)
    const encoded = new URLSearchParams(form).toString()
    for (const [type, body] of [
      ['application/json', JSON.stringify(form)],
      ['application/json', encoded],
      ['text/plain', encoded],
      ['multipart/form-data; boundary=x', encoded],
      ['', encoded],
      ['application', encoded],
      [';;;', encoded],
      [`${FORM}, application/json`, encoded],
      [`${FORM}; charset=utf-16`, encoded],
      [`${FORM}; charset="`, encoded],
      [FORM, JSON.stringify(form)],
      [FORM, `\ufeff${encoded}`],
      [FORM, `${encoded}&code=`],
      [FORM, `${encoded}&code=other`],
      [FORM, `${encoded}&c%6fde=other`],
      [FORM, `${encoded}&x=%ff`],
      [FORM, `${encoded}&x=%`],
      [FORM, encoded.replaceAll('&', ';')],
      [FORM, ''],
    ] as const) {
      const received = await world.send({
        method: 'POST',
        path: '/oauth/token',
        headers: type === '' ? {} : { 'content-type': type },
        body,
      })
      expect(received.status, `${type} ${body}`).to.be.oneOf([400, 401])
      expect(received.headers['cache-control'], type).to.equal('no-store')
      expect(errorOf(received), type).to.be.oneOf(['invalid_request', 'invalid_client'])
    }
    expect(world.alpha.asked.length).to.equal(asked)
    expect((await world.token(form)).status).to.equal(200)
  })

  it('with another grant, or a method that is none', async () => {
    await prepare(publicId)
    for (const grant_type of [
      'password',
      'client_credentials',
      'implicit',
      'urn:ietf:params:oauth:grant-type:token-exchange',
      'urn:ietf:params:oauth:grant-type:jwt-bearer',
      'urn:ietf:params:oauth:grant-type:device_code',
      'AUTHORIZATION_CODE',
      'authorization_code ',
      'authorization_code refresh_token',
      '__proto__',
      undefined,
    ]) {
      await refused(
        String(grant_type),
        { grant_type, username: 'alice', password: 'x' },
        {},
        [400],
        ['unsupported_grant_type', 'invalid_request'],
      )
    }
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
      const { status, headers } = await world.send({ method, path: '/oauth/token' })
      expect(status, method).to.equal(405)
      expect(headers.allow, method).to.equal('POST, OPTIONS')
    }
    expect((await world.token(form)).status).to.equal(200)
  })

  it('that is larger than any, is 413 and read no further', async () => {
    for (const [path, type] of [
      ['/oauth/token', FORM],
      ['/oauth/revoke', FORM],
      ['/oauth/consent', FORM],
      ['/oauth/register', 'application/json'],
    ] as const) {
      const client = await openRawSocket(world.gateway.port)
      client.write(
        `POST ${path} HTTP/1.1\r\nHost: gw.example.com\r\nContent-Type: ${type}\r\nContent-Length: 1000000\r\n\r\n`,
      )
      const { status } = await client.readHead()
      client.destroy()
      expect(status, path).to.equal(413)
    }
  })

  it('with the facade’s own values where a browser would bring them changes nothing', async () => {
    await prepare(publicId)
    const { status } = await world.token(form, {
      cookie: `__Host-login-${'a'.repeat(43)}=${form.code}`,
      origin: 'https://evil.example',
      'x-forwarded-host': 'evil.example',
      'x-http-method-override': 'DELETE',
    })
    expect(status).to.equal(200)
  })
})
