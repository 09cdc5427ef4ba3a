import { readFileSync } from 'node:fs'
import { loadConfig } from '../../gateway/dist/src/config/load.js'
import { ConfigSchema, ProviderSchema } from '../../gateway/dist/src/config/schema.js'
import { matchRoute as gatewayRoute } from '../../gateway/dist/src/http/route.js'
import { readOptions as readAwsOptions } from '../../local/dist/src/aws/options.js'
import { readOptions as readIssuerOptions } from '../../local/dist/src/identity-provider/options.js'
import { describeOptions, readConfig } from '../../mcp-server/dist/src/config.js'
import { matchRoute as serverRoute } from '../../mcp-server/dist/src/route.js'

const gatewayOptions = [ConfigSchema, ProviderSchema]
  .flatMap(({ shape }) => Object.values(shape))
  .flatMap((field) => field.meta()?.env ?? [])

/** Options whose values are secret, by name in the environment. */
export const SECRET_OPTIONS = [ConfigSchema, ProviderSchema]
  .flatMap(({ shape }) => Object.entries(shape))
  .filter(([, field]) => field.meta()?.secret === true)
  .map(([key, field]) => ({ key, env: field.meta().env }))

/** What the AWS SDK reads by itself, where it may matter to a program. */
const SDK_IDENTITY = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']

const namesIn = (path) =>
  readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8').match(/\bLOCAL_[A-Z_]+\b/g)

function routeOrThrow(find) {
  return (path) => {
    try {
      return find(path)
    } catch {
      return undefined
    }
  }
}

/**
 * The four programs by the name of their container: the names that they read from the environment, how they read their
 * configuration (throws where they would not start), and what a path is to them.
 */
export const PROGRAMS = {
  gateway: {
    options: new Set([
      'GATEWAY_CONFIG',
      ...gatewayOptions,
      ...SECRET_OPTIONS.map(({ env }) => `${env}_FILE`),
      ...SDK_IDENTITY,
    ]),
    load: (env, readFile) => loadConfig(env, readFile),
    live: (path) => gatewayRoute(path, new Set()).kind === 'health',
    ready: (path) => gatewayRoute(path, new Set()).kind === 'ready',
  },
  'mcp-server': {
    options: new Set([
      ...describeOptions().map(({ env }) => env),
      'UPSTREAM_SEAL_KEYS_FILE',
      'AWS_EC2_METADATA_DISABLED',
    ]),
    load: (env, readFile) => readConfig(env, readFile),
    live: (path) => routeOrThrow(serverRoute)(path) === 'health',
    ready: (path) => routeOrThrow(serverRoute)(path) === 'health',
  },
  'identity-provider': {
    options: new Set(namesIn('local/src/identity-provider/options.ts')),
    load: (env) => {
      const { options, problems } = readIssuerOptions(env)
      if (problems !== undefined) throw new Error(problems.join('; '))
      return options
    },
    live: (path) => path === '/healthz',
    ready: (path) => path === '/healthz',
  },
  aws: {
    options: new Set(namesIn('local/src/aws/options.ts')),
    load: (env) => readAwsOptions(env),
    live: (path) => path === '/_local/health',
    ready: (path) => path === '/_local/health',
  },
}
