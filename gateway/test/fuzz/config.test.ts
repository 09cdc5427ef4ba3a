import { expect } from 'chai'
import fc from 'fast-check'
import { ConfigError, loadConfig } from '../../src/config/load.ts'
import { ConfigSchema, ProviderSchema, RuleSchema } from '../../src/config/schema.ts'
import { check, describeFuzz, headerText, RUNS } from './check.ts'

const CANARY = 'canary-of-a-secret'
const attempt = (env: Record<string, string | undefined>, file: string) => {
  try {
    return loadConfig(env, () => file)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    expect(error.problems).to.not.deep.equal([])
    for (const problem of error.problems) expect(problem).to.not.equal('')
    return error
  }
}

const KEYS = [ConfigSchema, ProviderSchema, RuleSchema].flatMap(({ shape }) => Object.keys(shape))
const NAMES = [ConfigSchema, ProviderSchema].flatMap(({ shape }) =>
  // A field of an object schema is a schema.
  Object.values(shape).flatMap(
    (field) => (field as { meta(): { env?: string } }).meta()?.env ?? [],
  ),
)
const text = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '0',
    '-1',
    '1e400',
    'true',
    'null',
    '__proto__',
    'http://',
    'http://[',
    'https://a.example',
    'https://user:pass@a.example/',
    'https://a.example:99999',
    'tcp://10.0.0.1:8080',
    'arn:aws:iam::111122223333:role/R',
    'us-east-1',
    '10.0.0.0/8',
    '::/0',
    'okta',
    'cloudwatch-read',
    'a,b,,c',
  ),
  headerText,
  fc.string(),
)
const key = fc.oneof(
  fc.constantFrom(...KEYS, 'has', 'default', '__proto__', 'constructor'),
  fc.string(),
)
const tree = fc.letrec<{ value: unknown; object: Record<string, unknown> }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.constantFrom<unknown>(null, true, 0, 1.5, 1e308, -1, [], {}),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.dictionary(key, tie('value'), { maxKeys: 6 }),
}))

describeFuzz('any configuration', () => {
  const runs = Math.min(RUNS, 5000)

  it('in a file is read, or told what is wrong with it in words', () => {
    check(
      fc.property(
        tree.object,
        (file) => void attempt({ GATEWAY_CONFIG: 'f' }, JSON.stringify(file)),
      ),
      runs,
    )
  })

  it('in the environment is read, or told what is wrong with it in words', () => {
    const variables = fc.dictionary(
      fc.oneof(
        fc.constantFrom(...NAMES),
        fc.constantFrom('GATEWAY_PROT', 'OIDC_ISSUER_FILE', 'OIDC_'),
      ),
      text,
      { maxKeys: 10 },
    )
    check(
      fc.property(variables, (env) => {
        const outcome = attempt(env, '')
        if (outcome instanceof ConfigError) return
        expect(outcome.providers).to.not.deep.equal([])
      }),
      runs,
    )
  })

  it('that is no YAML is told so', () => {
    const yaml = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(
          fc.constantFrom(
            'a: ',
            '- ',
            '&x ',
            '*x',
            '{',
            '}',
            '[',
            ']',
            '"',
            '|',
            '>',
            '!!',
            '\n',
            '  ',
            '? ',
            '<<: ',
            '---\n',
            '%YAML',
            '#',
            '\t',
            ': ',
          ),
        )
        .map((pieces) => pieces.join('')),
    )
    check(
      fc.property(yaml, (file) => void attempt({ GATEWAY_CONFIG: 'f' }, file)),
      runs,
    )
  })

  it('with a secret in the wrong place or shape does not repeat it', () => {
    const wrapped = fc.constantFrom<unknown>(
      [CANARY],
      { [CANARY]: 1 },
      { a: CANARY },
      `${CANARY}\n`,
      CANARY,
    )
    check(
      fc.property(tree.object, wrapped, (file, secret) => {
        const provider = { issuer: 5, ...file, introspectionClientSecret: secret }
        const outcome = attempt(
          { GATEWAY_CONFIG: 'f', UPSTREAM_SEAL_KEYS: CANARY },
          JSON.stringify({ ...file, providers: [provider] }),
        )
        expect(outcome).to.be.an.instanceof(ConfigError)
        // A key is a name that the operator typed; a secret is a value.
        const shownAsKey = JSON.stringify(secret).startsWith(`{"${CANARY}"`)
        if (!shownAsKey && outcome instanceof ConfigError) {
          expect(outcome.problems.join('\n')).to.not.contain(CANARY)
        }
      }),
      runs,
    )
  })
})
