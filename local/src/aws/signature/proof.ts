import { createHash, timingSafeEqual } from 'node:crypto'
import { frontEndError } from '../aws-error.ts'
import type { Session } from '../call.ts'

/** The session of a key, if its token is the one that was sent and it has not ended; else the error of AWS. */
export function validSession(
  session: Session | undefined,
  token: string | null,
  now: Date,
): Session {
  if (session === undefined || !sameText(token ?? '', session.sessionToken)) {
    const text = 'The security token included in the request is invalid.'
    throw frontEndError('UnrecognizedClientException', 'InvalidClientTokenId', text)
  }
  if (now >= session.expiration) {
    const text = 'The security token included in the request is expired'
    throw frontEndError('ExpiredTokenException', 'ExpiredToken', text)
  }
  return session
}

/** The refusal of a signature that does not prove the request; `message` says which part of it. */
export function invalidSignature(message: string) {
  return frontEndError('InvalidSignatureException', 'SignatureDoesNotMatch', message)
}

/** A time as signatures write it: `20260102T030405Z`. */
export function basicFormat(date: Date): string {
  return date.toISOString().replace(/[-:]|\.\d{3}/g, '')
}

/** The time that `basicFormat` writes, or undefined for any other text. */
export function parseBasicFormat(text: string): Date | undefined {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? []
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(date.getTime()) ? undefined : date
}

/** Whether two texts are equal, in a time that does not tell where they differ. */
export function sameText(left: string, right: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(hash(left), hash(right))
}
