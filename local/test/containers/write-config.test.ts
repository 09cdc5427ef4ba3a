import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { parse } from 'yaml'
import { gatewayConfig, originsOf } from '../../src/gateway-config.ts'
import { DEFAULT_PORTS, LOCAL_GATEWAY } from '../../src/world.ts'
import { runProgram } from '../support/program.ts'

const SCRIPT = 'local/dist/src/containers/write-config.js'

describe('the configuration of the containers', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'write-config-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const read = (name: string) => readFileSync(join(folder, name), 'utf8')

  it('is the one that npm start uses, at the same ports', async () => {
    const { code, err } = await runProgram(SCRIPT, [folder], { GATEWAY_PORT: '18080' })
    expect(err).to.equal('')
    expect(code).to.equal(0)
    const ports = { ...DEFAULT_PORTS, gateway: 18080 }
    expect(parse(read('gateway.yaml'))).to.deep.equal(gatewayConfig(ports, originsOf(ports)))
  })

  it('has people sign in at the gateway where LOGIN_MODE says so', async () => {
    await runProgram(SCRIPT, [folder], { LOGIN_MODE: 'facade' })
    const expected = gatewayConfig(DEFAULT_PORTS, originsOf(DEFAULT_PORTS), 'facade')
    expect(parse(read('gateway.yaml'))).to.deep.equal(expected)
  })

  it('has the identity that the AWS stand-in knows the gateway by', async () => {
    await runProgram(SCRIPT, [folder], {})
    expect(read('aws-credentials')).to.equal(
      [
        '[default]',
        `aws_access_key_id = ${LOCAL_GATEWAY.accessKeyId}`,
        `aws_secret_access_key = ${LOCAL_GATEWAY.secretAccessKey}`,
        `aws_session_token = ${LOCAL_GATEWAY.sessionToken}`,
        '',
      ].join('\n'),
    )
  })

  it('is not written where a port is none, and the option is named', async () => {
    const { code, err } = await runProgram(SCRIPT, [folder], { GATEWAY_PORT: 'eighty' })
    expect(code).to.equal(1)
    expect(err).to.contain('GATEWAY_PORT')
  })

  it('says where it cannot write', async () => {
    const { code, err } = await runProgram(SCRIPT, [join(folder, 'missing')], {})
    expect(code).to.equal(1)
    expect(err).to.contain(join(folder, 'missing'))
  })
})
