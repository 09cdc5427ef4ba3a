import { frontEndError } from '../aws-error.ts'

/** The parts of a Signature Version 4 `Authorization` header. */
export type Authorization = Readonly<{
  accessKeyId: string
  date: string
  region: string
  service: string
  terminator: string
  signedHeaders: readonly string[]
  signature: string
}>

/** Reads the header; its absence and each missing part have their own error, as at AWS. */
export function parseAuthorization(header: string | undefined): Authorization {
  if (header === undefined) {
    throw frontEndError(
      'MissingAuthenticationTokenException',
      'MissingAuthenticationToken',
      'Request is missing Authentication Token',
    )
  }
  const rest = /^AWS4-HMAC-SHA256\s+(.*)$/.exec(header)?.[1]
  if (rest === undefined) throw incomplete('Authorization header requires AWS4-HMAC-SHA256.')
  const parts = new Map(
    rest.split(',').map((part) => {
      const at = part.indexOf('=')
      return [part.slice(0, at).trim(), part.slice(at + 1).trim()]
    }),
  )
  const required = (name: string) => {
    const value = parts.get(name)
    if (value) return value
    throw incomplete(`Authorization header requires '${name}' parameter.`)
  }
  const scope = required('Credential').split('/')
  const [accessKeyId, date, region, service, terminator] = scope
  if (!accessKeyId || !date || !region || !service || !terminator || scope.length !== 5) {
    throw incomplete('Credential must have exactly 5 slash-delimited elements.')
  }
  return {
    accessKeyId,
    date,
    region,
    service,
    terminator,
    signedHeaders: required('SignedHeaders').split(';'),
    signature: required('Signature'),
  }
}

function incomplete(message: string) {
  return frontEndError('IncompleteSignatureException', 'IncompleteSignature', message)
}
