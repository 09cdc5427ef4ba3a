/** The answer of a tool, taken apart: what a model reads in it, for a script that has no model. */
export type ReadAnswer = Readonly<{
  /** The sentence that it begins with. */
  summary: string
  /** The lines of the form `name: value` below it, such as range, region and account. */
  facts: ReadonlyMap<string, string>
  columns: readonly string[]
  /** Cells by column, in their order. */
  rows: ReadonlyArray<Readonly<Record<string, string>>>
  /** The paragraphs after the table, or all of them where there is none. */
  notes: readonly string[]
}>

const FENCE = /\n<<<data (\w+)\n(.*?)\ndata \1>>>/s

/** Takes the text of a tool's answer apart. Text of another form gives a summary and notes. */
export function readAnswer(text: string): ReadAnswer {
  const fence = FENCE.exec(text)
  const paragraphs = text.replace(FENCE, '').split('\n\n')
  const [head = '', ...others] = paragraphs
  const [summary = '', ...factLines] = head.split('\n')
  const facts = new Map(
    factLines.map((line): [string, string] => {
      const colon = line.indexOf(': ')
      return [line.slice(0, colon), line.slice(colon + 2)]
    }),
  )
  // Without a fence the table is the first paragraph; how many rows it has is always said below one.
  const hasTable = others.some((paragraph) => paragraph.startsWith('Shown: '))
  const table = fence?.[2] ?? (hasTable ? (others[0] ?? '') : '')
  const [columns = [], ...cells] = table === '' ? [] : table.split('\n').map(cellsOf)
  return {
    summary,
    facts,
    columns,
    rows: cells.map((row) =>
      Object.fromEntries(columns.map((column, at) => [column, row[at] ?? ''])),
    ),
    notes: hasTable ? others.slice(1) : others,
  }
}

function cellsOf(line: string): string[] {
  return line.split(' | ').map((cell) => cell.replaceAll('\\|', '|'))
}
