import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { Sha256 } from '@aws-crypto/sha256-js'
import { HttpRequest } from '@smithy/protocol-http'
import { SignatureV4 } from '@smithy/signature-v4'
import { frontEndError } from '../aws-error.ts'
import type { ServiceName, Session } from '../call.ts'
import { type Authorization, parseAuthorization } from './authorization-header.ts'
import { basicFormat, invalidSignature, parseBasicFormat, sameText, validSession } from './proof.ts'

/** The name that each service has in a credential scope. */
const SIGNING_NAMES = { sts: 'sts', cloudwatch: 'monitoring', logs: 'logs' } as const

/** Minutes that a signature's time may differ from ours. STS is more patient than the others. */
const SKEW_MINUTES = { sts: 15, cloudwatch: 5, logs: 5 } as const

export type SignedRequest = Readonly<{
  method: string
  path: string
  query: Readonly<Record<string, string | string[]>>
  headers: IncomingHttpHeaders
  body: Uint8Array
}>

/**
 * Proves that the request was signed, for this service, with the secret of a session that is still valid.
 * Gives the session and the region of the credential scope; throws the error that AWS would answer.
 */
export async function verifySignature(
  request: SignedRequest,
  service: ServiceName,
  findSession: (accessKeyId: string) => Session | undefined,
  now: Date,
): Promise<Readonly<{ session: Session; region: string }>> {
  const claimed = parseAuthorization(request.headers.authorization)
  const session = validSession(findSession(claimed.accessKeyId), tokenOf(request), now)
  const date = checkDate(request, claimed, service, now)
  checkScope(claimed, service)
  checkSignedHeaders(request, claimed)
  const expected = await signatureOf(request, claimed, session, date)
  if (!sameText(claimed.signature, expected)) {
    throw invalidSignature(
      'The request signature we calculated does not match the signature you provided. ' +
        'Check your AWS Secret Access Key and signing method. ' +
        'Consult the service documentation for details.',
    )
  }
  return { session, region: claimed.region }
}

function tokenOf(request: SignedRequest): string {
  const token = request.headers['x-amz-security-token']
  return typeof token === 'string' ? token : ''
}

function checkDate(
  request: SignedRequest,
  claimed: Authorization,
  service: ServiceName,
  now: Date,
): Date {
  const text = String(request.headers['x-amz-date'] ?? '')
  const date = parseBasicFormat(text)
  if (date === undefined) {
    const message = `Date must be in ISO-8601 'basic format'. Got '${text}'. See http://en.wikipedia.org/wiki/ISO_8601`
    throw frontEndError('IncompleteSignatureException', 'IncompleteSignature', message)
  }
  const minutes = SKEW_MINUTES[service]
  const [stamp, skew] = [basicFormat(now), minutes * 60_000]
  if (date.getTime() < now.getTime() - skew) {
    const edge = basicFormat(new Date(now.getTime() - skew))
    throw invalidSignature(
      `Signature expired: ${text} is now earlier than ${edge} (${stamp} - ${minutes} min.)`,
    )
  }
  if (date.getTime() > now.getTime() + skew) {
    const edge = basicFormat(new Date(now.getTime() + skew))
    throw invalidSignature(
      `Signature not yet current: ${text} is still later than ${edge} (${stamp} + ${minutes} min.)`,
    )
  }
  if (claimed.date !== text.slice(0, 8)) {
    throw invalidSignature(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ` +
        `'${claimed.date}' != '${text.slice(0, 8)}', from '${text}'.`,
    )
  }
  return date
}

function checkScope(claimed: Authorization, service: ServiceName): void {
  const problems: string[] = []
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(claimed.region)) {
    problems.push(`Credential should be scoped to a valid region, not '${claimed.region}'.`)
  }
  if (claimed.service !== SIGNING_NAMES[service]) {
    problems.push(`Credential should be scoped to correct service: '${SIGNING_NAMES[service]}'.`)
  }
  if (claimed.terminator !== 'aws4_request') {
    problems.push(`Credential should be scoped with a valid terminator: 'aws4_request'.`)
  }
  if (problems.length > 0) throw invalidSignature(problems.join(' '))
}

function checkSignedHeaders(request: SignedRequest, claimed: Authorization): void {
  // The host and every x-amz-* header that is there (Signature Version 4, "CanonicalHeaders"): x-amz-target is one of them,
  // and says which operation this is.
  const amz = Object.keys(request.headers).filter((name) => name.startsWith('x-amz-'))
  for (const name of ['host', ...amz]) {
    if (claimed.signedHeaders.includes(name)) continue
    throw invalidSignature(`'${name}' must be a 'SignedHeader' in the AWS Authorization header.`)
  }
  // The signer below trusts this header for the payload hash, so it has to be true.
  const stated = request.headers['x-amz-content-sha256']
  const actual = createHash('sha256').update(request.body).digest('hex')
  if (stated !== undefined && stated !== actual) {
    throw invalidSignature('The value of x-amz-content-sha256 does not match the request payload.')
  }
}

async function signatureOf(
  request: SignedRequest,
  claimed: Authorization,
  session: Session,
  date: Date,
): Promise<string> {
  const headers: Record<string, string> = {}
  for (const name of claimed.signedHeaders) {
    // A header that is named but not there counts as empty.
    const value = request.headers[name] ?? ''
    headers[name] = Array.isArray(value) ? value.join(',') : value
  }
  const signer = new SignatureV4({
    service: claimed.service,
    region: claimed.region,
    credentials: session,
    sha256: Sha256,
    applyChecksum: false,
  })
  const { method, path, query, body } = request
  const signed = await signer.sign(
    new HttpRequest({ method, path, query: { ...query }, headers, body }),
    { signingDate: date, signableHeaders: new Set(claimed.signedHeaders) },
  )
  return parseAuthorization(signed.headers.authorization).signature
}
