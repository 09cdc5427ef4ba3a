import { createHash } from 'node:crypto'

/** A UUID that is the same for the same name, so that people keep their ids over restarts. */
export function stableUuid(name: string): string {
  const hex = stableHex(name)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** 21 digits that are the same for the same name, the first one not 0. */
export function stableDigits(name: string): string {
  return `1${BigInt(`0x${stableHex(name)}`)
    .toString()
    .slice(0, 20)}`
}

/** 43 characters of base64url that are the same for the same name. */
export function stableToken(name: string): string {
  return Buffer.from(stableHex(name), 'hex').toString('base64url')
}

function stableHex(name: string): string {
  return createHash('sha256').update(`local ${name}`).digest('hex')
}
