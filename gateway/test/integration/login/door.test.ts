import { expect } from 'chai'
import { createClientAddress } from '../../../src/limits/client-address.ts'
import { httpText, openRawSocket } from '../../support/raw-socket.ts'
import { send } from '../../support/send.ts'
import {
  authorizePath,
  fieldOf,
  formRequest,
  PUBLIC_URL,
  REDIRECT_URI,
  type RunningLogin,
  signIn,
  startLogin,
  VERIFIER,
} from './running-login.ts'

const METADATA = [
  '/.well-known/oauth-authorization-server',
  '/.well-known/oauth-authorization-server/mcp',
  '/.well-known/oauth-authorization-server/mcp/prod',
  '/mcp/.well-known/oauth-authorization-server',
  '/mcp/prod/.well-known/oauth-authorization-server',
]
const OPENID = METADATA.map((path) =>
  path.replace('oauth-authorization-server', 'openid-configuration'),
)
const FOR_CLIENTS = ['/oauth/register', '/oauth/token', '/oauth/revoke']

describe('the door of the login facade', () => {
  let running: RunningLogin
  let clientId: string
  before(async () => {
    running = await startLogin()
    clientId = await running.register()
  })
  after(() => running.close())

  for (const path of [...METADATA, ...OPENID]) {
    it(`serves one issuer at ${path}`, async () => {
      const { status, headers, json } = await running.send({ path })
      expect(status).to.equal(200)
      expect(headers['content-type']).to.match(/^application\/json/)
      expect(headers['access-control-allow-origin']).to.equal('*')
      expect(headers['access-control-allow-credentials']).to.equal(undefined)
      expect(fieldOf(json(), 'issuer')).to.equal(PUBLIC_URL)
      expect(fieldOf(json(), 'code_challenge_methods_supported')).to.deep.equal(['S256'])
    })
  }

  it('names endpoints that are there', async () => {
    const { json } = await running.send({ path: METADATA[0] ?? '' })
    for (const name of [
      'authorization_endpoint',
      'token_endpoint',
      'registration_endpoint',
      'revocation_endpoint',
    ]) {
      const { origin, pathname } = new URL(String(fieldOf(json(), name)))
      expect(origin).to.equal(PUBLIC_URL)
      const { status } = await running.send({ method: 'DELETE', path: pathname })
      expect(status, name).to.equal(405)
    }
  })

  it('has no keys of its own', async () => {
    const { status, json } = await running.send({ path: '/oauth/jwks' })
    expect(status).to.equal(200)
    expect(json()).to.deep.equal({ keys: [] })
  })

  for (const [path, methods, allowed] of [
    ['/.well-known/oauth-authorization-server', ['POST', 'PUT', 'DELETE'], 'GET, HEAD, OPTIONS'],
    ['/oauth/jwks', ['POST'], 'GET, HEAD, OPTIONS'],
    ['/oauth/register', ['GET', 'HEAD', 'PUT', 'DELETE'], 'POST, OPTIONS'],
    ['/oauth/token', ['GET', 'HEAD', 'PUT'], 'POST, OPTIONS'],
    ['/oauth/revoke', ['GET', 'PATCH'], 'POST, OPTIONS'],
    ['/oauth/authorize', ['POST', 'PUT', 'OPTIONS'], 'GET, HEAD'],
    ['/oauth/consent', ['GET', 'HEAD', 'OPTIONS'], 'POST'],
    ['/oauth/callback', ['POST', 'OPTIONS'], 'GET, HEAD'],
  ] as const) {
    it(`says which methods ${path} has`, async () => {
      for (const method of methods) {
        const { status, headers } = await running.send({ method, path })
        expect(status, method).to.equal(405)
        expect(headers.allow, method).to.equal(allowed)
      }
    })
  }

  for (const path of [...FOR_CLIENTS, ...METADATA.slice(0, 1), '/oauth/jwks']) {
    it(`lets any page use ${path}, without credentials`, async () => {
      const { status, headers, text } = await running.send({
        method: 'OPTIONS',
        path,
        headers: {
          origin: 'https://inspector.example',
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization, content-type, mcp-protocol-version',
        },
      })
      expect(status).to.equal(204)
      expect(text).to.equal('')
      expect(headers['access-control-allow-origin']).to.equal('*')
      expect(headers['access-control-allow-credentials']).to.equal(undefined)
      expect(headers['access-control-allow-headers']).to.contain('authorization')
      expect(headers['access-control-allow-headers']).to.contain('content-type')
      expect(headers['access-control-allow-headers']).to.contain('mcp-protocol-version')
    })
  }

  it('lets pages read refusals too', async () => {
    const { status, headers } = await running.token({ grant_type: 'password' })
    expect(status).to.be.within(400, 401)
    expect(headers['access-control-allow-origin']).to.equal('*')
    expect(headers['cache-control']).to.equal('no-store')
    expect(headers.pragma).to.equal('no-cache')
  })

  for (const path of [authorizePath('x'), '/oauth/callback?state=x']) {
    it(`keeps ${path.split('?')[0]} from other pages`, async () => {
      const { headers } = await running.send({ path, headers: { origin: 'https://evil.example' } })
      expect(headers['access-control-allow-origin']).to.equal(undefined)
    })
  }

  for (const host of ['evil.example', 'gw.example.com.evil.example', 'gw.example.com:8443']) {
    it(`refuses every endpoint for the host ${host}`, async () => {
      for (const path of [...FOR_CLIENTS, METADATA[0], '/oauth/authorize', '/oauth/callback']) {
        const { status, text } = await send(running.port, { path: path ?? '', headers: { host } })
        expect(status, path).to.equal(403)
        expect(text).to.not.contain('evil')
      }
    })
  }

  describe('at the token endpoint', () => {
    const refused = async (
      request: Parameters<RunningLogin['send']>[0],
      expected: number,
      error: string,
    ) => {
      const { status, json, headers } = await running.send(request)
      expect(status).to.equal(expected)
      expect(fieldOf(json(), 'error')).to.equal(error)
      expect(fieldOf(json(), 'error_description')).to.be.a('string')
      return headers
    }
    const form = { grant_type: 'authorization_code', code: 'x', code_verifier: VERIFIER }

    it('tells who tried HTTP Basic, and nobody else, of the scheme', async () => {
      const withBasic = formRequest('/oauth/token', form)
      const authorization = `Basic ${Buffer.from('nobody:secret').toString('base64')}`
      const tried = await refused(
        { ...withBasic, headers: { ...withBasic.headers, authorization } },
        401,
        'invalid_client',
      )
      expect(tried['www-authenticate']).to.match(/^Basic /)
      const inForm = formRequest('/oauth/token', { ...form, client_id: 'nobody' })
      const untried = await refused(inForm, 401, 'invalid_client')
      expect(untried['www-authenticate']).to.equal(undefined)
    })

    it('refuses two Authorization headers', async () => {
      const request = formRequest('/oauth/token', form)
      const authorization = ['Basic bm9ib2R5OmE=', 'Basic bm9ib2R5OmI=']
      await refused(
        { ...request, headers: { ...request.headers, authorization } },
        400,
        'invalid_request',
      )
    })

    it('refuses parameters in the URL', async () => {
      const request = formRequest('/oauth/token?grant_type=authorization_code', form)
      await refused(request, 400, 'invalid_request')
    })

    it('refuses a parameter that stands twice', async () => {
      const request = formRequest('/oauth/token', form)
      const body = `${request.body}&code=y`
      await refused({ ...request, body }, 400, 'invalid_request')
    })

    for (const type of [
      'application/json',
      'text/plain',
      'application/x-www-form-urlencoded; charset=utf-16',
      'application/x-www-form-urlencodedx',
      '',
    ]) {
      it(`refuses the content type "${type}"`, async () => {
        const request = formRequest('/oauth/token', form)
        const headers = { ...request.headers, 'content-type': type }
        await refused({ ...request, headers }, 400, 'invalid_request')
      })
    }

    it('refuses two content types', async () => {
      const request = formRequest('/oauth/token', form)
      const type = 'application/x-www-form-urlencoded'
      await refused(
        { ...request, headers: { 'content-type': [type, type] } },
        400,
        'invalid_request',
      )
    })

    it('refuses a body over 64 KB', async () => {
      const request = formRequest('/oauth/token', { ...form, padding: 'x'.repeat(64 * 1024) })
      await refused(request, 413, 'invalid_request')
    })

    it('refuses a compressed body', async () => {
      const request = formRequest('/oauth/token', form)
      const headers = { ...request.headers, 'content-encoding': 'gzip' }
      await refused({ ...request, headers }, 415, 'invalid_request')
    })

    it('refuses an unknown grant', async () => {
      const grant = { grant_type: 'password', client_id: clientId }
      await refused(formRequest('/oauth/token', grant), 400, 'unsupported_grant_type')
    })
  })

  describe('at the registration endpoint', () => {
    const register = (body: string | Buffer, type = 'application/json') =>
      running.send({
        method: 'POST',
        path: '/oauth/register',
        headers: { 'content-type': type },
        body,
      })
    const metadata = JSON.stringify({ redirect_uris: [REDIRECT_URI] })

    it('answers 201, uncached', async () => {
      const { status, headers, json } = await register(metadata, 'application/json; charset=utf-8')
      expect(status).to.equal(201)
      expect(headers['cache-control']).to.equal('no-store')
      expect(fieldOf(json(), 'client_id')).to.be.a('string')
    })

    for (const [what, body, type] of [
      ['no JSON', 'redirect_uris=x', undefined],
      ['nothing', '', undefined],
      ['JSON with more behind it', `${metadata}{}`, undefined],
      ['another content type', metadata, 'text/plain'],
      ['what is not UTF-8', Buffer.from([0x22, 0xff, 0x22]), undefined],
    ] as const) {
      it(`refuses ${what}`, async () => {
        const { status, json } = await register(body, type)
        expect(status).to.equal(400)
        expect(fieldOf(json(), 'error')).to.equal('invalid_client_metadata')
      })
    }

    it('names a redirect URI as the problem', async () => {
      const { status, json } = await register(
        JSON.stringify({ redirect_uris: ['javascript:alert(1)'] }),
      )
      expect(status).to.equal(400)
      expect(fieldOf(json(), 'error')).to.equal('invalid_redirect_uri')
    })

    it('refuses more than 16 KB', async () => {
      const { status } = await register(JSON.stringify({ x: 'x'.repeat(16 * 1024) }))
      expect(status).to.equal(413)
    })
  })

  it('ends the connection after a body that it did not read', async () => {
    for (const path of ['/oauth/consent', '/oauth/token', '/oauth/register']) {
      const raw = await openRawSocket(running.port)
      try {
        raw.write(
          httpText(
            [
              `POST ${path} HTTP/1.1`,
              'Host: gw.example.com',
              'Content-Type: application/x-www-form-urlencoded',
              'Content-Length: 1000000',
            ],
            'x=1&GET /oauth/jwks HTTP/1.1\r\nHost: gw.example.com\r\n\r\n',
          ),
        )
        const { headers } = await raw.readHead()
        expect(headers.connection, path).to.deep.equal(['close'])
        expect(raw.received().match(/HTTP\/1\.1/g), path).to.have.lengthOf(1)
      } finally {
        raw.destroy()
      }
    }
  })

  it('refuses a body where there is none', async () => {
    for (const path of [authorizePath(clientId), '/oauth/callback', '/oauth/jwks']) {
      const { status } = await running.send({
        path,
        headers: { 'content-length': '2' },
        body: '{}',
      })
      expect(status, path).to.equal(400)
    }
  })

  it('keeps what passes through it out of its log and its records', async () => {
    const browser = running.newBrowser()
    const answer = await signIn(running, browser, clientId)
    const code = answer.searchParams.get('code') ?? ''
    const { json } = await running.token({
      grant_type: 'authorization_code',
      client_id: clientId,
      code,
      code_verifier: VERIFIER,
    })
    const written = JSON.stringify(running.audit) + running.logLines.join('\n')
    for (const secret of [
      code,
      VERIFIER,
      clientId,
      'client-state',
      String(fieldOf(json(), 'access_token')),
      String(fieldOf(json(), 'refresh_token')),
      'issuer-code',
      'issuer-identity',
      'issuer-refresh',
    ]) {
      expect(written).to.not.contain(secret)
    }
  })
})

