import { ConfigError, type LoadedConfig, loadConfig } from './load.ts'

/** The configuration for a command line program: prints every problem and ends the program with 1 if there is one. */
export function readConfigOrExit(
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string,
): LoadedConfig {
  try {
    return loadConfig(env, readFile)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`the configuration has problems:\n  ${error.problems.join('\n  ')}\n`)
    process.exit(1)
  }
}
