import type { LoadedConfig } from './load.ts'

/**
 * The options, other than the rules, that differ between two configurations: those that only a restart changes. By the
 * names of the file.
 */
export function needingRestart(before: LoadedConfig, after: LoadedConfig): readonly string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  names.delete('rules')
  names.delete('roleArn') // it is one of the rules
  const textOf = (config: LoadedConfig, name: string) =>
    JSON.stringify((config as Record<string, unknown>)[name]) // read by name, of whatever type
  return [...names].filter((name) => textOf(before, name) !== textOf(after, name))
}
