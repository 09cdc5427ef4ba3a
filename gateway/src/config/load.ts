import { dirname, isAbsolute, join } from 'node:path'
import { parse as parseYaml } from 'yaml'
import type { z } from 'zod'
import type { Rule } from '../role/rule.ts'
import { AWS_IAM_ISSUER } from '../token/provider.ts'
import { compileRules } from './compile-rules.ts'
import { contradictions, type OptionNames } from './contradictions.ts'
import { type Config, ConfigSchema, ProviderSchema } from './schema.ts'

/** A configuration with the defaults filled in that depend on other options. */
export type LoadedConfig = Omit<Config, 'rules'> &
  Readonly<{
    publicUrl: string
    targets: Readonly<Record<string, TargetOptions>>
    /** Compiled; `STS_ROLE_ARN` is one of them. */
    rules: readonly Rule[]
  }>

type TargetOptions = Readonly<{
  region: string
  regions?: readonly string[] | undefined
  account?: string | undefined
}>

/** All problems of a configuration at once, each by the name that the operator typed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

type Environment = Readonly<Record<string, string | undefined>>

const OWN_PREFIXES = /^(GATEWAY|OIDC)_/
/** What Kubernetes adds for a Service named `gateway`; not options of ours. */
const SERVICE_LINK = /_(SERVICE_(HOST|PORT.*)|PORT_\d+_(TCP|UDP|SCTP).*)$/
/** The value of its `…_PORT` variables: a Service named `oidc-provider` makes `OIDC_PROVIDER_PORT`. */
const SERVICE_ADDRESS = /^(tcp|udp|sctp):\/\//

/**
 * Reads the configuration: the file named by `GATEWAY_CONFIG` (YAML, and so JSON), then the environment over it.
 * `readFile` gives the text of a path, `now` milliseconds since the epoch. Throws a `ConfigError` that lists every problem.
 */
export function loadConfig(
  env: Environment,
  readFile: (path: string) => string,
  now = Date.now(),
): LoadedConfig {
  const problems: string[] = []
  const fromFile = readConfigFile(env.GATEWAY_CONFIG, readFile, problems)
  // Without the file everything in it would be called missing.
  if (problems.length > 0) throw new ConfigError(problems)
  const names = new Map<string, string>()
  const raw: Record<string, unknown> = { ...fromFile }

  for (const [key, name] of environmentNames(ConfigSchema)) {
    const value = SECRETS.has(name)
      ? secretValue(name, env, readFile, problems)
      : present(env[name])
    if (value !== undefined) {
      raw[key] = value
      names.set(key, name)
    }
  }
  const provider: Record<string, unknown> = {}
  for (const [key, name] of environmentNames(ProviderSchema)) {
    names.set(`provider.${key}`, name)
    const value = SECRETS.has(name)
      ? secretValue(name, env, readFile, problems)
      : present(env[name])
    if (value !== undefined) provider[key] = value
  }
  const providerByEnvironment = Object.keys(provider).length > 0
  if (providerByEnvironment) raw.providers = [provider]
  if (Array.isArray(raw.providers)) raw.providers = raw.providers.map(withAwsIssuer)
  const withoutProviders = raw.providers === undefined
  if (withoutProviders) {
    problems.push(
      'OIDC_ISSUER is not set: name the issuer of your tokens, or list `providers` in the file',
    )
    raw.providers = [{ issuer: 'https://missing.invalid' }]
  }

  problems.push(...unknownNames(env))
  const parsed = ConfigSchema.safeParse(raw)
  if (!parsed.success) {
    problems.push(
      ...parsed.error.issues.map((issue) =>
        describeIssue(issue, names, providerByEnvironment, raw),
      ),
    )
    throw new ConfigError(problems)
  }
  const defaults = {
    // Parsed, so that port 80 is left out, as clients do.
    publicUrl: parsed.data.publicUrl ?? new URL(`http://localhost:${parsed.data.port}`).origin,
    targets: parsed.data.targets ?? { default: { region: parsed.data.region } },
    providers: withoutProviders ? [] : parsed.data.providers,
  }
  const folder = dirname(env.GATEWAY_CONFIG ?? '')
  const compiled = compileRules({ ...parsed.data, ...defaults }, (path) =>
    readFile(isAbsolute(path) ? path : join(folder, path)),
  )
  problems.push(...compiled.problems)
  const config = { ...parsed.data, ...defaults, rules: compiled.rules }
  const variables = new Map(environmentNames(ConfigSchema))
  const optionNames: OptionNames = {
    option: (key) =>
      Object.hasOwn(fromFile, key) && !names.has(key) ? key : (variables.get(key) ?? key),
    providerOption: (index, key) =>
      (providerByEnvironment ? names.get(`provider.${key}`) : undefined) ??
      `providers[${index}].${key}`,
  }
  problems.push(...contradictions(config, now, optionNames))
  if (problems.length > 0) throw new ConfigError(problems)
  return config
}

