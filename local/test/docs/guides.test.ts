import { readdirSync, readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import { parse } from 'yaml'
import { inRepository } from '../support/program.ts'
import {
  allPages,
  brokenLinks,
  commandsOf,
  missingFiles,
  optionsNamed,
  type Page,
  parsePage,
  readPage,
} from './pages.ts'

type Options = ReadonlyArray<Readonly<{ env?: string | undefined; description: string }>>

/** A module of a built program; this test is no part of it, so it is loaded by its path. */
async function built(path: string): Promise<Readonly<Record<string, unknown>>> {
  return import(pathToFileURL(inRepository(path)).href)
}

async function optionNames(): Promise<ReadonlySet<string>> {
  const gateway = await built('gateway/dist/src/config/describe-options.js')
  const server = await built('mcp-server/dist/src/config.js')
  // Both describe their options in this form, for docs/generate.mjs.
  const groups = (gateway.describeOptions as () => Record<string, Options>)()
  const own = (server.describeOptions as () => Options)()
  const names = [...Object.values(groups).flat(), ...own].flatMap(({ env, description }) =>
    // A secret says in its description that a file may hold it.
    env === undefined ? [] : [env, ...(description.includes(`${env}_FILE`) ? [`${env}_FILE`] : [])],
  )
  // Names the file itself.
  return new Set([...names, 'GATEWAY_CONFIG'])
}

/** npm scripts that a page names and package.json does not have. */
function missingScripts({ text }: Page): readonly string[] {
  const { scripts } = JSON.parse(readFileSync(inRepository('package.json'), 'utf8'))
  return [...text.matchAll(/\bnpm run (?:--silent )?([\w:-]+)/g)]
    .map(([, name = '']) => name)
    .filter(
      // `npm run token` stands for a command of the reader's own.
      (name) => name !== 'token' && !Object.hasOwn(scripts, name),
    )
}

type Template = Readonly<{ Parameters: object; Outputs: object }>

/** A template of the infrastructure, read as its own check reads it. */
async function readTemplate(file: string): Promise<Template> {
  const { readTemplate: read } = await built('infrastructure/check/read-template.mjs')
  // Plain data with the sections of a template.
  return (read as (text: string) => Template)(readFileSync(inRepository(file), 'utf8'))
}

/** What CloudFormation would say to a command that deploys a template: unknown, missing and refused parameters, rules. */
async function parameterProblems(command: string): Promise<readonly string[]> {
  const file = /--template-file (infrastructure\/[\w.-]+\.yaml)/.exec(command)?.[1]
  if (file === undefined) return []
  const given = [
    ...(command.split('--parameter-overrides')[1] ?? '').matchAll(/\s(\w+)=(\S+)/g),
  ].map(([, name = '', value = '']): [string, string] => [name, value])
  const { evaluate } = await built('infrastructure/check/evaluate.mjs')
  const { problems } =
    // As infrastructure/check.mjs calls it.
    (evaluate as (template: Template, given: object) => { problems: readonly string[] })(
      await readTemplate(file),
      Object.fromEntries(given),
    )
  return problems.map((problem) => `${file}: ${problem}`)
}

describe('the guides', () => {
  const pages = allPages()

  it('are all there', () => {
    expect(pages.map(({ name }) => name)).to.include.members([
      'README.md',
      'docs/clients.md',
      'docs/deployment.md',
      'docs/runbook.md',
      'infrastructure/README.md',
      'k8s/README.md',
    ])
  })

  for (const page of pages) {
    describe(page.name, () => {
      it('links to files and headings that are there', () => {
        expect(brokenLinks(page)).to.deep.equal([])
      })

      it('names options that exist', async () => {
        const known = await optionNames()
        expect(optionsNamed(page).filter((name) => !known.has(name))).to.deep.equal([])
      })

      it('names npm scripts that exist', () => {
        expect(missingScripts(page)).to.deep.equal([])
      })

      it('names files that exist', () => {
        expect(missingFiles(page)).to.deep.equal([])
      })

      it('gives JSON and YAML that parse', () => {
        for (const { language, text } of page.blocks) {
          if (language === 'json') expect(() => JSON.parse(text), text).to.not.throw()
          if (language === 'yaml') expect(() => parse(text), text).to.not.throw()
        }
      })
    })
  }

  it('show every image that is kept for them', () => {
    const images = readdirSync(inRepository('docs/images'))
    expect(images).to.not.be.empty
    const shown = pages.map(({ prose }) => prose).join('\n')
    expect(images.filter((image) => !shown.includes(`images/${image})`))).to.deep.equal([])
  })

  it('give the templates parameters that they take, and all that they need', async () => {
    const commands = pages
      .flatMap(commandsOf)
      .filter((command) => /--template-file infrastructure\//.test(command))
    expect(commands.length).to.be.greaterThan(4)
    const problems = await Promise.all(commands.map(parameterProblems))
    expect(problems.flat()).to.deep.equal([])
  })
})

describe('a page that is wrong', () => {
  const page = parsePage(
    'docs/wrong.md',
    [
      '# A page',
      'See [there](nowhere.md), [here](#no-such-heading), [the tools](tools.md#no-such-tool) and [fine](#a-page).',
      'Set `GATEWAY_NO_SUCH_OPTION` or anything of `OIDC_…`, then `npm run no-such-script`.',
      'It is in `gateway/src/no-such-file.ts`, not in `gateway/dist/src/main.js` or `docs/providers/{okta,none}.md`.',
      '```',
      'node .ci/no-such-program.mjs and $GATEWAY_IMAGE',
      '```',
    ].join('\n'),
  )

  it('is caught at each of its mistakes, and at nothing else', async () => {
    const known = await optionNames()
    expect(brokenLinks(page)).to.deep.equal([
      'docs/nowhere.md#',
      'docs/wrong.md#no-such-heading',
      'docs/tools.md#no-such-tool',
    ])
    expect(optionsNamed(page).filter((name) => !known.has(name))).to.deep.equal([
      'GATEWAY_NO_SUCH_OPTION',
    ])
    expect(missingScripts(page)).to.deep.equal(['no-such-script'])
    expect(missingFiles(page)).to.deep.equal([
      'gateway/src/no-such-file.ts',
      'docs/providers/none.md',
      '.ci/no-such-program.mjs',
    ])
  })

  it('is caught where it deploys a template with other parameters', async () => {
    const deploy = 'aws cloudformation deploy --template-file infrastructure'
    const wrong = await parameterProblems(
      `${deploy}/cognito.yaml --parameter-overrides PublicUrl=http://a.example Typo=y`,
    )
    expect(wrong).to.have.lengthOf(3)
    expect(wrong.join()).to.match(/Typo.*PublicUrl.*DomainPrefix/)
    const noRole = await parameterProblems(
      `${deploy}/gateway-role.yaml --parameter-overrides Platform=irsa UserRoleArns=arn:aws:iam::111122223333:role/A`,
    )
    expect(noRole.join()).to.include('ClusterOidcIssuer')
  })
})

describe('docs/runbook.md', () => {
  const page = readPage('docs/runbook.md')

  it('says what to do about every reason of the gateway', async () => {
    const { REASONS } = await built('gateway/dist/src/errors.js')
    // The table of reasons, for docs/generate.mjs.
    const reasons = (REASONS as ReadonlyArray<readonly [string, unknown]>).map(([reason]) => reason)
    const rows = [...page.prose.matchAll(/^\| (`[a-z_]+`(?:, `[a-z_]+`)*) \| [45]/gm)].flatMap(
      ([, cell = '']) => [...cell.matchAll(/`([a-z_]+)`/g)].map(([, reason = '']) => reason),
    )
    expect(reasons.filter((reason) => !rows.includes(reason))).to.deep.equal([])
    expect(rows.filter((reason) => !reasons.includes(reason))).to.deep.equal([])
  })

  it('uses metrics that the gateway has', async () => {
    const { createMetrics } = await built('gateway/dist/src/metrics/metrics.js')
    // As gateway.ts calls it.
    const create = createMetrics as (sizes: Record<string, () => number>) => {
      render: () => Promise<{ text: string }>
    }
    const { text } = await create({ cachedCredentials: () => 0, verifiedTokens: () => 0 }).render()
    const known = new Set([...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name = '']) => name))
    const named = [...page.text.matchAll(/\b(?:gateway|nodejs|process)_[a-z0-9_]+\b/g)].map(
      ([name]) => name.replace(/_(?:bucket|sum|count)$/, ''),
    )
    expect(named.length).to.be.greaterThan(10)
    expect([...new Set(named)].filter((name) => !known.has(name))).to.deep.equal([])
  })

  it('asks the audit record for fields that it has', () => {
    const words = (text: string) =>
      [...text.matchAll(/\b[a-z]+(?:_[a-z0-9]+)+\b(?! *\()/g)].map(([word]) => word)
    const known = new Set([
      ...words(readPage('docs/audit.md').prose),
      ...words(readPage('docs/errors.md').prose), // reasons, as values
    ])
    const queries = page.blocks.filter(({ text }) => text.includes('kind = "audit"'))
    expect(queries.length).to.be.greaterThan(3)
    for (const { text } of queries) {
      expect(
        words(text).filter((word) => !known.has(word)),
        text,
      ).to.deep.equal([])
    }
  })
})

describe('docs/clients.md', () => {
  it('lists redirect URIs that the facade takes as it comes', async () => {
    const { prose } = readPage('docs/clients.md')
    const section = prose.slice(prose.indexOf('## Redirect URIs'), prose.indexOf('## Claude Code'))
    const uris = [...section.matchAll(/`([a-z]+:\/\/[^`]+)`/g)].map(([, uri = '']) =>
      uri
        .replace('{port}', '41234')
        .replace('{id}', 'k3Qx9')
        .replace(/\{[^}]*\}/, 'chat.example.com'),
    )
    expect(uris.length).to.be.greaterThan(11)
    const { createRedirectUriRules } = await built('gateway/dist/src/login/clients/redirect-uri.js')
    const { ConfigSchema } = await built('gateway/dist/src/config/schema.js')
    const { customRedirectUris, redirectHosts } =
      // The defaults are part of the schema (zod).
      (ConfigSchema as { shape: Record<string, { parse(value: undefined): readonly string[] }> })
        .shape
    // As create-login.ts calls it.
    const { problemOf } = (
      createRedirectUriRules as (options: Record<string, readonly string[]>) => {
        problemOf(uri: string): string | undefined
      }
    )({
      customUris: customRedirectUris?.parse(undefined) ?? [],
      hosts: redirectHosts?.parse(undefined) ?? [],
    })
    expect(uris.filter((uri) => problemOf(uri) !== undefined)).to.deep.equal([])
    expect(problemOf('http://chat.example.com/callback')).to.be.a('string')
  })
})

describe('docs/deployment.md', () => {
  it('names parameters and outputs that the templates have', async () => {
    const { prose } = readPage('docs/deployment.md')
    const files = ['cognito', 'identity-provider', 'user-role', 'gateway-role', 'ecs']
    const templates = await Promise.all(
      files.map((file) => readTemplate(`infrastructure/${file}.yaml`)),
    )
    const known = new Set(
      templates.flatMap(({ Parameters, Outputs }) => Object.keys({ ...Parameters, ...Outputs })),
    )
    const others = ['AssumeRoleWithWebIdentity', 'EnableExecuteCommand']
    const named = [...prose.matchAll(/`([A-Z][a-z]+[A-Z]\w*)(?:=[^`]*)?`/g)].map(
      ([, name = '']) => name,
    )
    expect(named).to.include.members(['GatewayRoleName', 'LoadBalancerDnsName'])
    expect(named.filter((name) => !known.has(name) && !others.includes(name))).to.deep.equal([])
  })

  it('tells of every variable and secret of the workflows', () => {
    const { text } = readPage('docs/deployment.md')
    const workflows = ['build.yml', 'deploy-test.yml', 'test.yml'].map((name) =>
      readFileSync(inRepository(`.github/workflows/${name}`), 'utf8'),
    )
    const names = workflows.flatMap((source) =>
      [...source.matchAll(/\b(?:vars|secrets)\.([A-Z0-9_]+)/g)].map(([, name = '']) => name),
    )
    expect(names).to.include.members(['AWS_ROLE_ARN', 'TEST_PLATFORM', 'SMOKE_CLIENT_SECRET'])
    expect(names.filter((name) => !text.includes(`\`${name}\``))).to.deep.equal([])
  })
})

describe('the pages of the providers', () => {
  for (const provider of ['okta', 'auth0', 'cognito', 'entra', 'keycloak', 'google']) {
    it(`show variables of the facade that the gateway takes: ${provider}`, async () => {
      const { text } = readPage(`docs/providers/${provider}.md`)
      const block = parsePage(provider, text).blocks.find((each) =>
        each.text.startsWith('LOGIN_MODE=facade\n'),
      )
      // The page has names in braces where the reader has values.
      const lines = (block?.text ?? '')
        .replaceAll(/\{[^}]*\}/g, '11111111-1111-4111-8111-111111111111')
        .trim()
        .split('\n')
      const env = Object.fromEntries(
        lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      )
      const { loadConfig } = await built('gateway/dist/src/config/load.js')
      // As main.ts calls it: the environment, and how a file is read.
      const load = loadConfig as (
        env: Record<string, string>,
        read: () => string,
      ) => {
        loginMode: string
        providers: ReadonlyArray<{ provider: string; clientIds: string[] }>
      }
      const key = Buffer.alloc(32, 7).toString('base64')
      const config = load(
        { ...env, STS_ROLE_ARN: 'arn:aws:iam::111122223333:role/Reader' },
        () => key,
      )
      expect(config.loginMode).to.equal('facade')
      expect(config.providers.map((each) => each.provider)).to.deep.equal([provider])
      // What AWS is told to trust is the same client.
      const [client = 'none'] = config.providers[0]?.clientIds ?? []
      if (['auth0', 'cognito', 'keycloak'].includes(provider)) {
        expect(text).to.include(`:aud": "${client}"`)
      }
    })
  }
})
