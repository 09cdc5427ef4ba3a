import { expect } from 'chai'
import { answerTo, type Reason } from '../../../src/errors.ts'
import { failure, issued, triple } from '../../support/fake-sts.ts'
import { PUBLIC_URL } from '../../support/running-gateway.ts'
import type { SentRequest } from '../../support/send.ts'
import { type PresetName, SCOPE, startWorld, TOOL_CALL, type World } from './world.ts'

const WHOAMI = { method: 'GET', path: '/whoami', body: '' } as const
const METADATA = `resource_metadata="${PUBLIC_URL}/.well-known/oauth-protected-resource/mcp"`

describe('a refused request', () => {
  let world: World

  before(async () => {
    world = await startWorld()
  })
  after(() => world.stop())
  beforeEach(() => world.sts.script((_call, number) => issued(triple(number))))
  afterEach(() => {
    expect(world.gateway.auditsWaiting(), 'audit records besides the one').to.equal(0)
    expect(world.mcp.requests, 'requests at the MCP server').to.have.lengthOf(0)
  })

  /** The challenge that belongs to a reason and what is said of it, by RFC 6750 §3 and RFC 9728 §5.1. */
  const challengeOf = (reason: Reason, text = answerTo(reason).text): string | undefined => {
    const { status, error } = answerTo(reason)
    if (status !== 401 && status !== 403 && error === undefined) return undefined
    const what =
      error === undefined
        ? ''
        : `error="${error}", error_description="${text.replaceAll('"', "'")}", `
    return `Bearer ${what}${METADATA}, scope="${SCOPE}"`
  }

  const expectRefusal = async (
    reason: Reason,
    token: string | undefined,
    request: SentRequest = {},
  ) => {
    const { status, headers, json } = await world.call(token, request)
    const answer = answerTo(reason)
    expect(status).to.equal(answer.status)
    expect(headers['content-type']).to.equal('application/json; charset=utf-8')
    const audit = await world.gateway.nextAudit()
    // `error_description` is text, or the next line fails.
    const body = json() as { error: string; error_description: string }
    const said = body.error_description
    expect(body).to.deep.equal({ error: answer.error ?? reason, error_description: said })
    // The table's words, and a hint after them where there is one.
    expect(`${said}: `.slice(0, answer.text.length + 2)).to.equal(`${answer.text}: `)
    expect(headers['www-authenticate']).to.equal(challengeOf(reason, said))
    expect(headers['x-request-id']).to.match(/^[0-9a-f-]{36}$/)
    expect(audit).to.include({
      outcome: 'refused',
      reason,
      status,
      request_id: headers['x-request-id'],
      access_key_id: null,
      upstream_status: null,
    })
    return { headers, audit }
  }

  const HOUR_AGO = Math.floor(Date.now() / 1000) - 3600
  const bad: ReadonlyArray<readonly [string, PresetName, Record<string, unknown>, Reason]> = [
    ['an expired token', 'generic', { exp: HOUR_AGO }, 'token_expired'],
    [
      'a token for another resource',
      'generic',
      { aud: 'https://other.example' },
      'audience_mismatch',
    ],
    [
      'a token for another target',
      'generic',
      { aud: `${PUBLIC_URL}/mcp/prod` },
      'audience_mismatch',
    ],
    ['an ID token of Okta', 'okta', { jti: 'ID.1' }, 'token_type_rejected'],
    ['an ID token of Cognito', 'cognito', { token_use: 'id', aud: '4hq' }, 'token_type_rejected'],
    ['a token of another Cognito client', 'cognito', { client_id: 'other' }, 'audience_mismatch'],
    ['a token of an unknown issuer', 'generic', { iss: 'https://evil.example' }, 'issuer_unknown'],
    ['a token of an issuer that lost its slash', 'auth0', { iss: '' }, 'issuer_unknown'],
    ['a token without subject', 'generic', { sub: undefined }, 'token_rejected'],
    ['a token without the scope', 'generic', { scope: 'openid' }, 'scope_missing'],
    ['a person without a rule', 'generic', { groups: ['staff'] }, 'role_unmapped'],
    ['a person with a rule elsewhere', 'generic', { groups: ['prod'] }, 'target_not_granted'],
  ]
  for (const [what, preset, claims, reason] of bad) {
    it(`with ${what} is ${reason}`, async () => {
      await expectRefusal(reason, await world.tokenOf(preset, claims))
      expect(world.sts.calls).to.have.lengthOf(0)
    })
  }

  it('without a token gets a bare challenge', async () => {
    const { headers } = await expectRefusal('token_missing', undefined)
    expect(headers['www-authenticate']).to.not.contain('error')
  })

  for (const method of ['GET', 'DELETE', 'PUT', 'HEAD', 'PATCH']) {
    it(`by ${method} needs a token like any other`, async () => {
      const { status, headers } = await world.gateway.send({ method, path: '/mcp' })
      expect(status).to.equal(401)
      expect(headers['www-authenticate']).to.equal(challengeOf('token_missing'))
      expect(await world.gateway.nextAudit()).to.include({
        http_method: method,
        reason: 'token_missing',
      })
    })
  }

  it('at another target is told of the metadata of that target', async () => {
    const { headers } = await world.gateway.send({ method: 'POST', path: '/mcp/prod' })
    expect(headers['www-authenticate']).to.contain('/oauth-protected-resource/mcp/prod"')
    expect(await world.gateway.nextAudit()).to.include({ target: 'prod' })
  })

  it('with a token in the query is one without a token', async () => {
    const token = await world.tokenOf('generic')
    await expectRefusal('token_missing', undefined, { path: `/mcp?access_token=${token}` })
  })

  it('with a token in a form is one without a token', async () => {
    const body = `access_token=${await world.tokenOf('generic')}`
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    await expectRefusal('token_missing', undefined, { body, headers })
  })

  for (const [what, authorization, reason] of [
    ['Basic', 'Basic YTpi', 'token_missing'],
    ['two words', 'Bearer a b', 'token_malformed'],
    ['an opaque token', 'Bearer opaque', 'token_opaque'],
    ['an encrypted token', 'Bearer a.b.c.d.e', 'token_opaque'],
    ['16 KB', `Bearer ${'a'.repeat(16_384)}`, 'token_malformed'],
  ] as const) {
    it(`with ${what} in Authorization is ${reason}`, async () => {
      await expectRefusal(reason, undefined, { headers: { authorization } })
    })
  }

  it('with two Authorization headers is token_malformed', async () => {
    const token = `Bearer ${await world.tokenOf('generic')}`
    const headers = { authorization: [token, token] }
    await expectRefusal('token_malformed', undefined, { headers })
  })

  it('of a method that MCP does not use is method_not_allowed, and told the others', async () => {
    const token = await world.tokenOf('generic')
    const { headers } = await expectRefusal('method_not_allowed', token, { method: 'PUT' })
    expect(headers.allow).to.equal('POST, GET, DELETE, OPTIONS')
  })

  it('with a body on GET is body_not_allowed', async () => {
    const headers = { 'content-length': String(TOOL_CALL.length) }
    await expectRefusal('body_not_allowed', await world.tokenOf('generic'), {
      method: 'GET',
      headers,
    })
  })

  it('with a compressed body is encoding_not_supported', async () => {
    const headers = { 'content-encoding': 'gzip' }
    await expectRefusal('encoding_not_supported', await world.tokenOf('generic'), { headers })
  })

  it('with a body over the limit is body_too_large', async () => {
    const body = 'x'.repeat(4 * 1024 * 1024 + 1)
    await expectRefusal('body_too_large', await world.tokenOf('generic'), { body })
  })

  for (const origin of ['https://evil.example', 'null', `${PUBLIC_URL}.evil.example`]) {
    for (const method of ['POST', 'OPTIONS']) {
      it(`by ${method} from the page ${origin} is origin_rejected and may not be read`, async () => {
        const token = await world.tokenOf('generic')
        const request = { method, headers: { origin } }
        const { headers } = await expectRefusal('origin_rejected', token, request)
        expect(headers).to.not.have.property('access-control-allow-origin')
      })
    }
  }

  for (const host of ['evil.example', '127.0.0.1', 'gateway.localhost:1']) {
    it(`for the host ${host} is host_rejected`, async () => {
      await expectRefusal('host_rejected', await world.tokenOf('generic'), { headers: { host } })
    })
  }

  describe('by STS', () => {
    for (const [code, status, reason] of [
      ['AccessDenied', 403, 'credentials_denied'],
      ['ExpiredTokenException', 400, 'credentials_rejected'],
      ['InvalidIdentityToken', 400, 'credentials_misconfigured'],
      ['Throttling', 400, 'sts_unavailable'],
      ['ServiceUnavailable', 503, 'sts_unavailable'],
    ] as const) {
      it(`with ${code} is ${reason}, and STS's words are for the log`, async () => {
        world.sts.script(() => failure(code, status, 'words of STS'))
        const token = await world.tokenOf('generic', { sub: `refused-${code}` })
        const { headers, audit } = await expectRefusal(reason, token)
        expect(headers['retry-after']).to.equal(reason === 'sts_unavailable' ? '5' : undefined)
        expect(audit).to.include({ rule: 'sre', mcp_method: 'tools/call', mcp_tool: 'query_logs' })
        const logged = world.gateway
          .logged()
          .filter(({ request_id: id }) => id === headers['x-request-id'])
        expect(logged).to.have.lengthOf(1)
        expect(logged[0]?.cause).to.contain('words of STS')
      })
    }

    it('that answers nothing is sts_unavailable in bounded time', async () => {
      world.sts.script(() => ({ kind: 'stall' }))
      const token = await world.tokenOf('generic', { sub: 'stalled' })
      const { headers } = await expectRefusal('sts_unavailable', token)
      expect(headers['retry-after']).to.equal('5')
    })

    it('that answers half a session is sts_unavailable', async () => {
      const { SessionToken: _left, ...half } = triple('half')
      world.sts.script(() => issued(half))
      await expectRefusal('sts_unavailable', await world.tokenOf('generic', { sub: 'half' }))
    })
  })
})

describe('a token without the scope of its own issuer', () => {
  it('is told of the scope of that issuer, not of the first', async () => {
    const world = await startWorld(({ generic, okta }) => ({
      providers: [
        { issuer: generic.issuer, scopes: ['first/read'] },
        { provider: 'okta', issuer: okta.issuer, audience: ['api://default'], scopes: ['a', 'b'] },
      ],
    }))
    try {
      const challengeFor = async (token: string | undefined, path: string) => {
        const { status, headers } = await world.call(token, path === '/mcp' ? {} : WHOAMI)
        return `${status} ${headers['www-authenticate']}`
      }
      const token = await world.tokenOf('okta', { scp: ['a'] })
      for (const path of ['/mcp', '/whoami']) {
        expect(await challengeFor(token, path)).to.match(/^403 .*insufficient_scope.*scope="a b"$/)
        expect(await challengeFor(undefined, path)).to.match(/^401 .*scope="first\/read"$/)
      }
    } finally {
      await world.stop()
    }
  })
})