function readConfigFile(
  path: string | undefined,
  readFile: (path: string) => string,
  problems: string[],
): Record<string, unknown> {
  if (path === undefined || path === '') return {}
  try {
    const document: unknown = parseYaml(readFile(path))
    if (document === null) return {}
    if (typeof document === 'object' && !Array.isArray(document)) {
      return document as Record<string, unknown> // a YAML mapping; the schema checks the rest
    }
    problems.push(`GATEWAY_CONFIG ${path}: must be a mapping of options`)
  } catch (error) {
    const text = error instanceof Error ? error.message.split('\n')[0] : 'cannot be read'
    problems.push(`GATEWAY_CONFIG ${path}: ${text}`)
  }
  return {}
}

/** The options of a schema that have a name in the environment. */
export function environmentNames(schema: z.ZodObject): ReadonlyArray<readonly [string, string]> {
  return Object.entries(schema.shape).flatMap(([key, field]) => {
    const name = (field as z.ZodType).meta()?.env // a field of an object schema is a schema
    return name === undefined ? [] : [[key, name] as const]
  })
}

/** The options whose value may stand in a file that `…_FILE` names. */
const SECRETS: ReadonlySet<string> = new Set(
  [ConfigSchema, ProviderSchema]
    .flatMap(({ shape }) => Object.values(shape))
    .flatMap((field) => {
      const { env, secret } = (field as z.ZodType).meta() ?? {} // as above
      return env !== undefined && secret === true ? [env] : []
    }),
)

function secretValue(
  name: string,
  env: Environment,
  readFile: (path: string) => string,
  problems: string[],
): string | undefined {
  const value = present(env[name])
  const path = present(env[`${name}_FILE`])
  if (path === undefined) return value
  if (value !== undefined) problems.push(`${name} and ${name}_FILE are both set: choose one`)
  try {
    return present(readFile(path))
  } catch (error) {
    const text = error instanceof Error ? error.message : 'cannot be read'
    problems.push(`${name}_FILE: ${text}`)
    return undefined
  }
}

/** AWS's identities have one issuer, which nobody needs to write. */
function withAwsIssuer(provider: unknown): unknown {
  const { provider: preset, issuer } = Object(provider)
  if (preset !== 'aws-iam' || issuer !== undefined) return provider
  return { ...Object(provider), issuer: AWS_IAM_ISSUER }
}

/** An empty variable is what a compose file or a chart writes for "not set". */
function present(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value.trim()
}

/** Names that look like options of ours and are none: a misspelled security option must not be ignored. */
function unknownNames(env: Environment): readonly string[] {
  const known = new Set([
    'GATEWAY_CONFIG',
    ...environmentNames(ConfigSchema).map(([, name]) => name),
    ...environmentNames(ProviderSchema).map(([, name]) => name),
    ...[...SECRETS].map((name) => `${name}_FILE`),
  ])
  return Object.keys(env)
    .filter((name) => OWN_PREFIXES.test(name) && !SERVICE_LINK.test(name) && !known.has(name))
    .filter((name) => present(env[name]) !== undefined && !SERVICE_ADDRESS.test(env[name] ?? ''))
    .map((name) => `${name} is not an option: see docs/configuration.md for the names`)
}

function describeIssue(
  issue: z.core.$ZodIssue,
  names: ReadonlyMap<string, string>,
  providerByEnvironment: boolean,
  raw: unknown,
): string {
  const [first, second, third] = issue.path
  const byEnvironment =
    providerByEnvironment && first === 'providers' && second === 0 && third !== undefined
      ? names.get(`provider.${String(third)}`)
      : names.get(String(first))
  const name = byEnvironment ?? pathText(issue.path)
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map((key) => pathText([...issue.path, key])).join(', ')
    return `${keys}: is not an option: see docs/configuration.md for the names`
  }
  if (valueAt(raw, issue.path) === undefined) return `${name}: is missing`
  if (issue.code === 'invalid_value') {
    return `${name}: must be ${oneOf(issue.values.map((value) => String(value)))}`
  }
  if (issue.code === 'invalid_type' && issue.message.startsWith('Invalid input')) {
    return `${name}: must be ${KINDS[issue.expected] ?? issue.expected}`
  }
  return `${name}: ${issue.message}`
}

/** What zod expects, in the words of someone who writes the file. */
const KINDS: Readonly<Record<string, string>> = {
  array: 'a list',
  object: 'a mapping of names to values',
  record: 'a mapping of names to values',
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
}

/** "a", "a or b", "a, b or c". */
function oneOf(values: readonly string[]): string {
  return [values.slice(0, -1).join(', '), ...values.slice(-1)].filter((part) => part).join(' or ')
}

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  let at = raw
  for (const key of path) {
    if (typeof at === 'string') return at // a list with commas: the item is in it
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined
    at = (at as Record<PropertyKey, unknown>)[key] // an object that has the key
  }
  return at
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`,
    )
    .join('')
}
