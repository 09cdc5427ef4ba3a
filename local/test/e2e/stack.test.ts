import { request } from 'node:http'
import { connect } from 'node:net'
import { Client as ModernClient, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { expect } from 'chai'
import { connectSignedIn } from '../../src/demo-client.ts'
import { signIn } from '../../src/identity-provider/sign-in.ts'
import { issuersAt, ROLES } from '../../src/world.ts'
import { obtainTokens } from '../support/obtain-token.ts'
import { eventually, type RunningStack, runStack } from '../support/running-stack.ts'

const CHECKOUT_QUERY = {
  logGroups: ['/shop/checkout'],
  query: 'stats count(*) as events by level',
  start: '-1h',
}

describe('the local stack', () => {
  let stack: RunningStack
  before(async function () {
    this.timeout(60_000)
    stack = await runStack()
  })
  after(async function () {
    this.timeout(30_000)
    await stack?.stop()
  })
  afterEach(() => stack.clearFaults())

  const mcp = (target = '') => new URL(`${stack.origins.gateway}/mcp${target}`)
  const connectAs = (person: 'alice' | 'bob' | 'carol', url = mcp()) =>
    connectSignedIn(url, { signIn: (authorizeUrl) => signIn(authorizeUrl, person) })
  const tokenOf = async (person: 'alice' | 'bob' | 'carol') =>
    (
      await obtainTokens({
        issuer: issuersAt(stack.origins.identityProvider).generic,
        person,
        resource: mcp().href,
      })
    ).access_token

  it('lets alice sign in from the bare 401, list the tools and read logs, metrics and alarms', async () => {
    const client = await connectAs('alice')
    const names = (await client.listTools()).tools.map(({ name }) => name)
    expect(names).to.include.members([
      'get_metric_data',
      'list_alarms',
      'list_log_groups',
      'query_logs',
    ])
    expect(await text(client, 'list_log_groups', {})).to.contain('/shop/checkout')
    expect(await text(client, 'query_logs', CHECKOUT_QUERY)).to.contain('ERROR')
    expect(await text(client, 'list_alarms', { state: 'ALARM' })).to.contain('checkout')
    const series = await text(client, 'get_metric_data', {
      queries: [
        {
          namespace: 'Shop/Checkout',
          metricName: 'Errors',
          dimensions: [{ name: 'Service', value: 'checkout' }],
          statistic: 'Sum',
        },
      ],
      start: '-2h',
    })
    expect(series).to.match(/max/i)
    await client.close()
  })

  it("uses alice's own session at AWS, named after her, in the region of the target", async () => {
    await stack.forgetCalls()
    const client = await connectAs('alice', mcp('/prod'))
    await text(client, 'list_log_groups', {})
    await client.close()
    const call = (await stack.calls()).find(({ operation }) => operation === 'DescribeLogGroups')
    expect(call?.region).to.equal('eu-west-1')
    expect(call?.callerArn).to.match(/:assumed-role\/CloudWatchSre\/alice-[0-9a-f]{12}$/)
    const record = await eventually(() =>
      stack
        .audits()
        .find(({ target, mcp_tool }) => target === 'prod' && mcp_tool === 'list_log_groups'),
    )
    expect(record).to.include({
      username: 'alice',
      target: 'prod',
      rule: 'sre',
      role_arn: ROLES.sre,
      access_key_id: call?.accessKeyId,
      status: 200,
    })
  })

  it("shows bob the log tools and his team's log groups only", async () => {
    const client = await connectAs('bob')
    const names = (await client.listTools()).tools.map(({ name }) => name)
    expect(names).to.include.members(['list_log_groups', 'query_logs', 'get_query_results'])
    expect(names.filter((name) => /metric|alarm|dashboard|promql/.test(name))).to.be.empty
    const groups = await text(client, 'list_log_groups', {})
    expect(groups).to.contain('/catalog/api').and.not.contain('/shop/')
    const denied = await client.callTool({ name: 'query_logs', arguments: CHECKOUT_QUERY })
    expect(denied.isError).to.equal(true)
    expect(JSON.stringify(denied.content)).to.contain('logs:StartQuery')
    await client.close()
  })

  it('does not let bob call a tool that his rule hides', async () => {
    const client = await connectAs('bob')
    const outcome = await client
      .callTool({ name: 'list_alarms', arguments: {} })
      .then((result) => (result.isError === true ? 'refused' : 'answered'))
      .catch(() => 'refused')
    expect(outcome).to.equal('refused')
    await client.close()
  })

  it('refuses carol with the reason', async () => {
    const refusal = await connectAs('carol').catch((error: unknown) => error)
    expect(String(refusal)).to.contain('role_unmapped')
  })

  it('refuses bob at a target that his rule does not name', async () => {
    const refusal = await connectAs('bob', mcp('/prod')).catch((error: unknown) => error)
    expect(String(refusal)).to.contain('target_not_granted')
  })

  it('refuses a token that was issued for the other target', async () => {
    const response = await post(mcp('/prod'), await tokenOf('alice'), PING)
    expect(response.status).to.equal(401)
    expect(response.headers['www-authenticate']).to.contain('error="invalid_token"')
    expect(response.headers['www-authenticate']).to.contain(
      '/.well-known/oauth-protected-resource/mcp/prod"',
    )
  })

  for (const issuer of ['generic', 'okta', 'auth0', 'cognito'] as const) {
    it(`accepts the access tokens of the ${issuer} issuer through to AWS`, async () => {
      await stack.forgetCalls()
      const { access_token } = await obtainTokens({
        issuer: issuersAt(stack.origins.identityProvider)[issuer],
        person: 'alice',
        resource: mcp().href,
      })
      const response = await post(mcp(), access_token, callOf('list_log_groups', {}))
      expect(response.status, response.body).to.equal(200)
      expect(response.body).to.contain('/shop/checkout')
      const calls = await stack.calls()
      expect(calls.map(({ operation }) => operation)).to.include('AssumeRoleWithWebIdentity')
    })
  }

  it('refuses an ID token', async () => {
    const { id_token } = await obtainTokens({
      issuer: issuersAt(stack.origins.identityProvider).cognito,
      person: 'alice',
      scope: 'openid cloudwatch/read',
    })
    const response = await post(mcp(), id_token ?? '', PING)
    expect(response.status).to.equal(401)
    expect(response.headers['www-authenticate']).to.contain('error="invalid_token"')
  })

  it('says that AWS is not set up for a Cognito token that is bound to no resource', async () => {
    const { access_token } = await obtainTokens({
      issuer: issuersAt(stack.origins.identityProvider).cognito,
      person: 'alice',
    })
    const response = await post(mcp(), access_token, PING)
    expect(response.status).to.equal(500)
    expect(response.body).to.contain('credentials_misconfigured')
    expect(stack.lines.join('\n')).to.contain('Missing a required claim: aud')
  })

  it('answers a client of the 2026-07-28 revision on the same address', async () => {
    const token = await tokenOf('alice')
    const client = new ModernClient(
      { name: 'modern', version: '1' },
      { versionNegotiation: { mode: 'auto' } },
    )
    await client.connect(
      new StreamableHTTPClientTransport(mcp(), {
        requestInit: { headers: { authorization: `Bearer ${token}` } },
      }),
    )
    expect(client.getNegotiatedProtocolVersion()).to.equal('2026-07-28')
    const result = await client.callTool({ name: 'list_log_groups', arguments: {} })
    expect(JSON.stringify(result.content)).to.contain('/shop/checkout')
    await client.close()
  })

  it('stops a running query at AWS when the client goes away', async () => {
    const token = await tokenOf('alice')
    await stack.forgetCalls()
    await stack.addFaults([{ service: 'logs', operation: 'GetQueryResults', kind: 'stall' }])
    const { hostname, port, pathname } = mcp()
    const outgoing = request({
      hostname,
      port,
      path: pathname,
      method: 'POST',
      headers: HEADERS(token),
    })
    outgoing.on('error', () => undefined)
    outgoing.end(JSON.stringify(callOf('query_logs', CHECKOUT_QUERY)))
    await eventually(async () =>
      (await stack.calls()).find(({ operation }) => operation === 'StartQuery'),
    )
    outgoing.destroy()
    const stopped = await eventually(async () =>
      (await stack.calls()).find(({ operation }) => operation === 'StopQuery'),
    )
    expect(stopped.callerArn).to.match(/\/alice-[0-9a-f]{12}$/)
    const record = await eventually(() =>
      stack.audits().find(({ outcome }) => outcome === 'client_left'),
    )
    expect(record).to.include({ username: 'alice', mcp_tool: 'query_logs' })
  })

  it('strips a forged credential header in every spelling before AWS is asked', async () => {
    const token = await tokenOf('alice')
    await stack.forgetCalls()
    for (const [name, value] of FORGERIES) {
      const body = JSON.stringify(callOf('list_log_groups', {}))
      const answer = await rawPost(
        mcp(),
        [
          `Authorization: Bearer ${token}`,
          'Content-Type: application/json',
          'Accept: application/json, text/event-stream',
          `${name}: ${value}`,
          `Content-Length: ${Buffer.byteLength(body)}`,
        ],
        body,
      )
      expect(answer, name).to.match(/^HTTP\/1\.1 (200|400) /)
    }
    const calls = (await stack.calls()).filter(({ service }) => service === 'logs')
    expect(calls.length).to.be.greaterThan(5)
    for (const call of calls) {
      expect(call.accessKeyId).to.not.equal(FORGED_KEY)
      expect(call.callerArn).to.match(/\/alice-[0-9a-f]{12}$/)
    }
  })

  it('tells a throttled STS from a refusal: 503 with Retry-After', async () => {
    const { access_token } = await obtainTokens({
      issuer: issuersAt(stack.origins.identityProvider).okta,
      person: 'bob',
    })
    await stack.addFaults([{ service: 'sts', operation: '*', kind: 'throttle' }])
    const response = await post(mcp(), access_token, PING)
    expect(response.status).to.equal(503)
    expect(response.headers['retry-after']).to.equal('5')
    await stack.clearFaults()
    expect((await post(mcp(), access_token, callOf('list_log_groups', {}))).status).to.equal(200)
  })

  it('keeps twenty parallel callers apart', async () => {
    const tokens = await Promise.all([tokenOf('alice'), tokenOf('bob')])
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const response = await post(mcp(), tokens[index % 2] ?? '', callOf('list_log_groups', {}))
        return { person: index % 2 === 0 ? 'alice' : 'bob', body: response.body }
      }),
    )
    for (const { person, body } of answers) {
      expect(body).to.contain(person === 'alice' ? '/shop/checkout' : '/catalog/api')
      expect(body).to.not.contain(person === 'alice' ? '/catalog/api' : '/shop/checkout')
    }
  })

  it('tells a token’s owner at /whoami what it grants', async () => {
    const response = await fetch(`${stack.origins.gateway}/whoami`, {
      headers: { authorization: `Bearer ${await tokenOf('alice')}` },
    })
    const body = JSON.parse(await response.text())
    expect(body.principal).to.include({ username: 'alice', machine: false })
    expect(body.targets[0]).to.include({ target: 'default', rule: 'sre', role_arn: ROLES.sre })
    expect(body.targets[1]).to.include({ target: 'prod', refused: 'audience_mismatch' })
  })

  it('prints no token and no secret', async () => {
    const token = await tokenOf('alice')
    await post(mcp(), token, callOf('list_log_groups', {}))
    const printed = stack.lines.join('\n')
    expect(printed).to.not.contain(token)
    expect(printed).to.not.contain(token.split('.')[2])
    expect(printed).to.not.match(/secret_?access_?key"?\s*[:=]/i)
    expect(printed).to.not.contain(FORGED_SECRET)
  })

  it('cannot be asked around the gateway', async () => {
    const response = await fetch(`${stack.origins.server}/mcp`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify(callOf('list_log_groups', {})),
    })
    expect(response.status).to.equal(401)
  })
})

