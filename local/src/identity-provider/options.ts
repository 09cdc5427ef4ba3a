import { DEFAULT_PORTS } from '../world.ts'
import type { IdentityProviderOptions } from './identity-provider.ts'

type Environment = Readonly<Record<string, string | undefined>>

export type ReadOptions =
  | Readonly<{ options: IdentityProviderOptions & { host: string }; problems?: undefined }>
  | Readonly<{ problems: readonly string[] }>

/**
 * Reads the options of the program from its environment. All problems are reported together, each by the name that was
 * typed and with the fix. An empty value counts as unset.
 */
export function readOptions(environment: Environment): ReadOptions {
  const problems: string[] = []
  const port = readPort('LOCAL_IDENTITY_PROVIDER_PORT', environment, problems)
  const origin = readOrigin('LOCAL_IDENTITY_PROVIDER_URL', environment, problems)
  const resourceOrigin =
    readOrigin('LOCAL_RESOURCE_ORIGIN', environment, problems) ??
    `http://localhost:${DEFAULT_PORTS.gateway}`
  const host = environment.LOCAL_IDENTITY_PROVIDER_HOST || '127.0.0.1'
  if (problems.length > 0) return { problems }
  return { options: { port, host, resourceOrigin, ...(origin !== undefined && { origin }) } }
}

/** Why the port could not be had, by the option that names it. */
export function listenProblem(error: unknown, port: number, host: string): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  if (code === 'EADDRINUSE') {
    return `LOCAL_IDENTITY_PROVIDER_PORT: port ${port} is in use; stop the program that has it or choose another port`
  }
  if (code === 'EACCES') {
    return `LOCAL_IDENTITY_PROVIDER_PORT: port ${port} may not be used by this account; choose one above 1023`
  }
  return `LOCAL_IDENTITY_PROVIDER_HOST: cannot listen on "${host}" (${code}); use an address of this machine, such as 127.0.0.1`
}

function readPort(name: string, environment: Environment, problems: string[]): number {
  const value = environment[name] || String(DEFAULT_PORTS.identityProvider)
  const port = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN
  if (port >= 0 && port <= 65535) return port
  problems.push(`${name}: "${value}" is not a port; use a number from 0 (any free port) to 65535`)
  return 0
}

function readOrigin(
  name: string,
  environment: Environment,
  problems: string[],
): string | undefined {
  const value = environment[name]
  if (!value) return undefined
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.origin === value) return value
  problems.push(
    `${name}: "${value}" is not an origin; use scheme, host and port without a slash at the end, such as http://localhost:9000`,
  )
  return undefined
}
