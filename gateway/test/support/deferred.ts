/** A promise that a test settles when it wants. */
export function deferred<T>(): Readonly<{ promise: Promise<T>; resolve: (value: T) => void }> {
  let settle: ((value: T) => void) | undefined
  const promise = new Promise<T>((resolve) => {
    settle = resolve
  })
  return { promise, resolve: (value) => settle?.(value) }
}
