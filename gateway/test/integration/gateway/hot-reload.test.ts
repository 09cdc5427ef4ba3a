import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { type BuiltGateway, startBuiltGateway } from '../../support/built-gateway.ts'
import { type FakeIssuer, startFakeIssuer } from '../../support/fake-issuer.ts'
import { type FakeMcpServer, startFakeMcpServer } from '../../support/fake-mcp-server.ts'
import { type FakeSts, startFakeSts } from '../../support/fake-sts.ts'
import { unusedPort } from '../../support/loopback.ts'
import { send } from '../../support/send.ts'

const role = (name: string) => `arn:aws:iam::111122223333:role/${name}`
const LOOK_MS = 50

describe('the rules of the built program', () => {
  let issuer: FakeIssuer
  let sts: FakeSts
  let mcp: FakeMcpServer
  let folder: string
  let port: number
  let gateway: BuiltGateway

  const configOf = (rule: object) =>
    JSON.stringify({
      providers: [{ issuer: issuer.issuer, audience: ['api://gateway'] }],
      rules: [{ name: 'sre', when: { groups: { has: ['sre'] } }, role: role('A'), ...rule }],
    })

  /** As Kubernetes mounts a ConfigMap: the file is a link through a link that is switched. */
  const mount = async (version: string, files: Readonly<Record<string, string>>) => {
    await mkdir(join(folder, version))
    for (const [name, text] of Object.entries(files)) {
      await writeFile(join(folder, version, name), text)
    }
    await symlink(version, join(folder, '..data_tmp'))
    await rename(join(folder, '..data_tmp'), join(folder, '..data'))
  }

  before(async () => {
    issuer = await startFakeIssuer()
    sts = await startFakeSts()
    mcp = await startFakeMcpServer()
    folder = await mkdtemp(join(tmpdir(), 'hot-reload-'))
    await mount('1', { 'gateway.yaml': configOf({}) })
    await symlink(join('..data', 'gateway.yaml'), join(folder, 'gateway.yaml'))
    port = await unusedPort()
    gateway = await startBuiltGateway({
      GATEWAY_CONFIG: join(folder, 'gateway.yaml'),
      GATEWAY_PORT: String(port),
      GATEWAY_METRICS_PORT: '0',
      GATEWAY_UPSTREAM_URL: mcp.origin,
      AWS_ENDPOINT_URL_STS: sts.endpoint,
    })
  })
  after(async () => {
    await gateway?.stop()
    await Promise.all([issuer, sts, mcp].map(({ close }) => close()))
    await rm(folder, { recursive: true })
  })

  /** The role that alice's call carries, or the status of its refusal. */
  const call = async () => {
    const headers = {
      host: `localhost:${port}`,
      authorization: `Bearer ${await issuer.mint({ sub: 'alice', aud: 'api://gateway', groups: ['sre'] })}`,
    }
    const body = '{"jsonrpc":"2.0","id":1,"method":"ping"}'
    const { status } = await send(port, { method: 'POST', path: '/mcp', body, headers })
    return status === 200 ? mcp.requests.at(-1)?.headers['x-aws-role-arn'] : status
  }
  const written = async (text: string, times = 1) => {
    while (gateway.written().split(text).length <= times) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    }
  }

  it('change with a mounted ConfigMap, and the role that is gone is gone from memory', async () => {
    expect(await call()).to.equal(role('A'))
    await mount('2', { 'gateway.yaml': configOf({ role: role('B') }) })
    await written('rules reloaded')
    expect(await call()).to.equal(role('B'))
    const exchanges = sts.calls.length

    await mount('3', { 'gateway.yaml': configOf({ when: { groups: { has: ['other'] } } }) })
    await written('rules reloaded', 2)
    expect(await call()).to.equal(403)
    expect(sts.calls).to.have.lengthOf(exchanges)
  }).timeout(20_000)

  it('stay as they are while the file is wrong, and follow when it is mended', async () => {
    await mount('4', { 'gateway.yaml': configOf({ role: role('C') }) })
    await written('rules reloaded', 3)
    await mount('5', { 'gateway.yaml': configOf({ role: role('D'), policy: 'missing.json' }) })
    await written('missing.json')
    expect(await call()).to.equal(role('C'))
    await mount('6', { 'gateway.yaml': configOf({ role: role('E') }) })
    await written('rules reloaded', 4)
    expect(await call()).to.equal(role('E'))
    expect(gateway.written().split('is kept out')).to.have.lengthOf(2)
  }).timeout(20_000)

  it('are read again at once on SIGHUP', async () => {
    const path = join(folder, '6', 'gateway.yaml')
    await writeFile(path, configOf({ role: role('F') }))
    gateway.signal('SIGHUP')
    await written('rules reloaded', 5)
    expect(await call()).to.equal(role('F'))
  }).timeout(20_000)
})
