import type { ReadAnswer } from './demo-answer.ts'

const MOST_CELL = 48
const MOST_CELL_OF_FEW = 100
const MOST_ROWS = 8

/**
 * Pads the cells of consecutive table lines, which models read as they are and people do not, and cuts long ones: the
 * last line says so.
 */
export function alignTables(text: string): string {
  const lines = text.split('\n').map((line) => line.split(' | '))
  const cut = (cells: readonly string[]) =>
    cells.length === 1 ? cells : cells.map((cell) => cutCell(cell, MOST_CELL))
  const wasCut = lines.some(
    (cells) => cells.length > 1 && cells.some((cell) => cell.length > MOST_CELL),
  )
  const aligned = lines.map((cells, at) => {
    if (cells.length === 1) return cells.join()
    let first = at
    while ((lines[first - 1]?.length ?? 1) === cells.length) first -= 1
    let last = at
    while ((lines[last + 1]?.length ?? 1) === cells.length) last += 1
    const table = lines.slice(first, last + 1).map(cut)
    const width = (column: number) => Math.max(...table.map((row) => row[column]?.length ?? 0))
    return cut(cells)
      .map((cell, column) => cell.padEnd(width(column)))
      .join('  ')
      .trimEnd()
  })
  return [...aligned, ...(wasCut ? [CUT_NOTE] : [])].join('\n')
}

/**
 * The finding of an answer and these columns of its table; rows and cells are cut for the eye, and the last lines say
 * so.
 */
export function briefly({ summary, rows }: ReadAnswer, columns: readonly string[]): string {
  const most = columns.length <= 3 ? MOST_CELL_OF_FEW : MOST_CELL
  const shown = rows.slice(0, MOST_ROWS)
  const lines = [columns, ...shown.map((row) => columns.map((column) => row[column] ?? ''))]
  const cells = lines.map((line) => line.map((cell) => cutCell(cell, most)))
  const widths = columns.map((_, column) =>
    Math.max(...cells.map((line) => line[column]?.length ?? 0)),
  )
  const table = cells.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const left = rows.length - shown.length
  const notes = [
    ...(left > 0 ? [`(and ${left} more rows)`] : []),
    ...(lines.some((line) => line.some((cell) => cell.length > most)) ? [CUT_NOTE] : []),
  ]
  return [summary, ...(rows.length > 0 ? table : []), ...notes].join('\n')
}

const CUT_NOTE = `(cells that end in … are cut here for the eye)`

function cutCell(cell: string, most: number): string {
  return cell.length > most ? `${cell.slice(0, most - 1)}…` : cell
}
