/**
 * A policy document in one form, so that two that mean the same to IAM are the same text: one value is a list of one, and
 * the order of actions, resources, values and statements does not matter.
 */
export function canonicalPolicy(document) {
  const { Version, Statement } = typeof document === 'string' ? JSON.parse(document) : document
  const statements = [Statement].flat().map((statement) => JSON.stringify(sorted(statement)))
  return `${Version} ${statements.sort().join('\n')}`
}

function sorted(value) {
  if (Array.isArray(value)) {
    const items = [...new Set(value.map((item) => JSON.stringify(sorted(item))))].sort()
    return items.map((item) => JSON.parse(item))
  }
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, listed(key, item)]),
  )
}

function listed(key, item) {
  if (key === 'Effect') return item
  return sorted(item !== null && typeof item === 'object' ? item : [item])
}