describe('the rate limit of the login facade', () => {
  it('holds per client address, for pages and clients alike', async () => {
    const running = await startLogin({
      requestsPerMinutePerAddress: 3,
      clientAddress: createClientAddress([{ address: '127.0.0.1', prefix: 32, family: 'ipv4' }]),
    })
    try {
      const from = (address: string, path: string) =>
        running.send({ path, headers: { 'x-forwarded-for': address } })
      for (let at = 0; at < 3; at += 1) {
        expect((await from('2001:db8::1', authorizePath('x'))).status).to.equal(400)
      }
      const page = await from('2001:db8::2', authorizePath('x'))
      expect(page.status).to.equal(429)
      expect(page.headers['content-type']).to.match(/^text\/html/)
      expect(Number(page.headers['retry-after'])).to.be.within(1, 60)
      const json = await running.send({
        ...formRequest('/oauth/token', {}),
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'x-forwarded-for': '2001:db8::3',
        },
      })
      expect(json.status).to.equal(429)
      expect(fieldOf(json.json(), 'error')).to.equal('temporarily_unavailable')
      expect(Number(json.headers['retry-after'])).to.be.within(1, 60)

      expect((await from('2001:db8:0:1::1', authorizePath('x'))).status).to.equal(400)
      expect((await from('2001:db8::1', METADATA[0] ?? '')).status).to.equal(200)
      running.clock.now += 60_000
      expect((await from('2001:db8::1', authorizePath('x'))).status).to.equal(400)
    } finally {
      await running.close()
    }
  })
})

describe('a room of the login facade that fails', () => {
  it('is answered 500 without its cause, which is logged', async () => {
    const running = await startLogin({
      rolesAt: () => {
        throw new Error('a bug in its depths')
      },
    })
    try {
      const id = await running.register()
      const { status, text, headers } = await running.newBrowser().get(authorizePath(id))
      expect(status).to.equal(500)
      expect(text).to.not.contain('depths')
      expect(text).to.contain(String(headers['x-request-id']))
      expect(running.logLines.join('\n')).to.contain('a bug in its depths')
      expect(running.audit.at(-1)).to.include({ event: 'refused', reason: 'gateway_failed' })
    } finally {
      await running.close()
    }
  })
})
