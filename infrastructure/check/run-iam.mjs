import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SAMPLE_GATEWAY_ROLE } from './iam-samples.mjs'

const PROGRAM = fileURLToPath(new URL('../../gateway/dist/src/iam/main.js', import.meta.url))
const SEAL_KEY = Buffer.alloc(32, 1).toString('base64')

/**
 * What `npm run iam` writes for a configuration: the needs of its one account, those as the text of a template, and the policy
 * of the gateway's own role.
 */
export function runIam({ config, region = 'us-east-1' }) {
  const folder = mkdtempSync(join(tmpdir(), 'iam-'))
  try {
    const path = join(folder, 'gateway.yaml')
    const whole = { publicUrl: 'https://gateway.example.com', region, ...config }
    if (whole.loginMode === 'facade') whole.sealKeys = [SEAL_KEY]
    writeFileSync(path, JSON.stringify(whole))
    const out = join(folder, 'out')
    execFileSync(process.execPath, [PROGRAM, '--out', out, '--gateway-role', SAMPLE_GATEWAY_ROLE], {
      env: { PATH: process.env.PATH, GATEWAY_CONFIG: path },
      stdio: 'pipe',
    })
    const read = (name) => JSON.parse(readFileSync(join(out, name), 'utf8'))
    const written = readdirSync(out)
    const [account] = written.filter((name) => /^\d{12}\.json$/.test(name))
    return {
      needs: read(account),
      template: readFileSync(join(out, account.replace('.json', '.template.json')), 'utf8'),
      gatewayRole: written.includes('gateway-role.json') ? read('gateway-role.json') : undefined,
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
