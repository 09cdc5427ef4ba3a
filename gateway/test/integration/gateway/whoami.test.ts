import { expect } from 'chai'
import { sessionName } from '../../../src/role/session-name.ts'
import { SESSION_POLICIES } from '../../../src/role/session-policy.ts'
import { PUBLIC_URL } from '../../support/running-gateway.ts'
import { PRESETS, ROLES, SCOPE, startWorld, type World } from './world.ts'

describe('GET /whoami', () => {
  let world: World

  before(async () => {
    world = await startWorld()
  })
  after(() => world.stop())

  const whoami = (token: string | undefined, method = 'GET') =>
    world.gateway.send({
      method,
      path: '/whoami',
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    })

  it('tells what the gateway makes of a token, at every target', async () => {
    const exp = Math.floor(Date.now() / 1000) + 600
    const { status, headers, json } = await whoami(await world.tokenOf('generic', { exp }))
    const name = world.issuers.generic.issuer.replace('http://', '')
    expect(status).to.equal(200)
    expect(headers['cache-control']).to.equal('no-store')
    expect(json()).to.deep.equal({
      principal: {
        issuer: world.issuers.generic.issuer,
        subject: 'u-alice',
        username: 'alice',
        client_id: 'mcp',
        machine: false,
        groups: ['sre'],
        scopes: [SCOPE],
        expires_at: new Date(exp * 1000).toISOString(),
      },
      targets: [
        {
          target: 'default',
          resource: `${PUBLIC_URL}/mcp`,
          rule: 'sre',
          role_arn: ROLES.sre,
          session_name: sessionName({
            issuer: world.issuers.generic.issuer,
            subject: 'u-alice',
            username: 'alice',
          }),
          session_seconds: 3600,
          exchange: 'web-identity',
          source_identity: null,
          tags: {},
          transitive_tags: [],
          session_policy: JSON.parse(SESSION_POLICIES['cloudwatch-read'] ?? ''),
          policy_arns: [],
          region: 'us-east-1',
          regions: ['us-east-1'],
          tools: ['*'],
          sts: 'accepts such a token: STS compares the audience',
          oidc_provider: {
            url: world.issuers.generic.issuer,
            client_ids: [`${PUBLIC_URL}/mcp`, `${PUBLIC_URL}/mcp/prod`],
          },
          trust_policy: {
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Principal: {
                  Federated: `arn:aws:iam::111122223333:oidc-provider/${name}`,
                },
                Action: 'sts:AssumeRoleWithWebIdentity',
                Condition: {
                  StringEquals: {
                    [`${name}:aud`]: [`${PUBLIC_URL}/mcp`, `${PUBLIC_URL}/mcp/prod`],
                  },
                },
              },
            ],
          },
        },
        {
          target: 'prod',
          resource: `${PUBLIC_URL}/mcp/prod`,
          refused: 'audience_mismatch',
          because: 'the token was issued for another resource',
        },
      ],
    })
  })

  it('says why there is no role', async () => {
    const { json } = await whoami(await world.tokenOf('okta', { groups: [] }))
    expect(json()).to.have.nested.property('targets[0].refused', 'role_unmapped')
    const elsewhere = await whoami(await world.tokenOf('okta', { groups: ['prod'] }))
    expect(elsewhere.json()).to.have.nested.property('targets[0].refused', 'target_not_granted')
    expect(elsewhere.json()).to.have.nested.property('targets[1].rule', 'prod')
  })

  it('says that groups are missing because they were too many', async () => {
    const token = await world.tokenOf('okta', { groups: undefined, _claim_names: { groups: 's' } })
    const { json } = await whoami(token)
    expect(json()).to.have.nested.property('targets[0].refused', 'rule_undecidable')
    expect(json()).to.have.nested.property('targets[0].because').that.contains('too many')
  })

  for (const preset of PRESETS) {
    it(`understands a token of ${preset} and repeats none of it`, async () => {
      const token = await world.tokenOf(preset)
      const { status, text } = await whoami(token)
      expect(status).to.equal(200)
      for (const part of token.split('.')) expect(text).to.not.contain(part)
    })
  }

  it('refuses what the pipeline refuses', async () => {
    expect((await whoami(undefined)).status).to.equal(401)
    expect((await whoami('opaque')).json()).to.include({ error: 'invalid_token' })
    const expired = await world.tokenOf('generic', { exp: 1 })
    const { status, headers } = await whoami(expired)
    expect(status).to.equal(401)
    expect(headers['www-authenticate']).to.contain('error="invalid_token"')
    expect((await whoami(await world.tokenOf('generic', { scope: '' }))).status).to.equal(403)
  })

  it('allows GET only', async () => {
    const { status, headers } = await whoami(await world.tokenOf('generic'), 'POST')
    expect(status).to.equal(405)
    expect(headers.allow).to.equal('GET, OPTIONS')
  })

  it('is not for foreign pages', async () => {
    const authorization = `Bearer ${await world.tokenOf('generic')}`
    const headers = { authorization, origin: 'https://evil.example' }
    expect((await world.gateway.send({ path: '/whoami', headers })).status).to.equal(403)
  })

  it('asks STS for nothing and the MCP server neither', () => {
    expect(world.sts.calls).to.have.lengthOf(0)
    expect(world.mcp.requests).to.have.lengthOf(0)
  })
})
