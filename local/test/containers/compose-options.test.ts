import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { parse } from 'yaml'
import { inRepository } from '../support/program.ts'

type Program = 'gateway' | 'server'
type Environment = Readonly<Record<string, string | undefined>>

/** Options that compose does not take from an .env, and why. */
const NOT_FROM_ENV: Readonly<Record<Program, readonly string[]>> = {
  // The image sets it: a container has no other address to listen on.
  gateway: ['GATEWAY_HOST'],
  server: [
    // As above.
    'CLOUDWATCH_MCP_SERVER_HOST',
    // Nobody but the gateway sees it.
    'CLOUDWATCH_MCP_PORT',
    // Behind a gateway every request brings its credentials and regions.
    'CREDENTIALS',
    'DANGEROUSLY_SHARE_ENVIRONMENT_CREDENTIALS',
    'CLOUDWATCH_MCP_REGIONS',
  ],
}

/** What decides whom the local stack trusts and whose credentials it uses, and so must not come from a shell. */
const IDENTITY =
  /^(OIDC_|AWS_|STS_|CREDENTIAL_|UPSTREAM_|GATEWAY_(CONFIG|PUBLIC_URL|UPSTREAM_URL|SEAL_KEYS(_FILE)?)$)/

const read = (file: string) => readFileSync(inRepository(file), 'utf8')

/** The environment of a service, a name without a value as undefined. */
function environmentOf(file: string, service: Program): Environment {
  const compose = parse(read(file), { merge: true })
  const environment: unknown = compose.services[service].environment
  if (!Array.isArray(environment)) return Object(environment)
  return Object.fromEntries(
    environment.map((entry: string) => {
      const [name = '', ...value] = entry.split('=')
      return [name, value.length === 0 ? undefined : value.join('=')]
    }),
  )
}

/** Every environment variable that the generated documentation names as an option of the program. */
function documentedOptions(program: Program): readonly string[] {
  const [, gateway = '', server = ''] =
    /\n## Gateway\n(.*)\n## MCP server\n(.*)$/s.exec(read('docs/configuration.md')) ?? []
  const section = program === 'gateway' ? gateway : server
  const column = program === 'gateway' ? 2 : 1
  const options = section.split('\n').flatMap((line) => {
    const cell = line.split('|')[column] ?? ''
    return /^ `([A-Z][A-Z0-9_]+)` $/.exec(cell)?.[1] ?? []
  })
  const files = [...section.matchAll(/`([A-Z_]+_FILE)` names a file/g)].map(([, name]) => name)
  return [...options, ...files.flatMap((name) => name ?? [])]
}

describe('docker-compose.yml', () => {
  for (const program of ['gateway', 'server'] as const) {
    it(`takes every option of the ${program} from an .env`, () => {
      const taken = Object.keys(environmentOf('docker-compose.yml', program))
      const options = documentedOptions(program)
      expect(options.length, 'options read from the page').to.be.above(15)
      const missing = options.filter(
        (name) => !taken.includes(name) && !NOT_FROM_ENV[program].includes(name),
      )
      expect(missing).to.deep.equal([])
    })

    it(`names no option of the ${program} that the image or the network has decided`, () => {
      const taken = Object.keys(environmentOf('docker-compose.yml', program))
      // A name without a value would take the image's own value away.
      for (const name of NOT_FROM_ENV[program]) expect(taken).not.to.include(name)
    })

    it(`gives the ${program} of the local stack nothing of the shell's identity`, () => {
      const fixed = environmentOf('docker-compose.override.yml', program)
      const open = Object.keys(environmentOf('docker-compose.yml', program)).filter(
        (name) => IDENTITY.test(name) && typeof fixed[name] !== 'string',
      )
      expect(open).to.deep.equal([])
    })
  }

  it('publishes the gateway, and no other program', () => {
    const { services } = parse(read('docker-compose.yml'), { merge: true })
    expect(Object.keys(services)).to.have.members(['gateway', 'server'])
    expect(services.gateway.ports).to.have.length(1)
    expect(services.server).not.to.have.property('ports')
  })

  it('stops a program later than the program stops itself', () => {
    const { services } = parse(read('docker-compose.yml'), { merge: true })
    const page = read('docs/configuration.md')
    const drainOf = (name: string) =>
      Number(new RegExp(`\`${name}\` \\| \`(\\d+)\``).exec(page)?.[1]) / 1000
    expect(Number.parseInt(services.gateway.stop_grace_period, 10)).to.be.above(
      drainOf('GATEWAY_DRAIN_MS'),
    )
    expect(Number.parseInt(services.server.stop_grace_period, 10)).to.be.above(
      drainOf('CLOUDWATCH_MCP_DRAIN_TIMEOUT_MS'),
    )
  })
})

describe('.env.example', () => {
  it('names nothing that compose does not read', () => {
    const files = ['docker-compose.yml', 'docker-compose.production.yml'].map(read).join('\n')
    const names = [...read('.env.example').matchAll(/^#?([A-Z][A-Z0-9_]+)=/gm)].flatMap(
      ([, name]) => name ?? [],
    )
    expect(names).to.include('UPSTREAM_SEAL_KEYS')
    const unread = names.filter(
      (name) => !name.startsWith('COMPOSE_') && !new RegExp(`(- |\\$\\{)${name}\\b`).test(files),
    )
    expect(unread).to.deep.equal([])
  })
})
