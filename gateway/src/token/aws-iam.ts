import { GatewayError } from '../errors.ts'

/** How such a bearer token begins; what follows is a presigned URL in base64url. */
export const AWS_IAM_PREFIX = 'aws-iam-v1.'

/** The signed header that binds a presigned URL to one protected resource. */
export const BINDING_HEADER = 'x-mcp-resource'

/** Presigned URLs are for now: longer lives are refused. Seconds. */
const MAX_EXPIRES_SECONDS = 900

/** The only parameters that a presigned GetCallerIdentity has. */
const PARAMETERS = new Set([
  'Action',
  'Version',
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-Security-Token',
  'X-Amz-SignedHeaders',
  'X-Amz-Signature',
])

const AWS_STS_HOST = /^sts(\.[a-z]{2,}(-[a-z]+)+-\d{1,2})?\.amazonaws\.com(\.cn)?$/
const DATE = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/

/** A presigned `GetCallerIdentity` that may be sent to STS. */
export type PresignedIdentity = Readonly<{
  url: URL
  /** End of its life, in milliseconds since the epoch. */
  expiresAt: number
}>

/** Who AWS says signed a URL. */
export type CallerIdentity = Readonly<{ arn: string; account: string; userId: string }>

/** Sends a presigned URL to STS with the binding header; rejects where STS does not answer. */
export type AskSts = (
  url: URL,
  resource: string,
) => Promise<Readonly<{ status: number; text: string }>>

/**
 * Reads a token that is a presigned GetCallerIdentity, without sending it. The URL is the caller's, so everything in it is
 * checked before this gateway requests it: the host is STS's (or `endpoint`'s), the parameters are those of this one
 * call and stand once, the binding header is signed, and it lives now and not for long.
 * Throws `token_rejected` or `token_expired`.
 */
export function readPresignedIdentity(
  token: string,
  options: Readonly<{
    endpoint: string | undefined
    maxAgeSeconds: number
    clockToleranceSeconds: number
    now: number
  }>,
): PresignedIdentity {
  const url = decode(token)
  const query = url.searchParams
  const names = [...query.keys()]
  const known = names.every((name) => PARAMETERS.has(name)) && new Set(names).size === names.length
  if (!known) throw rejected('it has other parameters than GetCallerIdentity')
  if (!isSts(url, options.endpoint)) throw rejected('it is not for STS')
  if (query.get('Action') !== 'GetCallerIdentity' || query.get('Version') !== '2011-06-15') {
    throw rejected('it is for another action')
  }
  const signed = (query.get('X-Amz-SignedHeaders') ?? '').split(';')
  if (signed.length !== 2 || !signed.includes('host') || !signed.includes(BINDING_HEADER)) {
    throw rejected(`it must sign host and ${BINDING_HEADER}, and nothing else`)
  }
  const signedAt = timeOf(query.get('X-Amz-Date') ?? '')
  const expires = Number(query.get('X-Amz-Expires'))
  if (Number.isNaN(signedAt) || !Number.isInteger(expires) || expires < 1) {
    throw rejected('it has no valid date and life')
  }
  if (expires > MAX_EXPIRES_SECONDS) throw rejected(`it lives longer than ${MAX_EXPIRES_SECONDS} s`)
  if (signedAt > options.now + options.clockToleranceSeconds * 1000) {
    throw new GatewayError('token_rejected', { hint: 'clock' })
  }
  const expiresAt = signedAt + Math.min(expires, options.maxAgeSeconds) * 1000
  if (expiresAt <= options.now) throw new GatewayError('token_expired')
  return { url, expiresAt }
}

function decode(token: string): URL {
  const text = token.slice(AWS_IAM_PREFIX.length)
  if (!/^[\w-]+$/.test(text)) throw rejected('it is not base64url')
  const decoded = Buffer.from(text, 'base64url').toString('utf8')
  if (!URL.canParse(decoded)) throw rejected('it is not a URL')
  const url = new URL(decoded)
  const plain = url.username === '' && url.password === '' && url.hash === ''
  if (!plain || url.pathname !== '/') throw rejected('it is not a plain address')
  return url
}

function isSts(url: URL, endpoint: string | undefined): boolean {
  if (endpoint !== undefined) return url.origin === new URL(endpoint).origin
  return url.protocol === 'https:' && url.port === '' && AWS_STS_HOST.test(url.hostname)
}

function timeOf(text: string): number {
  const [, year, month, day, hour, minute, second] = DATE.exec(text) ?? []
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}

/**
 * Asks STS who signed a URL. STS checks the signature over the binding header with `resource` in it, so a URL that was
 * signed for another gateway or resource is refused there.
 * Throws `token_rejected` where STS refuses, `sts_unavailable` where it does not answer in time or as it should.
 */
export async function askIdentity(
  presigned: PresignedIdentity,
  resource: string,
  ask: AskSts,
): Promise<CallerIdentity> {
  const { status, text } = await ask(presigned.url, resource).catch((cause: unknown) => {
    throw new GatewayError('sts_unavailable', { cause: new Error('STS did not answer', { cause }) })
  })
  if (status === 429 || status >= 500 || text.includes('Throttl')) {
    throw new GatewayError('sts_unavailable', { cause: new Error(`STS answered ${status}`) })
  }
  if (status !== 200) throw rejected(`STS answered ${status}`)
  const arn = elementOf(text, 'Arn')
  const account = elementOf(text, 'Account')
  const userId = elementOf(text, 'UserId')
  if (arn === undefined || account === undefined || userId === undefined) {
    throw new GatewayError('sts_unavailable', { cause: new Error('STS answered incompletely') })
  }
  return { arn, account, userId }
}

/** The text of an element that stands once; an ARN or an id never needs an escape. */
function elementOf(xml: string, name: string): string | undefined {
  const found = [...xml.matchAll(new RegExp(`<${name}>([^<>&]{1,2048})</${name}>`, 'g'))]
  return found.length === 1 ? found[0]?.[1] : undefined
}

function rejected(text: string): GatewayError {
  return new GatewayError('token_rejected', { cause: new Error(`presigned identity: ${text}`) })
}
