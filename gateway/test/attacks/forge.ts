import { createSign, KeyObject } from 'node:crypto'
import { signingKey } from '../support/signing-key.ts'

/** One part of a compact serialization: these very bytes, or the JSON of anything but text. */
export function part(value: unknown): string {
  const bytes = Buffer.isBuffer(value) || typeof value === 'string' ? value : JSON.stringify(value)
  return Buffer.from(bytes).toString('base64url')
}

/** Signs `header.claims` with RS256 by the key of that name, whatever the header says. */
export async function signed(header: unknown, claims: unknown, kid = 'first'): Promise<string> {
  const input = `${part(header)}.${part(claims)}`
  const { privateKey } = await signingKey(kid)
  const signature = createSign('RSA-SHA256').update(input).sign(KeyObject.from(privateKey))
  return `${input}.${signature.toString('base64url')}`
}

/** The claims of a token, unverified. */
export function claimsOf(token: string): Record<string, unknown> {
  // The fake issuers sign JSON objects.
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<
    string,
    unknown
  >
}
