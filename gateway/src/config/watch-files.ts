import { createHash } from 'node:crypto'

/** How often the files are looked at. */
const INTERVAL_MS = 2000

/**
 * Calls `onChange` when the text of one of the files is another than before. The texts are compared, not times or names:
 * Kubernetes changes a mounted ConfigMap by switching a link, which file events miss. A file that cannot be read for a
 * moment counts as unchanged. Gives a function that ends the watch; the watch does not keep the process alive.
 */
export function watchFiles(
  paths: () => readonly string[],
  readFile: (path: string) => string,
  onChange: () => void,
  intervalMs = INTERVAL_MS,
): () => void {
  let known = digest(paths(), readFile)
  const timer = setInterval(() => {
    const current = digest(paths(), readFile)
    if (current === undefined || current === known) return
    known = current
    onChange()
  }, intervalMs)
  timer.unref()
  return () => clearInterval(timer)
}

function digest(paths: readonly string[], readFile: (path: string) => string): string | undefined {
  const hash = createHash('sha256')
  try {
    for (const path of paths) hash.update(`${path}\n`).update(readFile(path)).update('\n')
    return hash.digest('hex')
  } catch {
    return undefined
  }
}
