/** Values in the order of their arrival, each taken once; a taker may come before its value. */
export type Mailbox<T> = Readonly<{
  put: (value: T) => void
  /** The next value; rejects when it does not come within `withinMs`. */
  take: (withinMs?: number) => Promise<T>
  /** Values that nobody has taken. */
  waiting: () => number
}>

export function createMailbox<T>(what: string): Mailbox<T> {
  const values: T[] = []
  const takers: Array<(value: T) => void> = []
  return {
    put: (value) => {
      const taker = takers.shift()
      if (taker === undefined) values.push(value)
      else taker(value)
    },
    take: (withinMs = 5000) =>
      new Promise((resolve, reject) => {
        if (values.length > 0) {
          // Checked by the line above; a mailbox of undefined is still a mailbox.
          resolve(values.shift() as T)
          return
        }
        const timer = setTimeout(() => {
          takers.splice(takers.indexOf(taker), 1)
          reject(new Error(`no ${what} within ${withinMs} ms`))
        }, withinMs)
        const taker = (value: T) => {
          clearTimeout(timer)
          resolve(value)
        }
        takers.push(taker)
      }),
    waiting: () => values.length,
  }
}
