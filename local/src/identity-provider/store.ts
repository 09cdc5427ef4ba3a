import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider'

import { metadataOf } from './registered-clients.ts'

const MAX_ENTRIES = 10_000

type Entry = { readonly payload: AdapterPayload; readonly expiresAt: number }

/**
 * What the identity provider remembers, in memory, for as long as it runs; the oldest entry goes when it is full.
 * `usedRefreshTokensStayGood`: the library takes a second use of one for a theft and ends the sign-in, unless it never
 * learns of the first.
 */
export function createStore({
  usedRefreshTokensStayGood,
}: Readonly<{ usedRefreshTokensStayGood: boolean }>): AdapterFactory {
  const entries = new Map<string, Entry>()

  const read = (key: string): AdapterPayload | undefined => {
    const entry = entries.get(key)
    return entry !== undefined && entry.expiresAt > Date.now() ? entry.payload : undefined
  }

  const write = (key: string, payload: AdapterPayload, expiresInSeconds: number | undefined) => {
    const expiresAt =
      expiresInSeconds === undefined ? Infinity : Date.now() + expiresInSeconds * 1000
    entries.delete(key)
    entries.set(key, { payload, expiresAt })
    if (entries.size <= MAX_ENTRIES) return
    const [oldest] = entries.keys()
    if (oldest !== undefined) entries.delete(oldest)
  }

  return (model) => {
    if (model === 'Session') return FORGETFUL
    if (model === 'Client') return { ...FORGETFUL, find: async (id) => metadataOf(id) }
    const key = (id: string) => `${model}:${id}`
    return {
      ...FORGETFUL,
      upsert: async (id, payload, expiresIn) => write(key(id), payload, expiresIn),
      find: async (id) => read(key(id)),
      consume: async (id) => {
        if (model === 'RefreshToken' && usedRefreshTokensStayGood) return
        const payload = read(key(id))
        if (payload !== undefined) payload.consumed = Math.floor(Date.now() / 1000)
      },
      destroy: async (id) => {
        entries.delete(key(id))
      },
      revokeByGrantId: async (grantId) => {
        for (const [at, { payload }] of entries) if (payload.grantId === grantId) entries.delete(at)
      },
    }
  }
}

/**
 * Browser sessions are never kept: every authorization request asks who it is, so a second client, or the same one,
 * can sign in as another person without signing the first one out.
 */
const FORGETFUL: Adapter = {
  upsert: async () => undefined,
  find: async () => undefined,
  findByUserCode: async () => undefined,
  findByUid: async () => undefined,
  consume: async () => undefined,
  destroy: async () => undefined,
  revokeByGrantId: async () => undefined,
}
