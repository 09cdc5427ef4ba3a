/** A field that a query filters by; `equality` where an index of it would help: `=` and `in`. */
export type FieldUse = Readonly<{ field: string; equality: boolean }>

export type QueryLanguage = 'CWLI' | 'SQL' | 'PPL'

const NO_FIELDS = new Set(['and', 'or', 'not', 'in', 'like', 'is', 'null', 'true', 'false', 'as'])

/** A name in backquotes or bare, then what it is compared by. */
const COMPARISON =
  /(`[^`\n]{1,255}`|[@A-Za-z_][\w.@-]{0,254})\s{0,8}(==?(?!~)|!=|<>|<=?|>=?|=~|(?:not\s{1,8})?in\s{0,8}[[(]|(?:not\s{1,8})?like\b)/gi

/**
 * The fields that a query filters by, each once. Goes by form: a field that the query makes itself (parse, as) is
 * left out, since only fields of the events can be indexed.
 */
export function fieldsFilteredBy(query: string, language: QueryLanguage): readonly FieldUse[] {
  const text = withoutLiterals(query)
  const made = new Set(
    [...text.matchAll(/\bas\s+`?([@\w.-]{1,255})`?((?:\s*,\s*`?[\w.-]{1,255}`?){0,50})/gi)].flatMap(
      ([, first = '', more = '']) => [first, ...more.split(',').map(plainName)],
    ),
  )
  const conditions = language === 'SQL' ? sqlConditions(text) : pipedConditions(text)
  const aliases = language === 'SQL' ? sqlAliases(text) : []
  const uses = new Map<string, boolean>()
  for (const condition of conditions) {
    for (const [, written = '', operator = ''] of condition.matchAll(COMPARISON)) {
      const field = withoutAlias(plainName(written), aliases)
      if (field === '' || NO_FIELDS.has(field.toLowerCase()) || made.has(field)) continue
      const equality = /^(?:==?$|in\b)/i.test(operator)
      uses.set(field, (uses.get(field) ?? false) || equality)
    }
  }
  return [...uses].map(([field, equality]) => ({ field, equality }))
}

/** Texts and regular expressions hold anything, also what looks like a comparison. */
function withoutLiterals(query: string): string {
  return query
    .replace(/#[^\n]*|--[^\n]*/g, ' ')
    .replace(/(like|=~|parse\s+[@\w.]+)(\s*)\/(?:[^/\\\n]|\\.){0,2000}\//gi, '$1$2""')
    .replace(/"(?:[^"\\]|\\.){0,4000}"|'(?:[^'\\]|\\.){0,4000}'/g, '""')
}

/** Logs Insights QL and PPL: commands behind pipes. */
function pipedConditions(text: string): string[] {
  return text.split('|').flatMap((command) => {
    const [, condition] = /^\s*(?:filter|filterIndex|where)\b([\s\S]*)$/i.exec(command) ?? []
    return condition === undefined ? [] : [condition]
  })
}

function sqlConditions(text: string): string[] {
  return text
    .split(/\bwhere\b/i)
    .slice(1)
    .map((part) => part.split(/\b(?:group\s+by|order\s+by|having|limit|union)\b|;/i)[0] ?? '')
}

function sqlAliases(text: string): string[] {
  return [...text.matchAll(/\b(?:from|join)\s+`[^`]{1,600}`\s+(?:as\s+)?([A-Za-z_]\w{0,60})/gi)]
    .map((match) => match[1] ?? '')
    .filter(
      (name) => !/^(?:where|group|order|limit|on|join|inner|left|right|full|cross)$/i.test(name),
    )
}

function withoutAlias(field: string, aliases: readonly string[]): string {
  const alias = aliases.find((name) => field.startsWith(`${name}.`))
  return alias === undefined ? field : field.slice(alias.length + 1)
}

function plainName(written: string): string {
  return written.trim().replaceAll('`', '')
}
