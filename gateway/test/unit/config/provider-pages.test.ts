import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { ConfigError, loadConfig } from '../../../src/config/load.ts'
import { REASONS } from '../../../src/errors.ts'
import { HINTS } from '../../../src/hints.ts'
import { PRESETS } from '../../../src/token/provider.ts'

const FOLDER = new URL('../../../../../docs/providers/', import.meta.url)
const ROLE = 'arn:aws:iam::111122223333:role/Reader'
const HEADINGS = ['Register', 'Configure', 'AWS side', 'Verify', 'Pitfalls']

/** AWS's own identities come from no issuer and have no page of this shape. */
const WITH_PAGE = PRESETS.filter((preset) => preset !== 'aws-iam')

/** Every code word that begins like a reason or a hint must be one. */
const CODES = new Set<string>([...REASONS.map(([reason]) => reason), ...Object.keys(HINTS)])
const FAMILIES =
  /^(token|issuer|audience|credentials|graph|groups|cognito|userinfo|client|key|id|refresh|algorithm)_[a-z0-9_]+$/
/** Claims and parameters of others that look alike. */
const FOREIGN = new Set(['token_use', 'client_id', 'client_credentials', 'groups_claim'])

describe('the pages of the providers', () => {
  const pages = readdirSync(fileURLToPath(FOLDER)).filter((name) => name.endsWith('.md'))

  it('are one for every preset', () => {
    const expected = WITH_PAGE.map((preset) => `${preset}.md`)
    expect(pages.filter((name) => expected.includes(name)).sort()).to.deep.equal(expected.sort())
  })

  for (const preset of WITH_PAGE) {
    describe(preset, () => {
      const page = readFileSync(new URL(`${preset}.md`, FOLDER), 'utf8')
      const configure = page.slice(page.indexOf('## Configure'), page.indexOf('## AWS side'))
      const block = (language: string) =>
        new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(configure)?.[1] ?? ''
      const load = (env: Record<string, string>, file = '') => {
        try {
          return loadConfig(env, () => file)
        } catch (error) {
          throw error instanceof ConfigError ? new Error(error.problems.join('\n')) : error
        }
      }

      it('has the same shape as the others', () => {
        const headings = [...page.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)
        expect(headings).to.deep.equal(HEADINGS)
      })

      it('shows variables that the gateway takes', () => {
        // The page has names in braces where the reader has values.
        const lines = block('').replaceAll(/\{[^}]*\}/g, '11111111-1111-4111-8111-111111111111')
        const env = Object.fromEntries(
          lines
            .trim()
            .split('\n')
            .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
        )
        const { providers } = load({ ...env, STS_ROLE_ARN: ROLE })
        expect(providers.map(({ provider }) => provider)).to.deep.equal([preset])
      })

      it('shows a file that the gateway takes', () => {
        const file = block('yaml')
        const rules = file.includes('\nrules:')
          ? ''
          : `\nroleArn: ${ROLE}\ncredentialMode: assume-role`
        const { providers } = load({ GATEWAY_CONFIG: 'gateway.yaml' }, file + rules)
        expect(providers.every(({ provider }) => provider === preset)).to.equal(true)
      })

      it('names reasons and hints that exist', () => {
        const words = [...page.matchAll(/`([a-z0-9_]+)`/g)].map(([, word = '']) => word)
        const coded = words.filter((word) => FAMILIES.test(word) && !FOREIGN.has(word))
        expect(coded.filter((word) => !CODES.has(word))).to.deep.equal([])
        expect(coded).to.not.deep.equal([])
      })
    })
  }
})
