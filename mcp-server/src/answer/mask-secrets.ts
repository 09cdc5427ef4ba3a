import type { Table } from './answer.ts'

const MASK = '[masked]'

/** Names whose value is a secret, whatever stands around them: DB_PASSWORD, x-api-key, "clientSecret". */
const NAME =
  '(?:pass(?:word|wd|phrase)|pwd|secret(?:[_-]?(?:access)?[_-]?key)?|api[_-]?key|access[_-]?key|private[_-]?key|(?:access|refresh|session|security|id|auth|csrf)[_-]?token)'
const SECRET_COLUMN = new RegExp(`${NAME}$`, 'i')

/**
 * What is looked for. Log text is up to 1 MB of a stranger's making: every pattern starts at a fixed word and goes on
 * in one direction, so that none takes more than linear time.
 */
const PATTERNS: ReadonlyArray<readonly [RegExp, (...groups: string[]) => string]> = [
  // A key without its end was cut by the writer: everything behind its head is taken for the key.
  [
    /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|$)/g,
    () => MASK,
  ],
  [/(?<![\w-])eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*){0,3}/g, () => MASK],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, () => MASK],
  [/\bgh[pousr]_[A-Za-z0-9]{36,255}|\bxox[abeprs]-[A-Za-z0-9-]{10,255}/g, () => MASK],
  // Keys that say by their head whose they are: Stripe, Google, GitLab, and the sk- of model providers.
  [
    /\b(?:[sr]k_live_[A-Za-z0-9]{16,255}|AIza[\w-]{35}|glpat-[\w-]{20,255}|sk-(?:ant-|proj-)[\w-]{20,255})/g,
    () => MASK,
  ],
  [/\b(bearer\s{1,3})(?=[\w.~+/-]{0,256}\d)[\w.~+/-]{16,}=*/gi, (_whole, head) => `${head}${MASK}`],
  [
    /(authorization\\?["']?\s{0,3}[:=]\s{0,3}\\?["']?(?:basic|bearer|digest|token)\s{1,3})[^\s"',;\\]+/gi,
    (_whole, head) => `${head}${MASK}`,
  ],
  [
    /(\bcookie\\?["']?\s{0,3}[:=]\s{0,3}\\?["']?)[^\r\n"'\\]+/gi,
    (_whole, head) => `${head}${MASK}`,
  ],
  [/(:\/\/[^\s:/@]{1,128}:)[^\s/@]{1,256}@/g, (_whole, head) => `${head}${MASK}@`],
  [
    new RegExp(
      `(${NAME}\\\\?["']?\\s{0,3}[:=]\\s{0,3})(\\\\"[^"\\\\]*|"(?:[^"\\\\]|\\\\.){0,4096}|'[^']*|[^\\s"',;&<>)}\\]\\\\]+)`,
      'gi',
    ),
    (_whole, head, value) => `${head}${maskValue(value)}`,
  ],
]

/** Values that tell of the absence of a secret are left, since they are often what is looked for. */
const HARMLESS = /^(?:null|nil|none|undefined|true|false|missing|required|\*+|x+|\[masked\]?)?$/i

function maskValue(quoted: string): string {
  const quote = /^\\?["']/.exec(quoted)?.[0] ?? ''
  return HARMLESS.test(quoted.slice(quote.length)) ? quoted : `${quote}${MASK}`
}

/**
 * Text with what looks like a secret replaced by `[masked]`, and how many there were: AWS keys, JSON web tokens,
 * bearer and basic headers, cookies, private keys, passwords in URLs, and the values of names such as password.
 * It goes by form alone: a secret of another form stays, and now and then something harmless is masked.
 */
export function maskSecrets(text: string): { text: string; masked: number } {
  let masked = 0
  let result = text
  for (const [form, replace] of PATTERNS) {
    result = result.replace(form, (...groups: string[]) => {
      const replaced = replace(...groups)
      if (replaced !== groups[0]) masked += 1
      return replaced
    })
  }
  return { text: result, masked }
}

/** A table of which every cell is masked; a column that is named after a secret is masked whole. */
export function maskTable(table: Table): { table: Table; masked: number } {
  const secret = table.columns.map((column) => SECRET_COLUMN.test(column))
  let masked = 0
  const rows = table.rows.map((row) =>
    row.map((cell, at) => {
      if (secret[at] && !HARMLESS.test(cell)) {
        masked += 1
        return MASK
      }
      const found = maskSecrets(cell)
      masked += found.masked
      return found.text
    }),
  )
  return { table: { columns: table.columns, rows }, masked }
}
