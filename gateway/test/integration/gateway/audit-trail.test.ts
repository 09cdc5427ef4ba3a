import { request } from 'node:http'
import { expect } from 'chai'
import { triple } from '../../support/fake-sts.ts'
import { HOST } from '../../support/running-gateway.ts'
import { ROLES, startWorld, TOOL_CALL, type World } from './world.ts'

describe('the audit record', () => {
  let world: World

  beforeEach(async () => {
    world = await startWorld()
  })
  afterEach(() => world.stop())

  it('of a forwarded request joins client, MCP server and CloudTrail', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const token = await world.tokenOf('okta')
    const { headers } = await world.call(token, { headers: { traceparent } })
    const audit = await world.gateway.nextAudit()
    const sent = world.mcp.requests[0]?.headers
    expect(audit).to.deep.equal({
      kind: 'audit',
      time: audit.time,
      request_id: headers['x-request-id'],
      trace_id: '0af7651916cd43dd8448eb211c80319c',
      outcome: 'forwarded',
      status: 200,
      reason: null,
      duration_ms: audit.duration_ms,
      http_method: 'POST',
      target: 'default',
      peer: '127.0.0.1',
      client_address: '127.0.0.1',
      mcp_method: 'tools/call',
      mcp_tool: 'query_logs',
      mcp_client: null,
      issuer: world.issuers.okta.issuer,
      subject: '00u1',
      username: 'alice@shop.example',
      client_id: '0oa1',
      machine: false,
      sign_in: null,
      rule: 'sre',
      role_arn: ROLES.sre,
      session_name: world.sts.calls[0]?.parameters.RoleSessionName,
      source_identity: null,
      exchange: 'web-identity',
      region: 'us-east-1',
      access_key_id: triple(1).AccessKeyId,
      credentials_expiration: sent?.['x-aws-credentials-expiration'],
      upstream_status: 200,
    })
    expect(sent?.['x-request-id']).to.equal(audit.request_id)
    expect(Date.parse(audit.time)).to.be.closeTo(Date.now(), 10_000)
    expect(audit.duration_ms).to.be.within(0, 10_000)
  })

  it('tells of an answer that the MCP server gave as an error', async () => {
    world.mcp.script((_request, res) => res.writeHead(404).end())
    await world.call(await world.tokenOf('okta'))
    expect(await world.gateway.nextAudit()).to.include({
      outcome: 'upstream_error',
      status: 404,
      upstream_status: 404,
      reason: null,
    })
  })

  it('tells of an MCP server that is not there', async () => {
    await world.mcp.close()
    expect((await world.call(await world.tokenOf('okta'))).status).to.equal(502)
    expect(await world.gateway.nextAudit()).to.include({
      outcome: 'refused',
      reason: 'upstream_unreachable',
      status: 502,
      access_key_id: triple(1).AccessKeyId,
      upstream_status: null,
    })
  })

  it('tells of an MCP server that dies in the middle', async () => {
    world.mcp.script((_request, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      res.write('data: 1\n\n', () => res.destroy())
    })
    const error: unknown = await world
      .call(await world.tokenOf('okta'))
      .catch((reason: unknown) => reason)
    expect(error).to.be.instanceOf(Error)
    expect(await world.gateway.nextAudit()).to.include({ outcome: 'upstream_died', status: 200 })
  })

  it('tells of a client that leaves a stream, and the MCP server learns of it', async () => {
    const left = new Promise<void>((resolve) => {
      world.mcp.script((_request, res) => {
        res.on('close', resolve)
        res.writeHead(200, { 'content-type': 'text/event-stream' })
        res.write('data: 1\n\n')
      })
    })
    const token = await world.tokenOf('okta')
    const client = request({
      host: '127.0.0.1',
      port: world.gateway.port,
      method: 'POST',
      path: '/mcp',
      agent: false,
      headers: { host: HOST, authorization: `Bearer ${token}` },
    })
    client.on('error', () => {})
    client.on('response', (res) => res.once('data', () => client.destroy()))
    client.end(TOOL_CALL)
    await left
    expect(await world.gateway.nextAudit()).to.include({ outcome: 'client_left', status: 200 })
  })

  it('tells of a client that leaves before there is an answer', async () => {
    world.mcp.script(() => {})
    const token = await world.tokenOf('okta')
    const client = request({
      host: '127.0.0.1',
      port: world.gateway.port,
      method: 'POST',
      path: '/mcp',
      agent: false,
      headers: { host: HOST, authorization: `Bearer ${token}` },
    })
    client.on('error', () => {})
    client.end(TOOL_CALL)
    await world.mcp.arrivals.take()
    client.destroy()
    expect(await world.gateway.nextAudit()).to.include({
      outcome: 'client_left',
      status: 0,
      upstream_status: null,
    })
  })

  it('is one per request, in any mixture', async () => {
    const good = await world.tokenOf('okta')
    const bad = await world.tokenOf('okta', { groups: [] })
    const tokens = Array.from({ length: 30 }, (_, number) => [good, bad, undefined][number % 3])
    const answers = await Promise.all(tokens.map((token) => world.call(token)))
    const audits = await Promise.all(tokens.map(() => world.gateway.nextAudit()))
    expect(audits.map(({ request_id: id }) => id)).to.have.members(
      answers.map(({ headers }) => headers['x-request-id']),
    )
    expect(world.gateway.auditsWaiting()).to.equal(0)
  })
})
