import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

import { expect } from 'chai'

import { startIdentityProvider } from '../../src/identity-provider/identity-provider.ts'
import { MAIN_ISSUERS } from '../../src/world.ts'
import { introspection, RESOURCE_ORIGIN, tokensFor, verified } from './code-flow.ts'
import { loopbackHosts } from './loopback-hosts.ts'

const MAIN = fileURLToPath(new URL('../../src/identity-provider/main.js', import.meta.url))

type Program = Readonly<{ child: ChildProcess; output: () => { stdout: string; stderr: string } }>

/** Programs that a failed test may have left behind. */
const started: ChildProcess[] = []

function start(environment: Record<string, string>): Program {
  const child = spawn(process.execPath, [MAIN], { env: { PATH: '', ...environment } })
  started.push(child)
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  return { child, output: () => ({ stdout, stderr }) }
}

async function ended({ child, output }: Program) {
  const [code, signal] = await once(child, 'close')
  return { code, signal, ...output() }
}

/** The origin of the start-up line; rejects when the program ends before it prints one. */
function listening({ child, output }: Program, ending: Promise<unknown>): Promise<string> {
  const printed = new Promise<string>((resolve) => {
    child.stdout?.on('data', () => {
      const origin = /listening at (\S+)/.exec(output().stdout)?.[1]
      if (origin !== undefined) resolve(origin)
    })
  })
  const failed = ending.then(() => Promise.reject(new Error(`it ended: ${output().stderr}`)))
  return Promise.race([printed, failed])
}

describe('identity provider: the program', () => {
  afterEach(() => {
    for (const child of started.splice(0)) child.kill('SIGKILL')
  })

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`prints one line when it listens, nothing else, and ends on ${signal} with 0`, async () => {
      const program = start({ LOCAL_IDENTITY_PROVIDER_PORT: '0' })
      const ending = ended(program)
      const origin = await listening(program, ending)
      // A whole sign-in, so that every notice the library may print on first use has had its chance.
      const { access_token } = await tokensFor(`${origin}/generic`, 'alice')
      expect((await verified(`${origin}/generic`, access_token)).claims.sub).to.equal('alice')
      program.child.kill(signal)
      const { code, stdout, stderr } = await ending
      expect(code).to.equal(0)
      expect(stderr).to.equal('')
      expect(stdout.trim().split('\n')).to.have.length(1)
      expect(stdout).to.contain('(generic, okta, auth0, cognito and 8 more)')
    })
  }

  it('puts the public origin into the issuers', async () => {
    const idp = await startIdentityProvider({
      port: 0,
      origin: 'https://idp.example',
      resourceOrigin: RESOURCE_ORIGIN,
    })
    try {
      const url = `http://127.0.0.1:${idp.port}/auth0/.well-known/openid-configuration`
      const metadata = await (await fetch(url)).json()
      expect(metadata).to.include({
        issuer: 'https://idp.example/auth0/',
        token_endpoint: 'https://idp.example/auth0/oauth/token',
      })
    } finally {
      await idp.close()
    }
  })

  it('names every option that is wrong, in one line, and exits with 1', async () => {
    const { code, stdout, stderr } = await ended(
      start({
        LOCAL_IDENTITY_PROVIDER_PORT: '70000',
        LOCAL_IDENTITY_PROVIDER_URL: 'http://localhost:9000/',
        LOCAL_RESOURCE_ORIGIN: 'localhost:8080',
      }),
    )
    expect(code).to.equal(1)
    expect(stdout).to.equal('')
    expect(stderr.trim().split('\n')).to.have.length(1)
    expect(stderr)
      .to.contain('LOCAL_IDENTITY_PROVIDER_PORT: "70000" is not a port')
      .and.contain('LOCAL_IDENTITY_PROVIDER_URL: "http://localhost:9000/" is not an origin')
      .and.contain('LOCAL_RESOURCE_ORIGIN: "localhost:8080" is not an origin')
  })

  it('names the port when another program has it on any loopback address', async () => {
    for (const host of await loopbackHosts()) {
      const other = createServer().listen(0, host)
      await once(other, 'listening')
      const address = other.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      try {
        const program = start({ LOCAL_IDENTITY_PROVIDER_PORT: String(port) })
        const { code, stderr } = await ended(program)
        expect(code, host).to.equal(1)
        expect(stderr.trim().split('\n'), host).to.have.length(1)
        expect(stderr).to.contain(`LOCAL_IDENTITY_PROVIDER_PORT: port ${port} is in use`)
      } finally {
        other.close()
      }
    }
  })

  it('names the host when it cannot listen there', async () => {
    const program = start({
      LOCAL_IDENTITY_PROVIDER_PORT: '0',
      LOCAL_IDENTITY_PROVIDER_HOST: '192.0.2.1',
    })
    const { code, stderr } = await ended(program)
    expect(code).to.equal(1)
    expect(stderr).to.contain('LOCAL_IDENTITY_PROVIDER_HOST: cannot listen on "192.0.2.1"')
  })

  it('gives tokens the life that was asked for', async () => {
    const idp = await startIdentityProvider({
      port: 0,
      resourceOrigin: RESOURCE_ORIGIN,
      accessTokenSeconds: 7,
    })
    try {
      for (const name of MAIN_ISSUERS) {
        const issuer = idp.issuers[name]
        const { access_token, expires_in } = await tokensFor(issuer, 'alice', {
          resource: `${RESOURCE_ORIGIN}/mcp`,
        })
        const { claims } = await verified(issuer, access_token)
        expect(Number(claims.exp) - Number(claims.iat), name).to.equal(7)
        expect(expires_in, name).to.equal(7)
      }
      const { access_token, expires_in } = await tokensFor(idp.issuers.opaque, 'alice')
      const { exp, iat } = await introspection(idp.issuers.opaque, access_token)
      expect(Number(exp) - Number(iat)).to.equal(7)
      expect(expires_in).to.equal(7)
    } finally {
      await idp.close()
    }
  })
})
