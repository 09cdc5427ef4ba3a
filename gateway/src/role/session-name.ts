import { createHash } from 'node:crypto'

/** STS allows 2 to 64 of these characters (AssumeRoleWithWebIdentity, RoleSessionName). */
const FORBIDDEN = /[^A-Za-z0-9_+=,.@-]+/g

const MAX_LENGTH = 64
const HASH_LENGTH = 12

/**
 * The role session name of a person or machine: a readable part, then a hash of issuer and subject.
 *
 * The hash is always there. Adding it only where the readable part had to be changed would let two issuers' equal
 * subjects share a name, and would let one subject spell out another's changed name.
 */
export function sessionName(who: {
  issuer: string
  subject: string
  username?: string | undefined
}): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([who.issuer, who.subject]))
    .digest('hex')
    .slice(0, HASH_LENGTH)
  const readable = (who.username ?? who.subject)
    .replace(FORBIDDEN, '-')
    .slice(0, MAX_LENGTH - HASH_LENGTH - 1)
  return `${readable}-${hash}`
}
