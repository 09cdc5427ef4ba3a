import { DEFAULT_PORTS } from '../world.ts'

export type Options = Readonly<{
  port: number
  host: string
  issuerOrigin: string
  resourceOrigin: string
  queryMilliseconds: number
}>

/** An option with a value that cannot be used; the message names it and says what it takes. */
export class OptionError extends Error {
  override readonly name = 'OptionError'
}

/** Reads the options of the program from the environment. */
export function readOptions(env: Readonly<Record<string, string | undefined>>): Options {
  return {
    port: wholeNumber(env, 'LOCAL_AWS_PORT', DEFAULT_PORTS.aws, 65_535),
    host: env.LOCAL_AWS_HOST || '127.0.0.1',
    issuerOrigin: origin(
      env,
      'LOCAL_ISSUER_ORIGIN',
      `http://localhost:${DEFAULT_PORTS.identityProvider}`,
    ),
    resourceOrigin: origin(
      env,
      'LOCAL_RESOURCE_ORIGIN',
      `http://localhost:${DEFAULT_PORTS.gateway}`,
    ),
    queryMilliseconds: wholeNumber(env, 'LOCAL_AWS_QUERY_MILLISECONDS', 600, 3_600_000),
  }
}

type Env = Readonly<Record<string, string | undefined>>

function wholeNumber(env: Env, name: string, fallback: number, max: number): number {
  const value = env[name] || String(fallback)
  if (/^\d{1,7}$/.test(value) && Number(value) <= max) return Number(value)
  throw new OptionError(`${name} must be a whole number from 0 to ${max}, not "${value}"`)
}

function origin(env: Env, name: string, fallback: string): string {
  const value = env[name] || fallback
  if (
    URL.canParse(value) &&
    /^https?:$/.test(new URL(value).protocol) &&
    new URL(value).origin === value
  ) {
    return value
  }
  throw new OptionError(`${name} must be an origin such as ${fallback}, not "${value}"`)
}
