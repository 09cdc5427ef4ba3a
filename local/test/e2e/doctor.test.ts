import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import {
  DEFAULT_PORTS,
  OKTA_AUDIENCE,
  RESOURCE_SERVER_CLIENT,
  ROLES,
  SCOPE,
} from '../../src/world.ts'
import { DOCTOR_EXAMPLES, exampleOptions, examplesIn } from '../support/doctor-examples.ts'
import { type Finished, inRepository, runProgram } from '../support/program.ts'
import { type ProviderWorld, startProviderWorld } from '../support/provider-world.ts'
import { personToken } from '../support/token-shapes.ts'
import { rulesFor, trustedProviders } from '../support/trusted-providers.ts'

const [GOOD] = DOCTOR_EXAMPLES
const PAGE = inRepository('docs/doctor.md')

describe('the doctor', () => {
  let world: ProviderWorld
  let folder: string
  before(async function () {
    this.timeout(60_000)
    world = await startProviderWorld()
    folder = mkdtempSync(join(tmpdir(), 'doctor-'))
  })
  after(async function () {
    this.timeout(30_000)
    await world?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const options = () => {
    if (GOOD === undefined) throw new Error('there is an example of a good token')
    return exampleOptions(GOOD, world)
  }
  const fileWith = (text: string) => {
    const path = join(folder, 'token.txt')
    writeFileSync(path, text)
    return path
  }
  const goodToken = () => personToken(world.issuers.okta, 'alice')

  describe('with a token', () => {
    const captured = new Map<string, Finished>()

    for (const example of DOCTOR_EXAMPLES) {
      const { name, obtain, step, fix } = example
      const expected = step === undefined ? 'finds no problem' : `says what is wrong at "${step}"`
      it(`${expected}: ${name}`, async () => {
        const token = await obtain(world)
        const path = fileWith(token)
        const finished = await world.doctor(exampleOptions(example, world), ['--token-file', path])
        captured.set(name, finished)
        const { code, out, err } = finished
        expect(err).to.equal('')
        expect(code, out).to.equal(step === undefined ? 0 : 1)
        const problems = out.split('\n').filter((line) => line.startsWith('PROBLEM'))
        if (step === undefined) {
          expect(problems).to.deep.equal([])
          expect(out).to.contain('no problem found')
        } else {
          expect(
            problems.some((line) => line.includes(` ${step} `)),
            out,
          ).to.equal(true)
          expect(out).to.match(fix)
          expect(out).to.contain(`problems: ${problems.length}`)
        }
        for (const segment of token.split('.')) {
          if (segment.length > 8) expect(out).to.not.contain(segment)
        }
      })
    }

    it('shows in docs/doctor.md what it really prints', () => {
      const shown = examplesIn(readFileSync(PAGE, 'utf8'))
      for (const [name, { out }] of captured) {
        expect(comparable(shown.get(name) ?? '', world), name).to.equal(comparable(out, world))
      }
      expect(captured.size).to.equal(DOCTOR_EXAMPLES.length)
    })

    for (const [what, dress] of [
      ['alone', (token: string) => token],
      ['with a line break after it', (token: string) => `${token}\n`],
      ['as a bearer', (token: string) => `Bearer ${token}`],
      ['as a whole header', (token: string) => `Authorization: Bearer ${token}\r\n`],
    ] as const) {
      it(`takes it ${what}, from a file and from standard input`, async () => {
        const text = dress(await goodToken())
        const path = fileWith(text)
        const fromFile = await world.doctor(options(), ['--token-file', path])
        const fromInput = await world.doctor(options(), ['--token-file', '-'], text)
        expect(fromFile.code, fromFile.out + fromFile.err).to.equal(0)
        expect(comparable(fromInput.out, world)).to.equal(comparable(fromFile.out, world))
      })
    }

    it('says that a file holds more than a token', async () => {
      const token = await goodToken()
      for (const text of [`{"access_token":"${token}"}`, `'${token}'`, `${token}\n${token}`]) {
        const { code, out } = await world.doctor(options(), ['--token-file', '-'], text)
        expect(code).to.equal(1)
        expect(out).to.match(/PROBLEM {2}shape .*no token/)
        expect(out).to.contain('the access token alone')
        expect(out).to.not.contain(token.split('.')[1])
      }
    })

    it('looks an opaque token up at its issuer, and keeps the secret for that to itself', async () => {
      const token = await personToken(world.issuers.opaque, 'alice')
      const all = { providers: trustedProviders(world.issuers), rules: rulesFor(world.issuers) }
      const { code, out } = await world.doctor(all, ['--token-file', '-'], token)
      expect(out).to.match(/ok +introspection +http.*\/opaque says that it is active/)
      expect(out).to.match(/ok +principal +person alice \(alice\), groups staff, sre/)
      expect(out).to.match(/PROBLEM +STS +STS takes JWTs only/)
      expect(code).to.equal(1)
      expect(out).to.not.contain(token)
      expect(out).to.not.contain(RESOURCE_SERVER_CLIENT.secret)
    })
  })

  describe('without a token', () => {
    const examineAll = (over: Record<string, unknown> = {}) =>
      world.doctor({
        providers: trustedProviders(world.issuers),
        rules: rulesFor(world.issuers),
        ...over,
      })

    let well: Finished
    before(async () => {
      well = await examineAll()
    })
    /** What it says of one issuer: from its heading to the line that sums up. */
    const sectionOf = (issuer: unknown) => {
      const from = well.out.indexOf(`  ${issuer}\n`)
      return well.out.slice(from, well.out.indexOf('no problem found', from))
    }

    it('checks every issuer and the MCP server, and finds no problem where all is well', () => {
      expect(well.err).to.equal('')
      expect(well.code, well.out).to.equal(0)
      for (const { issuer } of trustedProviders(world.issuers)) {
        for (const step of ['metadata', 'keys', 'clock', 'audience']) {
          expect(sectionOf(issuer), `${issuer} ${step}`).to.match(new RegExp(`^ok +${step} `, 'm'))
        }
        expect(sectionOf(issuer), String(issuer)).to.match(/^\w+ +STS /m)
      }
      expect(well.out).to.match(/MCP server {2}http\S+\nok +reachable +\/healthz answers 200/)
      expect(well.out).to.not.contain(RESOURCE_SERVER_CLIENT.secret)
    })

    it('says what a client finds that wants to sign in', () => {
      const cognito = sectionOf(world.issuers.cognito)
      expect(cognito).to.match(/warning +sign-in +PKCE with S256 is not advertised/)
      expect(cognito).to.match(/warning +sign-in +clients cannot register themselves/)
      expect(sectionOf(world.issuers.okta)).to.match(/sign-in .*administrator/)
      expect(sectionOf(world.issuers.generic)).to.match(/ok +sign-in +clients register/)
    })

    it('says what STS will think of the tokens of each provider', () => {
      expect(sectionOf(world.issuers.okta)).to.match(/ok +STS .*audience/)
      expect(sectionOf(world.issuers.auth0)).to.match(/warning +STS .*azp, the client/)
      expect(sectionOf(world.issuers.cognito)).to.match(/warning +STS .*no aud/)
      expect(sectionOf(world.issuers.entra)).to.match(/warning +STS .*calling application/)
      expect(sectionOf(world.issuers.entraV1)).to.match(/ok +STS .*no azp/)
      expect(sectionOf(world.issuers.opaque)).to.match(/warning +STS .*JWTs only/)
    })

    it('finds that AWS itself cannot reach an issuer that is only on this machine', async () => {
      const { code, out } = await examineAll({ stsEndpoint: undefined })
      expect(code).to.equal(1)
      expect(out).to.match(/PROBLEM +STS +STS cannot fetch http:.*port 443/)
    })

    it('finds an issuer that names itself differently, one that is none, and one that is silent', async () => {
      const { auth0, generic } = world.issuers
      const silent = 'http://127.0.0.1:1'
      for (const [issuer, said] of [
        [auth0.replace(/\/$/, ''), /names the issuer ".*\/auth0\/", not ".*\/auth0"/],
        [`${generic}-nowhere`, /status 404/],
        [silent, /fetch failed|ECONNREFUSED/],
      ] as const) {
        const { code, out } = await world.doctor({ ...options(), providers: [{ issuer }] })
        expect(code).to.equal(1)
        expect(out).to.match(said)
        expect(out).to.match(/PROBLEM +metadata/)
        expect(out).to.match(/fix: check the issuer \(OIDC_ISSUER\) letter by letter/)
      }
    })

    it('refuses metadata that is for every tenant, with the reason', async () => {
      const server = createServer((_req, res) => {
        const issuer = 'https://login.example/{tenantid}/v2.0'
        res.end(JSON.stringify({ issuer, jwks_uri: 'https://login.example/keys' }))
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      try {
        const address = server.address()
        const port = typeof address === 'object' && address !== null ? address.port : 0
        const provider = { issuer: `http://127.0.0.1:${port}/common/v2.0` }
        const { code, out } = await world.doctor({ ...options(), providers: [provider] })
        expect(code).to.equal(1)
        expect(out).to.match(/for every tenant and names none: configure the issuer of one tenant/)
      } finally {
        await new Promise((resolve) => {
          server.close(resolve)
          server.closeAllConnections()
        })
      }
    })

    it('finds that the MCP server does not answer', async () => {
      const { code, out } = await examineAll({ upstreamUrl: 'http://127.0.0.1:1' })
      expect(code).to.equal(1)
      expect(out).to.match(/PROBLEM +reachable +it does not answer\n.*GATEWAY_UPSTREAM_URL/)
    })
  })

  describe('as a command', () => {
    it('tells what it takes, and ends with 2 for what it does not', async () => {
      const help = await world.doctor(options(), ['--help'])
      expect(help).to.include({ code: 0, err: '' })
      expect(help.out).to.match(/^usage: doctor \[--token-file FILE\]/)
      const path = fileWith(await goodToken())
      for (const args of [['--token'], ['--token-file'], [path], ['--token-file', path, 'more']]) {
        const { code, out, err } = await world.doctor(options(), args)
        expect(code, args.join(' ')).to.equal(2)
        expect(out).to.equal('')
        expect(err).to.match(/^usage: doctor/)
      }
    })

    it('ends with 2 where the file is missing or empty', async () => {
      const missing = await world.doctor(options(), ['--token-file', join(folder, 'nowhere')])
      expect(missing).to.include({ code: 2, out: '' })
      expect(missing.err).to.match(/^--token-file: ENOENT.*nowhere/)
      const empty = await world.doctor(options(), ['--token-file', fileWith(' \n')])
      expect(empty).to.include({ code: 2, out: '' })
      expect(empty.err).to.match(/token\.txt holds no token/)
      const nothing = await world.doctor(options(), ['--token-file', '-'])
      expect(nothing.err).to.match(/standard input holds no token/)
    })

    it('tells every problem of the configuration, and ends with 1', async () => {
      const { code, out, err } = await world.doctor({
        providers: [{ provider: 'okta', issuer: 'https://example.okta.com' }],
        roleArn: 'no ARN',
      })
      expect(code).to.equal(1)
      expect(out).to.equal('')
      expect(err).to.match(/^the configuration has problems:\n/)
      expect(err).to.contain('roleArn')
    })

    it('needs nothing but node, the built files and their libraries, as in the image', async () => {
      const image = join(folder, 'image')
      cpSync(inRepository('gateway/dist/src'), join(image, 'gateway/dist/src'), { recursive: true })
      cpSync(inRepository('gateway/package.json'), join(image, 'gateway/package.json'))
      symlinkSync(inRepository('node_modules'), join(image, 'node_modules'))
      const { code, out, err } = await runProgram(
        join(image, 'gateway/dist/src/doctor/main.js'),
        ['--token-file', '-'],
        {
          PATH: '',
          OIDC_PROVIDER: 'okta',
          OIDC_ISSUER: world.issuers.okta,
          OIDC_AUDIENCE: OKTA_AUDIENCE,
          OIDC_SCOPES: SCOPE,
          STS_ROLE_ARN: ROLES.sre,
        },
        await goodToken(),
      )
      expect(err).to.equal('')
      expect(code, out).to.equal(0)
      expect(out).to.contain('rule everyone')
    })
  })
})

/** An output without what differs from run to run: ports, keys, times, and the hash in a session name. */
function comparable(out: string, { idp, resources }: ProviderWorld): string {
  return out
    .replaceAll(idp.origin, `http://localhost:${DEFAULT_PORTS.identityProvider}`)
    .replaceAll(new URL(resources[0]).origin, `http://localhost:${DEFAULT_PORTS.gateway}`)
    .replaceAll(/kid \S+,/g, 'kid …,')
    .replaceAll(/by the key \S+/g, 'by the key …')
    .replaceAll(/valid for another \d+ s/g, 'valid for another … s')
    .replaceAll(/-[0-9a-f]{12} in /g, '-… in ')
}
