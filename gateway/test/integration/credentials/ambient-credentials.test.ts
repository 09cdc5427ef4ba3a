import { expect } from 'chai'
import { type BuiltGateway, startBuiltGateway } from '../../support/built-gateway.ts'
import {
  AMBIENT_SOURCES,
  ambientKey,
  type FakeAmbient,
  startFakeAmbient,
} from '../../support/fake-ambient.ts'
import { type FakeIssuer, startFakeIssuer } from '../../support/fake-issuer.ts'
import { type FakeMcpServer, startFakeMcpServer } from '../../support/fake-mcp-server.ts'
import {
  type FakeSts,
  failure,
  issued,
  type StsReply,
  startFakeSts,
  triple,
} from '../../support/fake-sts.ts'
import { unusedPort } from '../../support/loopback.ts'
import { send } from '../../support/send.ts'

/** How the program names its access key where it signs for itself. */
const POD_KEY = triple('pod').AccessKeyId

describe('a process with AWS credentials all around it', () => {
  let ambient: FakeAmbient
  let issuer: FakeIssuer
  let sts: FakeSts
  let mcp: FakeMcpServer
  let gateway: BuiltGateway | undefined
  let port: number

  beforeEach(async () => {
    ambient = await startFakeAmbient()
    issuer = await startFakeIssuer()
    sts = await startFakeSts()
    mcp = await startFakeMcpServer()
  })
  afterEach(async () => {
    await gateway?.stop()
    gateway = undefined
    await Promise.all([ambient, issuer, sts, mcp].map(({ close }) => close()))
  })

  const start = async (env: Readonly<Record<string, string>>) => {
    port = await unusedPort()
    gateway = await startBuiltGateway({
      GATEWAY_PORT: String(port),
      GATEWAY_METRICS_PORT: '0',
      GATEWAY_UPSTREAM_URL: mcp.origin,
      AWS_ENDPOINT_URL_STS: sts.endpoint,
      GATEWAY_STS_MAX_ATTEMPTS: '1',
      GATEWAY_STS_TIMEOUT_MS: '500',
      OIDC_ISSUER: issuer.issuer,
      OIDC_AUDIENCE: 'api://gateway',
      STS_ROLE_ARN: 'arn:aws:iam::111122223333:role/Reader',
      LOG_LEVEL: 'debug',
      ...env,
    })
    return gateway
  }
  const call = async (subject: string) =>
    send(port, {
      method: 'POST',
      path: '/mcp',
      body: '{"jsonrpc":"2.0","id":1,"method":"ping"}',
      headers: {
        host: `localhost:${port}`,
        authorization: `Bearer ${await issuer.mint({ sub: subject, aud: 'api://gateway' })}`,
      },
    })

  describe('that sends tokens to STS', () => {
    /** Every way in which STS can leave the gateway without credentials, and what the client is told. */
    const failures: ReadonlyArray<readonly [string, StsReply, number]> = [
      ['AccessDenied', failure('AccessDenied', 403), 403],
      ['ExpiredToken', failure('ExpiredTokenException', 400), 401],
      ['InvalidIdentityToken', failure('InvalidIdentityToken', 400), 500],
      ['Throttling', failure('Throttling', 400), 503],
      ['InternalFailure', failure('InternalFailure', 500), 503],
      ['garbage', { kind: 'text', status: 200, text: '<<<' }, 503],
      ['silence', { kind: 'stall' }, 503],
      ['half a triple', issued({ ...triple('half'), SessionToken: '' }), 503],
      ['a session that is over', issued(triple('over', -1)), 503],
    ]

    const withoutEnvironment = AMBIENT_SOURCES.filter((source) => source !== 'environment')
    for (const [what, sources] of [
      ['in its environment', ['environment']],
      ['in files and at endpoints', withoutEnvironment],
    ] as const) {
      it(`asks none that are ${what} and signs nothing, whatever STS does`, async () => {
        const { written } = await start(
          Object.assign({}, ...sources.map((source) => ambient.variables(source))),
        )
        sts.script(() => issued(triple('own')))
        expect((await call('fine')).status).to.equal(200)
        for (const [name, reply, status] of failures) {
          sts.script(() => reply)
          expect((await call(name)).status, name).to.equal(status)
        }

        expect(ambient.asked).to.deep.equal([])
        expect(await ambient.processRan()).to.equal(false)
        expect(sts.calls).to.have.lengthOf(failures.length + 1)
        for (const { headers, parameters } of sts.calls) {
          expect(headers).to.not.have.any.keys('authorization', 'x-amz-security-token')
          expect(parameters.Action).to.equal('AssumeRoleWithWebIdentity')
          expect(JSON.stringify([headers, parameters])).to.not.match(/ambient|999988887777/i)
        }
        expect(mcp.requests).to.have.lengthOf(1)
        expect(mcp.requests[0]?.headers['x-aws-access-key-id']).to.equal(triple('own').AccessKeyId)
        expect(written()).to.not.match(/ambient/i)
      }).timeout(30_000)
    }
  })

  describe('that assumes roles itself', () => {
    for (const source of AMBIENT_SOURCES) {
      it(`signs with what it finds: ${source}`, async () => {
        sts.script(({ parameters }) =>
          issued(triple(parameters.Action === 'AssumeRole' ? 'role' : 'pod')),
        )
        const { written } = await start({
          CREDENTIAL_MODE: 'assume-role',
          ...ambient.variables(source),
        })
        expect((await call('someone')).status).to.equal(200)
        const signed = sts.calls.find(({ parameters }) => parameters.Action === 'AssumeRole')
        const key = source === 'token file' ? POD_KEY : ambientKey(source)
        expect(signed?.headers.authorization).to.contain(`Credential=${key}/`)
        // It stays with STS: the MCP server gets the role's, and nobody reads the gateway's own.
        expect(mcp.requests[0]?.headers['x-aws-access-key-id']).to.equal(triple('role').AccessKeyId)
        expect(JSON.stringify(mcp.requests)).to.not.match(/ambient-/i)
        expect(written()).to.not.match(/ambient-/i)
        expect(await ambient.processRan()).to.equal(source === 'process')
      }).timeout(30_000)
    }

    it('says at start and to each request that it has none where there is none', async () => {
      const { written } = await start({
        CREDENTIAL_MODE: 'assume-role',
        ...ambient.variables('environment'),
        AWS_ACCESS_KEY_ID: '',
        AWS_SECRET_ACCESS_KEY: '',
        AWS_SESSION_TOKEN: '',
      })
      expect((await call('someone')).status).to.equal(500)
      expect(written()).to.contain('no AWS identity to assume roles with')
      expect(written()).to.contain('Could not load credentials from any providers')
      expect(sts.calls).to.have.lengthOf(0)
      expect(mcp.requests).to.have.lengthOf(0)
    }).timeout(30_000)
  })

  it('sends no token to an address without TLS that only the SDK was told of', async () => {
    const { written } = await start({
      ...ambient.variables('environment'),
      AWS_ENDPOINT_URL_STS: '',
      AWS_ENDPOINT_URL: 'http://sts.invalid',
    })
    expect((await call('someone')).status).to.equal(500)
    expect(written()).to.contain('STS would be called without TLS at sts.invalid')
  }).timeout(30_000)
})
