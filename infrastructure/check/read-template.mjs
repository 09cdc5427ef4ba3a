import { isAlias, isMap, isScalar, isSeq, parseDocument, visit } from 'yaml'

/**
 * Reads a CloudFormation template in YAML into plain data, short forms of functions as their long ones. Throws for what
 * YAML has and CloudFormation does not: aliases, anchors and merges.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
 */
export function readTemplate(text) {
  // YAML 1.1, as CloudFormation reads it.
  const document = parseDocument(text, { version: '1.1', logLevel: 'silent' })
  const [error] = document.errors
  if (error !== undefined) throw new Error(error.message)
  visit(document, (_, node) => {
    if (isAlias(node) || node?.anchor !== undefined) {
      throw new Error('has a YAML alias or anchor, which CloudFormation does not read')
    }
  })
  return plain(document.contents)
}

function plain(node) {
  const value = isMap(node)
    ? Object.fromEntries(node.items.map((pair) => [String(plain(pair.key)), plain(pair.value)]))
    : isSeq(node)
      ? node.items.map(plain)
      : isScalar(node)
        ? node.value
        : null
  const tag = node?.tag
  if (typeof tag !== 'string' || !tag.startsWith('!')) return value
  const name = tag.slice(1)
  if (name === 'Ref' || name === 'Condition') return { [name]: value }
  if (name === 'GetAtt' && typeof value === 'string') {
    const dot = value.indexOf('.')
    return { 'Fn::GetAtt': [value.slice(0, dot), value.slice(dot + 1)] }
  }
  return { [`Fn::${name}`]: value }
}
