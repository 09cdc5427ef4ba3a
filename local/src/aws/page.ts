import { createHash } from 'node:crypto'
import type { Call, Input } from './call.ts'

/**
 * A page of `items` from the offset that `token` carries. The token is opaque and bound to `scope` (the request's
 * own filters), so that a token of another request is refused by `reject`.
 */
export function pageOf<T>(
  items: readonly T[],
  limit: number,
  token: string | undefined,
  scope: string,
  reject: () => Error,
): Readonly<{ page: readonly T[]; nextToken: string | undefined }> {
  const start = token === undefined ? 0 : offsetOf(token, scope, reject)
  const end = start + limit
  return {
    page: items.slice(start, end),
    nextToken: end < items.length ? tokenOf(end, scope) : undefined,
  }
}

/** The token for an offset within the request that `scope` describes. */
export function tokenOf(offset: number, scope: string): string {
  return Buffer.from(`${offset}.${digest(scope)}`).toString('base64url')
}

/** The offset that a token carries; `reject` makes the error for a token that was not issued for `scope`. */
export function offsetOf(token: string, scope: string, reject: () => Error): number {
  const [offset, mark] = Buffer.from(token, 'base64url').toString().split('.')
  if (offset === undefined || !/^\d{1,9}$/.test(offset) || mark !== digest(scope)) throw reject()
  return Number(offset)
}

/** What a page token is bound to: account, region and every member of the request but the token itself. */
export function requestScope(call: Call, input: Input): string {
  const members = Object.keys(input)
    .filter((name) => name.toLowerCase() !== 'nexttoken')
    .sort()
    .map((name) => [name, input[name]])
  return JSON.stringify([call.session.account, call.region, call.operation, members])
}

function digest(scope: string): string {
  return createHash('sha256').update(scope).digest('base64url').slice(0, 16)
}
