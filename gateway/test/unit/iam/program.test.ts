import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'

const MAIN = fileURLToPath(new URL('../../../src/iam/main.js', import.meta.url))

describe('the program iam', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'iam-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const run = (out: string) =>
    spawnSync(process.execPath, [MAIN, '--out', out], {
      encoding: 'utf8',
      env: {
        PATH: process.env.PATH,
        NODE_NO_WARNINGS: '1',
        OIDC_PROVIDER: 'okta',
        OIDC_ISSUER: 'https://example.okta.com/oauth2/default',
        OIDC_AUDIENCE: 'api://default',
        STS_ROLE_ARN: 'arn:aws:iam::111122223333:role/CloudWatchRead',
        AWS_REGION: 'us-east-1',
      },
    })

  it('makes the folder and says what it wrote', () => {
    const out = join(folder, 'new', 'iam')
    const { status, stdout, stderr } = run(out)
    expect(stderr).to.equal('')
    expect(status).to.equal(0)
    const files = readdirSync(out).map((name) => join(out, name))
    expect(stdout.trim().split('\n').sort()).to.deep.equal(files.sort())
    expect(existsSync(join(out, '111122223333.template.json'))).to.equal(true)
  })

  it('names the option where the folder cannot be written', () => {
    writeFileSync(join(folder, 'file'), '')
    const { status, stderr } = run(join(folder, 'file', 'iam'))
    expect(status).to.equal(2)
    expect(stderr).to.match(/^cannot write to .*--out\n$/)
  })
})
