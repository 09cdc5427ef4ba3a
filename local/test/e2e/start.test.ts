import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { freePorts, type Listener, PORT_OPTIONS, type Ports } from '../../src/ports.ts'
import { eventually } from '../support/running-stack.ts'

const program = (name: string) => fileURLToPath(new URL(`../../src/${name}`, import.meta.url))

describe('npm start', () => {
  it('says how to connect, and Ctrl-C ends all of it', async function () {
    this.timeout(60_000)
    const ports = await freePorts()
    const started = run('start.js', optionsFor(ports))
    await started.printed(/Ctrl-C stops everything/)
    expect(started.output()).to.contain(
      `claude mcp add --transport http cloudwatch http://localhost:${ports.gateway}/mcp`,
    )
    for (const person of ['alice', 'bob', 'carol']) expect(started.output()).to.contain(person)
    const bare = await fetch(`http://localhost:${ports.gateway}/mcp`, { method: 'POST' })
    expect(bare.status).to.equal(401)

    started.child.kill('SIGINT')
    expect(await started.ended).to.equal(0)
    expect(started.output()).to.contain('stopped')
    for (const port of Object.values(ports))
      expect(await answers(port), `port ${port}`).to.equal(false)
  })

  it('ends with the program that started it', async function () {
    this.timeout(60_000)
    const ports = await freePorts()
    // As npm does: a process of its own between the caller and the stack.
    const script = `require('node:child_process').spawn(process.execPath, [${JSON.stringify(program('start.js'))}], { stdio: 'inherit' })`
    const between = spawn(process.execPath, ['-e', script], {
      env: { ...process.env, ...optionsFor(ports) },
      stdio: 'ignore',
    })
    await eventually(async () => (await answers(ports.gateway)) || undefined, 30_000)
    between.kill('SIGKILL')
    await eventually(async () => {
      const alive = await Promise.all(Object.values(ports).map(answers))
      return alive.includes(true) ? undefined : true
    }, 20_000)
  })

  it('ends all of it when its terminal is closed', async function () {
    this.timeout(60_000)
    const ports = await freePorts()
    const started = run('start.js', optionsFor(ports))
    await started.printed(/Ctrl-C stops everything/)
    started.child.kill('SIGHUP')
    expect(await started.ended).to.equal(0)
    for (const port of Object.values(ports))
      expect(await answers(port), `port ${port}`).to.equal(false)
  })

  it('names the option and the fix for a port that is taken', async function () {
    this.timeout(20_000)
    const ports = await freePorts()
    const squatter = createServer().listen(ports.aws, '127.0.0.1')
    try {
      const refused = run('start.js', optionsFor(ports))
      expect(await refused.ended).to.equal(1)
      expect(refused.output()).to.contain('LOCAL_AWS_PORT').and.contain('in use')
    } finally {
      await new Promise((done) => squatter.close(done))
    }
  })

  it('names every option with a wrong value', async () => {
    const refused = run('start.js', { GATEWAY_PORT: 'eighty', CLOUDWATCH_MCP_PORT: '9000' })
    expect(await refused.ended).to.equal(1)
    expect(refused.output()).to.contain('GATEWAY_PORT').and.contain('eighty')
    expect(refused.output()).to.contain('LOCAL_IDENTITY_PROVIDER_PORT').and.contain('9000')
  })
})

describe('npm run demo', () => {
  it('tells the story of alice, bob and carol on a stack of its own', async function () {
    this.timeout(90_000)
    const demo = run('demo.js', optionsFor(await freePorts()))
    expect(await demo.ended, demo.output()).to.equal(0)
    expect(demo.output()).to.match(/POST \/mcp without a token: 401/)
    expect(demo.output()).to.contain('/shop/checkout').and.contain('/catalog/api')
    expect(demo.output()).to.contain('logs:StartQuery')
    expect(demo.output()).to.contain(
      'refused with 403: no role is granted to this principal (role_unmapped)',
    )
  })

  it('ends the stack that it started when it is broken off', async function () {
    this.timeout(60_000)
    const ports = await freePorts()
    // Nothing answers at the ports that it is told, so it starts a stack on others; its programs are its children.
    const demo = run('demo.js', optionsFor(ports))
    await demo.printed(/signs in at (\S+)/)
    const identityProvider = /signs in at (\S+)/.exec(demo.output())?.[1] ?? ''
    const port = Number(new URL(identityProvider).port)
    expect(await answers(port)).to.equal(true)
    demo.child.kill('SIGINT')
    expect(await demo.ended).to.equal(1)
    expect(await answers(port)).to.equal(false)
  })

  it('names a wrong option', async () => {
    const refused = run('demo.js', { GATEWAY_PORT: 'eighty' })
    expect(await refused.ended).to.equal(1)
    expect(refused.output()).to.contain('GATEWAY_PORT').and.contain('eighty')
  })
})

function optionsFor(ports: Ports): Record<string, string> {
  return Object.fromEntries(
    // Object.keys widens; the keys of the record are exactly the listeners.
    (Object.keys(PORT_OPTIONS) as Listener[]).map((listener) => [
      PORT_OPTIONS[listener],
      String(ports[listener]),
    ]),
  )
}

type Run = Readonly<{
  child: ChildProcess
  ended: Promise<number | null>
  output(): string
  printed(pattern: RegExp): Promise<void>
}>

function run(name: string, env: Readonly<Record<string, string>>): Run {
  const child = spawn(process.execPath, [program(name)], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  const watchers = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      text += `${line}\n`
      for (const watch of watchers) watch()
    })
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return {
    child,
    ended,
    output: () => text,
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const watch = () => {
          if (!pattern.test(text)) return
          watchers.delete(watch)
          resolve()
        }
        watchers.add(watch)
        watch()
        ended.then((code) => reject(new Error(`it ended with ${code}:\n${text}`)))
      }),
  }
}

function answers(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(2000) }).then(
    () => true,
    () => false,
  )
}
