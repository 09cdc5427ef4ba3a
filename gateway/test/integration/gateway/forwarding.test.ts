import { expect } from 'chai'
import { SESSION_POLICIES } from '../../../src/role/session-policy.ts'
import { answerEvent } from '../../support/fake-mcp-server.ts'
import { triple } from '../../support/fake-sts.ts'
import { PUBLIC_URL } from '../../support/running-gateway.ts'
import { PRESETS, ROLES, startWorld, TOOL_CALL, type World } from './world.ts'

describe('a request with a good token', () => {
  let world: World

  beforeEach(async () => {
    world = await startWorld()
  })
  afterEach(() => world.stop())

  const people = {
    generic: { subject: 'u-alice', username: 'alice' },
    okta: { subject: '00u1', username: 'alice@shop.example' },
    auth0: { subject: 'auth0|65f0', username: 'auth0-65f0' },
    cognito: { subject: '8c2e5b60', username: 'alice' },
  } as const

  for (const preset of PRESETS) {
    it(`of ${preset} reaches the MCP server with that person's own session`, async () => {
      const token = await world.tokenOf(preset)
      const { status, headers, json } = await world.call(token, {
        headers: { 'mcp-protocol-version': '2025-06-18', 'mcp-method': 'tools/call' },
      })
      expect(status).to.equal(200)
      expect(json()).to.deep.equal({ jsonrpc: '2.0', id: 1, result: {} })

      const session = triple(1)
      expect(world.sts.calls).to.have.lengthOf(1)
      const asked = world.sts.calls[0]?.parameters
      expect(asked).to.include({
        Action: 'AssumeRoleWithWebIdentity',
        RoleArn: ROLES.sre,
        WebIdentityToken: token,
        DurationSeconds: '3600',
        Policy: SESSION_POLICIES['cloudwatch-read'],
      })
      expect(asked?.RoleSessionName?.startsWith(`${people[preset].username}-`)).to.equal(true)

      expect(world.mcp.requests).to.have.lengthOf(1)
      const request = world.mcp.requests[0]
      expect(request).to.include({ method: 'POST', url: '/mcp', body: TOOL_CALL })
      const issuer = encodeURIComponent(world.issuers[preset].issuer)
      const { traceparent, connection, ...sent } = request?.headers ?? {}
      expect(traceparent).to.match(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
      expect(connection).to.equal('keep-alive')
      expect(sent).to.deep.equal({
        host: new URL(world.mcp.origin).host,
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        'content-length': String(TOOL_CALL.length),
        'mcp-protocol-version': '2025-06-18',
        'mcp-method': 'tools/call',
        'x-aws-access-key-id': session.AccessKeyId,
        'x-aws-secret-access-key': session.SecretAccessKey,
        'x-aws-session-token': session.SessionToken,
        'x-aws-credentials-expiration': sent['x-aws-credentials-expiration'],
        'x-aws-region': 'us-east-1',
        'x-aws-regions': 'us-east-1',
        'x-aws-role-arn': ROLES.sre,
        'x-mcp-principal': `${issuer}/${encodeURIComponent(people[preset].subject)}`,
        'x-mcp-tools': '*',
        'x-request-id': headers['x-request-id'],
      })
      const expiration = Date.parse(String(sent['x-aws-credentials-expiration']))
      expect(expiration).to.be.closeTo(Date.now() + 3_600_000, 60_000)
    })
  }

  it('at another target carries its region, its tools and its resource', async () => {
    const token = await world.tokenOf('generic', {
      aud: `${PUBLIC_URL}/mcp/prod`,
      groups: ['prod'],
    })
    expect((await world.call(token, { path: '/mcp/prod' })).status).to.equal(200)
    expect(world.mcp.requests[0]?.headers).to.include({
      'x-aws-region': 'eu-west-1',
      'x-mcp-tools': 'get_*,list_*',
    })
    expect(world.mcp.requests[0]?.url).to.equal('/mcp')
  })

  it('of a machine gets the rule for machines, without a session policy', async () => {
    const token = await world.tokenOf('generic', {
      sub: 'job',
      client_id: 'job',
      groups: undefined,
    })
    expect((await world.call(token)).status).to.equal(200)
    expect(world.mcp.requests[0]?.headers['x-aws-role-arn']).to.equal(ROLES.ci)
    expect(world.sts.calls[0]?.parameters).to.not.have.property('Policy')
  })

  it('asks issuer and STS once, however often it comes', async () => {
    const token = await world.tokenOf('okta')
    const answers = await Promise.all(Array.from({ length: 20 }, () => world.call(token)))
    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([200]))
    await world.call(token)
    expect(world.sts.calls).to.have.lengthOf(1)
    expect(world.issuers.okta.fetches).to.deep.equal({ metadata: 1, keys: 1 })
    expect(world.mcp.requests).to.have.lengthOf(21)
  })

  it('uses the session again for the next token of the same person', async () => {
    await world.call(await world.tokenOf('okta', { jti: 'AT.1' }))
    await world.call(await world.tokenOf('okta', { jti: 'AT.2' }))
    expect(world.sts.calls).to.have.lengthOf(1)
  })

  it('takes no session of the same subject at another issuer', async () => {
    const claims = { sub: 'same', uid: 'same', username: 'same', preferred_username: 'same' }
    for (const preset of PRESETS) await world.call(await world.tokenOf(preset, claims))
    const names = world.sts.calls.map(({ parameters }) => parameters.RoleSessionName)
    expect(new Set(names).size).to.equal(PRESETS.length)
    const keyIds = world.mcp.requests.map(({ headers }) => headers['x-aws-access-key-id'])
    expect(new Set(keyIds).size).to.equal(PRESETS.length)
  })

  it('takes no session of the same person before a group was lost, or with other session tags', async () => {
    await world.call(await world.tokenOf('okta', { groups: ['sre', 'admins'] }))
    await world.call(await world.tokenOf('okta', { groups: ['sre'] }))
    await world.call(
      await world.tokenOf('okta', {
        groups: ['sre'],
        'https://aws.amazon.com/tags/principal_tags/Team': 'red',
      }),
    )
    expect(world.sts.calls).to.have.lengthOf(3)
  })

  it('gets the stream that the MCP server answers', async () => {
    world.mcp.script(answerEvent)
    const { status, headers, text } = await world.call(await world.tokenOf('generic'))
    expect(status).to.equal(200)
    expect(headers['content-type']).to.equal('text/event-stream')
    expect(text).to.match(/^event: message\ndata: \{/)
  })

  for (const method of ['GET', 'DELETE']) {
    it(`may be ${method} without a body`, async () => {
      const { gateway } = world
      const authorization = `Bearer ${await world.tokenOf('generic')}`
      const headers = { authorization, 'mcp-session-id': 's-1' }
      const { status } = await gateway.send({ method, path: '/mcp?a=b', headers })
      expect(status).to.equal(200)
      expect(world.mcp.requests[0]).to.include({ method, url: '/mcp', body: '' })
      expect(world.mcp.requests[0]?.headers['mcp-session-id']).to.equal('s-1')
    })
  }

  it("keeps the caller's trace, and drops a trace state without one", async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const token = await world.tokenOf('generic')
    await world.call(token, { headers: { traceparent, tracestate: 'a=b' } })
    await world.call(token, { headers: { tracestate: 'a=b' } })
    expect(world.mcp.requests[0]?.headers).to.include({ traceparent, tracestate: 'a=b' })
    expect(world.mcp.requests[1]?.headers).to.not.have.property('tracestate')
  })

  it('has its own copies of our headers removed, and its token, cookies and forwarding headers', async () => {
    const forged = 'forged-by-the-client'
    const names = [
      'X-Aws-Access-Key-Id',
      'x_aws_access_key_id',
      'X-AWS-Session-Token',
      'x-aws-anything',
      'X-Mcp-Principal',
      'x-mcp-tools',
      'x_mcp_tools',
      'X-Request-Id',
      'Cookie',
      'X-Forwarded-User',
      'X-Forwarded-For',
      'X-Original-Url',
      'Proxy-Authorization',
    ]
    const headers = Object.fromEntries(names.map((name) => [name, forged]))
    const { status } = await world.call(await world.tokenOf('generic'), { headers })
    expect(status).to.equal(200)
    expect(world.mcp.requests[0]?.rawHeaders.join('\n')).to.not.contain(forged)
    expect(world.mcp.requests[0]?.headers).to.not.have.any.keys('authorization', 'cookie')
  })
})
