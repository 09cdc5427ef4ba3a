import { createSigningKey, type SigningKey } from './signing-keys.ts'

/**
 * The keys of one issuer. `current` has one key, or two: the first signs ID tokens, the last signs access tokens. `old`
 * ones sign nothing and are still published.
 */
export type KeyRing = Readonly<{ current: readonly SigningKey[]; old: readonly SigningKey[] }>

/** New keys and no old ones; Cognito publishes two. */
export async function createKeyRing(keyCount: 1 | 2): Promise<KeyRing> {
  return { current: await Promise.all(Array.from({ length: keyCount }, createSigningKey)), old: [] }
}

/** New keys sign from now on; the ones before stay published. */
export async function rotated({ current, old }: KeyRing, keyCount: 1 | 2): Promise<KeyRing> {
  const next = await createKeyRing(keyCount)
  return { current: next.current, old: [...current, ...old] }
}

/** The ring after its old keys are withdrawn: what they signed no longer verifies. */
export function withoutOld({ current }: KeyRing): KeyRing {
  return { current, old: [] }
}

/** Every key that is published, the ones that sign first: the library signs ID tokens with the first of all. */
export function publishedKeys({ current, old }: KeyRing): readonly SigningKey[] {
  return [...current, ...old]
}
