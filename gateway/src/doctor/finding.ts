/** What one step of the doctor decided. */
export type Finding = Readonly<{
  step: string
  outcome: 'ok' | 'warning' | 'problem' | 'unknown'
  text: string
  /** What to do about it. */
  fix?: string | undefined
}>

const MARKS = { ok: 'ok      ', warning: 'warning ', problem: 'PROBLEM ', unknown: 'unknown ' }

/** Findings as lines for a terminal, and a last line that sums them up. */
export function renderFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ step }) => step.length))
  const lines = findings.flatMap(({ step, outcome, text, fix }) => [
    `${MARKS[outcome]} ${step.padEnd(width)}  ${text}`,
    ...(fix === undefined ? [] : [`${' '.repeat(width + 11)}fix: ${fix}`]),
  ])
  return [...lines, '', summary(findings)].join('\n')
}

function summary(findings: readonly Finding[]): string {
  const count = (outcome: Finding['outcome']) =>
    findings.filter((finding) => finding.outcome === outcome).length
  const problems = count('problem')
  const warnings = count('warning')
  return [
    problems === 0 ? 'no problem found' : `problems: ${problems}`,
    ...(warnings === 0 ? [] : [`warnings: ${warnings}`]),
  ].join(', ')
}
