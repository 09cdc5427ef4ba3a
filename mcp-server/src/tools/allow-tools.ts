import type { Tool } from './define-tool.ts'

/** Whether a tool's name matches a glob, in which `*` stands for any characters. */
export function matchesGlob(name: string, glob: string): boolean {
  const parts = glob.split('*')
  const first = parts[0] ?? ''
  const last = parts.at(-1) ?? ''
  if (parts.length === 1) return name === glob
  if (!name.startsWith(first)) return false
  // Each part is looked for behind the one before: linear, whatever the glob.
  let at = first.length
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return name.length - last.length >= at && name.endsWith(last)
}

/** The tools that a list of globs allows, in their own order. */
export function allowTools(tools: readonly Tool[], globs: readonly string[]): readonly Tool[] {
  return tools.filter((tool) => globs.some((glob) => matchesGlob(tool.name, glob)))
}
