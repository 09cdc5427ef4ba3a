const STARTER_CHECK_MS = 500

/**
 * Resolves when this program is to end what it started: by a signal (Ctrl-C, a closed terminal, a request to end), or
 * because the program that started this one is gone, as npm does not pass every signal on. From the call on, output that
 * nobody reads any more is no error: there is still something to stop.
 */
export function endRequested(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => resolve())
    }
    const starter = process.ppid
    setInterval(() => {
      if (process.ppid !== starter) resolve()
    }, STARTER_CHECK_MS).unref()
  })
}
