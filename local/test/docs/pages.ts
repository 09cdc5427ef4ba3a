import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { inRepository } from '../support/program.ts'

/** Folders and files of the repository that a page may name. */
const PATH =
  /^(?:(?:\.ci|\.github|bench|docker|docs|gateway|infrastructure|k8s|local|mcp-server)\/[\w./{},*-]*|\.env\.example|docker-compose(?:\.\w+)?\.yml|Dockerfile\.\w+|[\w-]+\.sh|package(?:-lock)?\.json)$/

/** One Markdown page of the repository. */
export type Page = Readonly<{
  /** Path from the root of the repository. */
  name: string
  text: string
  /** The page without its fenced blocks, which hold examples and no links. */
  prose: string
  /** The fenced blocks, with their language. */
  blocks: ReadonlyArray<Readonly<{ language: string; text: string }>>
}>

/** Every page that people are sent to. */
export function allPages(): readonly Page[] {
  const root = inRepository('.')
  const found = ['*.md', 'docs/**/*.md', 'k8s/**/*.md', 'infrastructure/**/*.md'].flatMap(
    (pattern) => findFiles(root, pattern),
  )
  return found.sort().map((name) => readPage(name))
}

export function readPage(name: string): Page {
  return parsePage(name, readFileSync(inRepository(name), 'utf8'))
}

/** Takes a page's fenced blocks out of its prose. */
export function parsePage(name: string, text: string): Page {
  const blocks: Array<{ language: string; text: string }> = []
  const prose = text.replaceAll(
    /^( *)```([^\n]*)\n([\s\S]*?)^ *```[ ]*$/gm,
    (_, __, language: string, inner: string) => {
      blocks.push({ language: language.trim(), text: inner })
      return ''
    },
  )
  return { name, text, prose, blocks }
}

/** Links that lead to no file of the repository, or to no heading of it. */
export function brokenLinks(page: Page): readonly string[] {
  return localLinks(page)
    .filter(({ path, anchor }) => {
      const isOwn = path === page.name
      if (!isOwn && !isInRepository(path)) return true
      return anchor !== '' && !anchorsOf(isOwn ? page : readPage(path)).has(anchor)
    })
    .map(({ path, anchor }) => `${path}#${anchor}`)
}

/** Names that look like options of the programs, without those that stand for a family (`OIDC_…`). */
export function optionsNamed(page: Page): readonly string[] {
  const named = page.text.match(
    /(?<![\w$])(?:GATEWAY|OIDC|CLOUDWATCH|UPSTREAM)_[A-Z0-9_]*[A-Z0-9]\b(?!_)/g,
  )
  return [...new Set(named)]
}

/** Paths of the repository that are not there: in backticks, and as words of commands. */
export function missingFiles(page: Page): readonly string[] {
  const inCommands = commandsOf(page).flatMap((line) =>
    line.split(/[\s"'=]+/).filter((word) => /^[\w.-]+\/[\w./-]+$/.test(word) && PATH.test(word)),
  )
  const named = [...codeWords(page).filter((word) => PATH.test(word)), ...inCommands]
  return [...new Set(named.flatMap(expandBraces))].filter((path) => !isInRepository(path))
}

/** Links of a page that lead to another place of the repository: path (from the root) and anchor. */
function localLinks(page: Page): ReadonlyArray<Readonly<{ path: string; anchor: string }>> {
  const withoutCode = page.prose.replaceAll(/`[^`\n]*`/g, '')
  return [...withoutCode.matchAll(/\]\(([^)\s]+)(?: "[^"]*")?\)/g)].flatMap(([, link = '']) => {
    if (/^[a-z][a-z0-9+.-]*:/i.test(link)) return []
    const [path = '', anchor = ''] = link.split('#')
    return [{ path: path === '' ? page.name : join(dirname(page.name), path), anchor }]
  })
}

/** The anchors that GitHub gives the headings of a page; a repeated heading gets a number. */
function anchorsOf(page: Page): ReadonlySet<string> {
  const seen = new Map<string, number>()
  const anchors = new Set<string>()
  for (const [, heading = ''] of page.prose.matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const slug = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-')
    const count = seen.get(slug) ?? 0
    seen.set(slug, count + 1)
    anchors.add(count === 0 ? slug : `${slug}-${count}`)
  }
  return anchors
}

/** Everything in single backticks. */
function codeWords(page: Page): readonly string[] {
  return [...page.prose.matchAll(/`([^`\n]+)`/g)].map(([, word = '']) => word)
}

/** `a/{b,c}.md` as the paths that it stands for. */
function expandBraces(path: string): readonly string[] {
  const found = /\{([^{}]*)\}/.exec(path)
  if (found === null) return [path]
  return (found[1] ?? '')
    .split(',')
    .flatMap((choice) => expandBraces(path.replace(found[0], choice)))
}

/** Whether the repository has it: as it stands, as the source of a built file, or as a file that a pattern covers. */
function isInRepository(path: string): boolean {
  if (path.includes('*')) return findFiles(inRepository('.'), path).length > 0
  const source = path.replace('/dist/', '/').replace(/\.js$/, '.ts')
  return existsSync(inRepository(path)) || existsSync(inRepository(source))
}

/** The commands of a page's blocks: a line that ends in a backslash goes on in the next. */
export function commandsOf(page: Page): readonly string[] {
  return page.blocks.flatMap(({ text }) => text.replaceAll(/\\\n\s*/g, ' ').split('\n'))
}

/** Files that a pattern covers: `*` within a folder, `**` across folders. */
function findFiles(root: string, pattern: string): readonly string[] {
  const folder = pattern.slice(0, pattern.indexOf('*')).replace(/[^/]*$/, '')
  const matcher = new RegExp(
    `^${pattern
      .replaceAll(/[.+^$()|[\]\\]/g, '\\$&')
      .replaceAll(/\*\*\/|\*/g, (stars) => (stars === '*' ? '[^/]*' : '(?:.*/)?'))}$`,
  )
  if (!existsSync(join(root, folder))) return []
  const deep = pattern.slice(folder.length).includes('/')
  return readdirSync(join(root, folder), { recursive: deep, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => matcher.test(path))
}
