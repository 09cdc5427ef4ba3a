import type { IncomingMessage, ServerResponse } from 'node:http'

import { createIssuer, createMemory, type IssuerOptions } from './issuer.ts'
import { createKeyRing, type KeyRing, rotated, withoutOld } from './key-ring.ts'

export type ServedIssuer = Readonly<{
  handle: (req: IncomingMessage, res: ServerResponse) => Promise<void>
  rotateKeys: () => Promise<void>
  withdrawOldKeys: () => Promise<void>
}>

/**
 * An issuer that comes to life with its first request and can change its keys while it is served. The library takes its
 * keys once, so a change puts another instance behind the same URL; what was granted lives in the memory that they
 * share. Requests that come during a change wait for it.
 */
export function createServedIssuer(options: Omit<IssuerOptions, 'keys' | 'memory'>): ServedIssuer {
  const keyCount = options.dress.separateIdTokenKey ? 2 : 1
  const memory = createMemory(options.dress)
  const serve = (keys: KeyRing) => ({ keys, handle: createIssuer({ ...options, keys, memory }) })

  let serving: Promise<ReturnType<typeof serve>> | undefined
  const served = () => {
    serving ??= createKeyRing(keyCount).then(serve)
    return serving
  }
  const change = async (next: (keys: KeyRing) => KeyRing | Promise<KeyRing>) => {
    serving = served().then(async ({ keys }) => serve(await next(keys)))
    await serving
  }

  return {
    handle: async (req, res) => (await served()).handle(req, res),
    rotateKeys: () => change((keys) => rotated(keys, keyCount)),
    withdrawOldKeys: () => change(withoutOld),
  }
}
