import { expect } from 'chai'
import { ConfigError } from '../../src/config/load.ts'
import { startFakeIssuer } from '../support/fake-issuer.ts'
import { startGateway } from '../support/running-gateway.ts'
import type { Received } from '../support/send.ts'
import { requirement } from './support/requirement.ts'
import {
  bytesOf,
  LIST_TOOLS,
  RESOURCE,
  type ResourceServer,
  startResourceServer,
} from './support/resource-server.ts'

describe('tokens', () => {
  let server: ResourceServer

  beforeEach(async () => {
    server = await startResourceServer()
  })
  afterEach(() => server.stop())

  const expectUntouched = () => {
    expect(server.sts.calls, 'calls of STS').to.have.lengthOf(0)
    expect(server.mcp.requests, 'requests at the MCP server').to.have.lengthOf(0)
  }

  requirement('RS9a', 'a token that fails any check has no effect', async () => {
    const [head, claims, signature] = (await server.token()).split('.')
    const unsigned = Buffer.from('{"alg":"none"}').toString('base64url')
    const refused = [
      `${head}.${claims}.${signature?.slice(4)}AAAA`,
      `${unsigned}.${claims}.`,
      `${unsigned}.${claims}.${signature}`,
      await server.token({ exp: Math.floor(Date.now() / 1000) - 3600 }),
      await server.token({ nbf: Math.floor(Date.now() / 1000) + 3600 }),
      await server.token({ sub: undefined }),
      await server.token({}, { kid: 'unknown' }),
    ]
    for (const token of refused) {
      expect((await server.call(token)).status).to.equal(401)
    }
    expectUntouched()
  })

  requirement('RS9b', 'a token must name the very resource', async () => {
    for (const aud of [
      undefined,
      'https://other.example/mcp',
      `${RESOURCE}/`,
      `${RESOURCE}/prod`,
      new URL(RESOURCE).origin,
      ['https://other.example/mcp'],
    ]) {
      expect((await server.call(await server.token({ aud }))).status, String(aud)).to.equal(401)
    }
    expectUntouched()
    expect((await server.call(await server.token({ aud: ['other', RESOURCE] }))).status).to.equal(
      200,
    )
  })

  requirement('RS9c', 'a refusal is of the gateway alone', async () => {
    server.mcp.script((_request, res) => res.end('of the MCP server'))
    const tokens = [undefined, 'opaque', await server.token({ groups: [] })]
    for (const token of tokens) {
      const answer = await server.call(token)
      expect(answer.status).to.be.within(400, 499)
      expect(answer.json()).to.include.keys('error', 'error_description')
      expect(answer.text).to.not.contain('MCP')
    }
    expectUntouched()
  })

  requirement('RS10a', 'tokens of another kind or issuer are refused', async () => {
    const stranger = await startFakeIssuer('/issuer')
    try {
      const audience = { aud: RESOURCE, scope: 'cloudwatch/read', groups: ['readers'] }
      for (const token of [
        await server.token({ nonce: 'n' }),
        await server.token({ at_hash: 'h' }),
        await server.token({ events: {} }),
        await server.token({}, { typ: 'logout+jwt' }),
        await stranger.mint(audience),
        // The name of a trusted issuer, signed by somebody else.
        await stranger.mint({ ...audience, iss: server.issuer.issuer }, { kid: 'second' }),
      ]) {
        expect((await server.call(token)).status).to.equal(401)
      }
    } finally {
      await stranger.close()
    }
    expectUntouched()
  })

  requirement('SB1', 'a token of the same issuer for another server is refused', async () => {
    const token = await server.token({ aud: 'https://calendar.example' })
    expect((await server.call(token)).status).to.equal(401)
    expectUntouched()
  })

  requirement('RS10b', 'no part of the token reaches the MCP server', async () => {
    const token = await server.token()
    const headers = { 'x-authorization': `Bearer ${token}`, 'mcp-session-id': 's-1' }
    expect((await server.call(token, { headers })).status).to.equal(200)
    const { rawHeaders, url, body } = server.lastRequest()
    const everything = [...rawHeaders, url, body].join('\n')
    for (const part of token.split('.')) expect(everything).to.not.contain(part)
    expect(everything.toLowerCase()).to.not.contain('bearer')
  })

  requirement('RS10c', 'STS gets the token as an assertion and in no other place', async () => {
    const token = await server.token()
    await server.call(token)
    expect(server.sts.calls).to.have.lengthOf(1)
    const { headers, parameters: { WebIdentityToken, ...rest } = {} } = server.sts.calls[0] ?? {}
    expect(WebIdentityToken).to.equal(token)
    expect(JSON.stringify([headers, rest])).to.not.contain(token)
    expect(headers).to.not.have.property('authorization')
  })

  requirement(
    'RS11a',
    'a token in the query, in a form or in a cookie counts for nothing',
    async () => {
      const token = await server.token()
      const form = { 'content-type': 'application/x-www-form-urlencoded' }
      for (const request of [
        { path: `/mcp?access_token=${token}` },
        { body: `access_token=${token}`, headers: form },
        { headers: { cookie: `access_token=${token}` } },
        { headers: { 'proxy-authorization': `Bearer ${token}` } },
      ]) {
        expect((await server.call(undefined, request)).status).to.equal(401)
      }
      expectUntouched()
    },
  )

  requirement('RS11b', 'a connection that has served a token asks for the next one', async () => {
    const authorization = `Authorization: Bearer ${await server.token()}`
    for (const [method, body] of [
      ['POST', LIST_TOOLS],
      ['POST', '{"jsonrpc":"2.0","method":"notifications/initialized"}'],
      ['GET', ''],
      ['DELETE', ''],
    ] as const) {
      const client = await server.connect()
      client.write(bytesOf('POST', [authorization], LIST_TOOLS))
      expect((await client.readResponse()).status).to.equal(200)
      const before = server.mcp.requests.length
      client.write(bytesOf(method, [], body))
      expect((await client.readResponse()).status, method).to.equal(401)
      expect(server.mcp.requests).to.have.lengthOf(before)
    }
  })

  requirement('RS14', 'a session id neither admits nor disguises anybody', async () => {
    const headers = { 'mcp-session-id': 'session-of-alice' }
    await server.call(await server.token({ sub: 'alice' }), { headers })
    expect((await server.call(undefined, { headers })).status).to.equal(401)
    await server.call(await server.token({ sub: 'bob' }), { headers })
    expect(server.mcp.requests).to.have.lengthOf(2)
    expect(server.lastRequest().headers['x-mcp-principal']).to.match(/\/bob$/)
  })

  requirement('RS15a', 'a state handle in the message does not admit anybody', async () => {
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'get_basket', arguments: { handle: 'h-1' }, requestState: 'v1.a.b' },
    })
    expect((await server.call(undefined, { body })).status).to.equal(401)
    expectUntouched()
  })

  requirement('RS16', 'no token is printed or answered', async () => {
    const tokens = [
      await server.token(),
      await server.token({ exp: 1 }),
      await server.token({ aud: 'other' }),
      await server.token({ groups: [] }),
      'opaque-token-of-nobody',
    ]
    const answers: Received[] = []
    for (const token of tokens) {
      const answer = await server.call(token)
      await server.auditOf(answer)
      answers.push(answer)
    }
    const printed = [
      ...server.gateway.lines,
      ...answers.map(({ headers, text }) => JSON.stringify(headers) + text),
    ].join('\n')
    expect(printed).to.contain('"kind":"audit"')
    for (const token of tokens) {
      const [head = '', ...secrets] = token.split('.')
      for (const part of secrets.length === 0 ? [head] : secrets) {
        expect(printed).to.not.contain(part)
      }
    }
  })

  requirement(
    'RS17a',
    'a connection in the clear to another machine is refused at start',
    async () => {
      const plain = { issuer: 'http://issuer.example' }
      const secure = { issuer: 'https://issuer.example' }
      for (const options of [
        { providers: [plain] },
        { providers: [secure], publicUrl: 'http://gateway.example' },
        { providers: [secure], upstreamUrl: 'http://mcp.example' },
      ]) {
        const role = { roleArn: 'arn:aws:iam::111122223333:role/Reader' }
        const outcome = await startGateway({ ...role, ...options }).then(
          (started) => started.stop(),
          (error: unknown) => error,
        )
        expect(outcome).to.be.instanceOf(ConfigError)
      }
    },
  )

  requirement('SB2', 'addresses in a token are not followed', async () => {
    const stranger = await startFakeIssuer('/issuer')
    try {
      const keys = `${stranger.issuer}/keys`
      for (const header of [{ jku: keys }, { x5u: keys }, { jku: keys, kid: 'unknown' }]) {
        await server.call(await stranger.mint({ aud: RESOURCE }, header))
        await server.call(await stranger.mint({ aud: RESOURCE, iss: server.issuer.issuer }, header))
      }
      expect(stranger.fetches).to.deep.equal({ metadata: 0, keys: 0 })
    } finally {
      await stranger.close()
    }
    expectUntouched()
  })
})
