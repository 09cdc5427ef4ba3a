import { randomBytes } from 'node:crypto'
import type { Session } from '../call.ts'

/** Sessions kept after they expired, so that their callers hear "expired" and not "unknown". */
const KEPT_AFTER_EXPIRY_MS = 3600_000
const MAX_SESSIONS = 20_000

export type SessionStore = Readonly<{
  issue: (
    grant: Omit<Session, 'accessKeyId' | 'secretAccessKey' | 'sessionToken'>,
    minimumTokenBytes: number,
    now: Date,
  ) => Session
  find: (accessKeyId: string) => Session | undefined
}>

/** Keeps the role sessions that were issued; nothing survives a restart but those that were there from the beginning. */
export function createSessionStore(permanent: readonly Session[] = []): SessionStore {
  const sessions = new Map<string, Session>()

  function forgetOld(now: Date): void {
    for (const [key, session] of sessions) {
      const old = now.getTime() - session.expiration.getTime() > KEPT_AFTER_EXPIRY_MS
      if (!old && sessions.size < MAX_SESSIONS) return
      sessions.delete(key)
    }
  }

  return {
    issue(grant, minimumTokenBytes, now) {
      forgetOld(now)
      const session: Session = {
        ...grant,
        accessKeyId: `ASIA${randomText('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16)}`,
        secretAccessKey: randomBytes(30).toString('base64'),
        sessionToken: randomToken(minimumTokenBytes),
        // The wire carries whole seconds.
        expiration: new Date(Math.floor(grant.expiration.getTime() / 1000) * 1000),
      }
      sessions.set(session.accessKeyId, session)
      return session
    },
    find: (accessKeyId) =>
      sessions.get(accessKeyId) ?? permanent.find((session) => session.accessKeyId === accessKeyId),
  }
}

/** Opaque like a real one: base64 that begins with the letters AWS tokens begin with, 400 to 1,000 characters. */
function randomToken(minimumBytes: number): string {
  const length = Math.max(
    300 + (randomBytes(2).readUInt16BE() % 400),
    Math.ceil(minimumBytes * 0.75),
  )
  const prefix = Buffer.from('210a096f726967696e5f6563', 'hex')
  return Buffer.concat([prefix, randomBytes(length)]).toString('base64')
}

function randomText(alphabet: string, length: number): string {
  return [...randomBytes(length)].map((byte) => alphabet[byte % alphabet.length]).join('')
}
