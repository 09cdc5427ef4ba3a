import type { ToolContext } from './define-tool.ts'

/** What a call gave, or in words why it gave nothing. */
export type OrNote<Value> = Readonly<{ value: Value | undefined; notes: readonly string[] }>

/**
 * For the parts of an answer that it can do without: a call that AWS refuses becomes a note, which names the missing
 * permission, in place of failing the whole answer. A caller who has gone and a mistake of this program still throw.
 */
export async function orNote<Value>(
  context: Pick<ToolContext, 'explain' | 'signal'>,
  what: string,
  call: Promise<Value>,
): Promise<OrNote<Value>> {
  try {
    return { value: await call, notes: [] }
  } catch (error) {
    context.signal.throwIfAborted()
    const words = context.explain(error)
    if (words === undefined) throw error
    return { value: undefined, notes: [`Left out: ${what}. ${words}`] }
  }
}
