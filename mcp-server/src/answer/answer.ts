/** Columns and rows of plain text; a missing value is an empty cell. */
export type Table = Readonly<{
  columns: readonly string[]
  rows: ReadonlyArray<readonly string[]>
}>

/** What a tool found out, before it is written down for a model. */
export type Answer = Readonly<{
  /** One sentence with the finding. */
  summary: string
  /** What the answer holds for: range, cost and the like; region and account are added for every tool. */
  facts?: ReadonlyArray<readonly [string, string]>
  table?: Table
  /** The table is text that strangers wrote (log events): it is fenced and named as data. */
  untrusted?: boolean
  /** What the reader should know or do next, a sentence each. */
  notes?: readonly string[]
  /** The cursor for what comes after the first `shown` rows of the table, if anything does. */
  cursorAfter?: (shown: number) => string | undefined
  /** What to do with the cursor, where it is not for the same call again. */
  cursorUse?: string
  /** How to see rows that were cut to fit, where there is no cursor. */
  narrow?: string
  /** Text of our own in lines, such as help; it stands where a table would. */
  text?: string
  /** Pictures that stand beside the text; `data` is base64. */
  images?: ReadonlyArray<Readonly<{ data: string; mimeType: string }>>
  /** The answer tells of a failure: the result is marked with `isError`. */
  failed?: boolean
}>
