import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { expect } from 'chai'
import { freePorts } from '../../src/ports.ts'
import { inRepository } from '../support/program.ts'

/** An engine in which everything goes well that `--server-only` looks at, but the refusal it expects. */
const ENGINE = `#!/bin/sh
echo "$*" >>"$CALLS"
case "$*" in
*Health.Status*) echo healthy ;;
*State.Running*) echo false ;;
*State.ExitCode*) echo 0 ;;
'version --format'*) echo 24.0.0 ;;
'images --format'*) echo cloudwatch-mcp-server:test ;;
esac
`
const ENGINE_IS_DOWN = `#!/bin/sh
echo 'ERROR: Cannot connect to the Docker daemon' >&2
echo 'errors pretty printing info' >&2
exit 1
`
const SAYS = (text: string) => `#!/bin/sh\necho '${text}'\n`

describe('test-docker-http.sh', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'test-docker-http-'))
    for (const name of ['bin', 'tmp', 'aws']) mkdirSync(join(folder, name))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  /** Runs it with stand-ins for docker and curl, and temporary files in a folder of its own. */
  async function run(docker: string, env: Readonly<Record<string, string>> = {}) {
    const programs = { docker, curl: SAYS('{"result":{"tools":["list_log_groups"]}}') }
    for (const [name, text] of Object.entries(programs)) {
      writeFileSync(join(folder, 'bin', name), text, { mode: 0o755 })
    }
    const { server } = await freePorts()
    const { status, stdout } = spawnSync(
      'bash',
      [inRepository('test-docker-http.sh'), '--server-only'],
      {
        encoding: 'utf8',
        env: {
          PATH: [join(folder, 'bin'), process.env.PATH].join(delimiter),
          HOME: folder,
          TMPDIR: join(folder, 'tmp'),
          CALLS: join(folder, 'calls'),
          AWS_PROFILE: 'someone',
          AWS_REGION: 'us-east-1',
          AWS_FOLDER: join(folder, 'aws'),
          PORTS: String(server),
          ...env,
        },
      },
    )
    return { status, stdout, left: readdirSync(join(folder, 'tmp')) }
  }

  it('ends with 1 where a check in the middle failed and the last one passed', async () => {
    const { status, stdout, left } = await run(ENGINE)
    expect(stdout).to.match(/^FAILED {2}without the option that names the danger/m)
    expect(stdout).to.match(/^ok {6}it ends by SIGTERM/m)
    expect(stdout).to.match(/\n\d+ passed, [1-9]\d* failed\n$/)
    expect(status).to.equal(1)
    expect(left).to.deep.equal([])
  })

  it('removes its image by the name that it gave, for the same image may have others', async () => {
    await run(ENGINE)
    const calls = readFileSync(join(folder, 'calls'), 'utf8').split('\n')
    expect(calls.filter((call) => call.startsWith('rmi'))).to.deep.equal([
      'rmi -f cloudwatch-mcp-server:test',
    ])
  })

  it('says which engine does not answer, and leaves nothing behind', async () => {
    const { status, stdout, left } = await run(ENGINE_IS_DOWN)
    expect(stdout).to.include('Cannot connect to the Docker daemon')
    expect(stdout).to.match(/\n0 passed, 1 failed\n$/)
    expect(status).to.equal(1)
    expect(left).to.deep.equal([])
  })

  it('takes no port that there is not', async () => {
    for (const PORTS of ['65536', 'http', '99999999']) {
      const { status, left } = await run(ENGINE, { PORTS })
      expect(status, PORTS).to.equal(2)
      expect(left, PORTS).to.deep.equal([])
    }
  })
})