const FORGED_KEY = 'ASIAFORGEDFORGEDFORG'
const FORGED_SECRET = 'forgedforgedforgedforgedforgedforgedforg'

const FORGERIES: ReadonlyArray<readonly [string, string]> = [
  ['x-aws-access-key-id', FORGED_KEY],
  ['X-AWS-ACCESS-KEY-ID', FORGED_KEY],
  ['X-Aws-Access-Key-Id', FORGED_KEY],
  ['x_aws_access_key_id', FORGED_KEY],
  ['X_AWS_Access-Key_Id', FORGED_KEY],
  ['x-aws-secret-access-key', FORGED_SECRET],
  ['x-aws-session-token', 'forged'],
  ['x-aws-access-key-id ', FORGED_KEY],
  ['x-aws-region', `eu-west-1\r\nx-aws-access-key-id: ${FORGED_KEY}`],
  ['connection', 'x-aws-access-key-id, x-aws-secret-access-key, x-aws-session-token'],
  ['x-mcp-tools', `*\r\nX-Aws-Access-Key-Id:\t${FORGED_KEY}`],
  ['x-aws-access-key-id', ` \t${FORGED_KEY}`],
]

const PING = { jsonrpc: '2.0', id: 1, method: 'ping' }

const HEADERS = (token: string) => ({
  authorization: `Bearer ${token}`,
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
})

function callOf(name: string, input: Record<string, unknown>) {
  return { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: input } }
}

async function post(url: URL, token: string, message: unknown) {
  const response = await fetch(url, {
    method: 'POST',
    headers: HEADERS(token),
    body: JSON.stringify(message),
  })
  const headers = Object.fromEntries(response.headers) as Record<string, string | undefined> // absent names
  return { status: response.status, headers, body: await response.text() }
}

/** Writes a request byte by byte as given and reads until the connection ends. */
function rawPost(url: URL, headers: readonly string[], body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(url.port), '127.0.0.1')
    let answer = ''
    socket.setEncoding('utf8')
    socket.on('data', (chunk) => {
      answer += chunk
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(answer))
    socket.write(
      [
        `POST ${url.pathname} HTTP/1.1`,
        `Host: ${url.host}`,
        'Connection: close',
        ...headers,
        '',
        body,
      ].join('\r\n'),
    )
  })
}

async function text(client: Client, name: string, input: Record<string, unknown>): Promise<string> {
  const result = await client.callTool({ name, arguments: input })
  expect(result.isError ?? false, JSON.stringify(result.content)).to.equal(false)
  return JSON.stringify(result.content)
}
