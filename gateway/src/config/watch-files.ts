import { createHash } from 'node:crypto'

/** How often the files are looked at. */
const INTERVAL_MS = 2000

/** What was in each file when it was last read for use; undefined where it could not be read. Digests, for some are secret. */
export type FilesRead = Map<string, string | undefined>

/** A reader of files that notes in `read` what it found, and what it did not find. */
export function notingReader(
  readFile: (path: string) => string,
  read: FilesRead,
): (path: string) => string {
  return (path) => {
    read.set(path, undefined)
    const text = readFile(path)
    read.set(path, digest(text))
    return text
  }
}

/**
 * Calls `onChange` when the text of one of the files is another than when it was last read for use. The texts are
 * compared, not times or names: Kubernetes changes a mounted ConfigMap by switching a link, which file events miss. A
 * file that cannot be read counts as unchanged, so that one that is gone, or was never there, hides no change of another.
 * Gives a function that ends the watch; the watch does not keep the process alive.
 */
export function watchFiles(
  filesRead: () => FilesRead,
  readFile: (path: string) => string,
  onChange: () => void,
  intervalMs = INTERVAL_MS,
): () => void {
  const timer = setInterval(() => {
    const changed = [...filesRead()].some(([path, known]) => {
      try {
        return digest(readFile(path)) !== known
      } catch {
        return false
      }
    })
    if (changed) onChange()
  }, intervalMs)
  timer.unref()
  return () => clearInterval(timer)
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
