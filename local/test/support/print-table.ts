/** Prints a table for people under the titles of the tests; the first row is the head. */
export function printTable(title: string, rows: ReadonlyArray<readonly string[]>): void {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  )
  const line = (cells: readonly string[]) =>
    `    ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd()
  const [head = [], ...body] = rows
  const rule = widths.map((width) => '-'.repeat(width))
  process.stdout.write(`\n  ${title}\n\n${[head, rule, ...body].map(line).join('\n')}\n\n`)
}
