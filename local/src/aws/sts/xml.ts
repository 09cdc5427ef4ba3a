export type XmlElement = Readonly<{ name: string; content: string | readonly XmlElement[] }>

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/'

/** An element with text or with children. */
export function element(name: string, content: string | readonly XmlElement[]): XmlElement {
  return { name, content }
}

/** The document of a successful answer of the query protocol. */
export function responseDocument(
  operation: string,
  result: readonly XmlElement[],
  requestId: string,
): string {
  return documentOf(`${operation}Response`, [
    element(`${operation}Result`, result),
    element('ResponseMetadata', [element('RequestId', requestId)]),
  ])
}

/** The document of an error of the query protocol. */
export function errorDocument(
  code: string,
  message: string,
  status: number,
  requestId: string,
): string {
  const type = status < 500 ? 'Sender' : 'Receiver'
  return documentOf('ErrorResponse', [
    element('Error', [element('Type', type), element('Code', code), element('Message', message)]),
    element('RequestId', requestId),
  ])
}

function documentOf(name: string, content: readonly XmlElement[]): string {
  return `<${name} xmlns="${NAMESPACE}">${content.map(print).join('')}</${name}>\n`
}

function print({ name, content }: XmlElement): string {
  const inner = typeof content === 'string' ? escapeText(content) : content.map(print).join('')
  return `<${name}>${inner}</${name}>`
}

function escapeText(text: string): string {
  const visible = text.replace(/[&<>"]/g, (one) => `&#${one.charCodeAt(0)};`)
  // XML 1.0 has no way to write most control characters.
  return [...visible].map((one) => (one < ' ' && !'\t\n\r'.includes(one) ? '\ufffd' : one)).join('')
}
