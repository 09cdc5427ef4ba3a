import { createHash } from 'node:crypto'
import { z } from 'zod'
import { ToolProblem } from './tool-problem.ts'

/** Where a listing goes on: AWS's token for a page (none for the first one), and rows of it already shown. */
export type Position = Readonly<{
  token: string | undefined
  skip: number
  /** Rows of the pages before, where rows are numbered. */
  before?: number
}>

const Sealed = z.strictObject({
  t: z.string().max(16_384).optional(),
  s: z.number().int().min(0).max(10_000),
  n: z.number().int().min(1).max(1_000_000).optional(),
  b: z.string().length(22),
})

/**
 * Everything that a cursor belongs to: principal, account, region, tool and arguments, as a short hash.
 * The server keeps no state and its replicas share no key, so the hash is a guard against mix-ups, not a seal:
 * a cursor of another principal, region or search is refused before it can give a confusing page. What a forged
 * one may read is still AWS's decision, which checks every call against the caller's own credentials.
 */
export function cursorBinding(parts: ReadonlyArray<string | undefined>): string {
  const text = JSON.stringify(parts.map((part) => part ?? null))
  return createHash('sha256').update(text).digest('base64url').slice(0, 22)
}

/**
 * For an answer made of one AWS page: the cursor for what follows its first `shown` rows. A page whose rows did not
 * all fit is asked for again and begun further down, so no row is lost between two answers.
 */
export function cursorAfter(
  at: Position,
  fetched: number,
  nextToken: string | undefined,
  binding: string,
): (shown: number) => string | undefined {
  return (shown) => {
    if (shown < fetched) return encodeCursor({ token: at.token, skip: at.skip + shown }, binding)
    return nextToken === undefined
      ? undefined
      : encodeCursor({ token: nextToken, skip: 0 }, binding)
  }
}

/** The opaque cursor for a position. */
export function encodeCursor(position: Position, binding: string): string {
  const sealed = {
    t: position.token,
    s: position.skip,
    n: position.before || undefined,
    b: binding,
  }
  return Buffer.from(JSON.stringify(sealed)).toString('base64url')
}

/** The position that a cursor names; the start when there is none. Throws a ToolProblem for a foreign or broken one. */
export function decodeCursor(cursor: string | undefined, binding: string): Position {
  if (cursor === undefined) return { token: undefined, skip: 0 }
  const parsed = Sealed.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString('utf8')))
  if (!parsed.success) {
    throw new ToolProblem(
      'The cursor is damaged: pass it exactly as it was given, or call without it.',
    )
  }
  if (parsed.data.b !== binding) {
    throw new ToolProblem(
      'The cursor belongs to another search, region or caller: repeat the arguments of the call that gave it, or call without it.',
    )
  }
  const { t: token, s: skip, n: before } = parsed.data
  return { token, skip, ...(before !== undefined && { before }) }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
