import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import { freePorts } from '../../src/ports.ts'
import { inRepository } from '../support/program.ts'

const RELAY = pathToFileURL(inRepository('local/dist/src/containers/relay.js')).href

/** Says that it runs, asks the address in its argument, prints what it got and ends. */
const PROGRAM = `
import { get } from 'node:http'
console.log('started')
get(process.argv[2], { agent: false }, async (response) => {
  let text = ''
  for await (const piece of response) text += piece
  console.log(text)
}).on('error', (error) => console.log(error.code))
`

describe('the relay of the containers', () => {
  let folder: string
  let program: string
  let target: Server
  let child: ChildProcess | undefined

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'relay-'))
    program = join(folder, 'program.mjs')
    writeFileSync(program, PROGRAM)
    target = createServer((req, res) => res.end(`here is ${req.headers.host}`))
  })
  afterEach(async () => {
    child?.kill('SIGKILL')
    target.closeAllConnections()
    if (target.listening) await new Promise((done) => target.close(done))
    rmSync(folder, { recursive: true })
  })

  const listen = async (port: number): Promise<number> => {
    await new Promise<void>((resolve) => target.listen(port, '127.0.0.1', () => resolve()))
    // A TCP server that listens has an AddressInfo.
    return (target.address() as AddressInfo).port
  }

  /** Starts the program with the relay before it; gives what it printed until it ended. */
  const start = (env: Readonly<Record<string, string>>, url: string) => {
    const started = spawn(process.execPath, ['--import', RELAY, program, url], {
      env: { PATH: process.env.PATH ?? '', NODE_NO_WARNINGS: '1', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    child = started
    const lines: string[] = []
    createInterface({ input: started.stdout }).on('line', (line) => lines.push(line))
    return { lines, ended: new Promise((resolve) => started.once('close', () => resolve(lines))) }
  }

  it('leads localhost to another place, and does not keep the program from ending', async () => {
    const there = await listen(0)
    const { gateway: here } = await freePorts()
    const { ended } = start(
      { LOCAL_RELAY_FOR: 'program.mjs', LOCAL_RELAYS: `${here}=127.0.0.1:${there}` },
      `http://localhost:${here}/`,
    )
    // The request as it was sent: the name that tokens carry.
    expect(await ended).to.deep.equal(['started', `here is localhost:${here}`])
  })

  it('holds the program back until the other place answers', async () => {
    const { gateway: here, aws: there } = await freePorts()
    const { lines, ended } = start(
      { LOCAL_RELAY_FOR: 'program.mjs', LOCAL_RELAYS: `${here}=127.0.0.1:${there}` },
      `http://localhost:${here}/`,
    )
    // The relay listens before it waits.
    await until(() => accepts(here))
    expect(lines).to.deep.equal([])
    await listen(there)
    expect(await ended).to.deep.equal(['started', `here is localhost:${here}`])
  })

  it('leaves other programs of the container alone', async () => {
    const { gateway: here, aws: there } = await freePorts()
    const { ended } = start(
      { LOCAL_RELAY_FOR: 'main.js', LOCAL_RELAYS: `${here}=127.0.0.1:${there}` },
      `http://127.0.0.1:${here}/`,
    )
    expect(await ended).to.deep.equal(['started', 'ECONNREFUSED'])
  })

  it('ends at once by SIGTERM while it waits', async () => {
    const { gateway: here, aws: there } = await freePorts()
    const { lines } = start(
      { LOCAL_RELAY_FOR: 'program.mjs', LOCAL_RELAYS: `${here}=127.0.0.1:${there}` },
      'http://127.0.0.1:1/',
    )
    await until(() => accepts(here))
    const code = await new Promise((resolve) => {
      child?.once('exit', resolve)
      child?.kill('SIGTERM')
    })
    expect(code).to.equal(0)
    expect(lines).to.deep.equal([])
  })
})

/** Whether something listens on the port of this machine. */
function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => {
      socket.destroy()
      resolve(true)
    }).on('error', () => resolve(false))
  })
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('it did not happen in time')
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}
