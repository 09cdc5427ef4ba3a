import type { IncomingHttpHeaders } from 'node:http'
import { Sha256 } from '@aws-crypto/sha256-js'
import { HttpRequest } from '@smithy/protocol-http'
import { SignatureV4 } from '@smithy/signature-v4'
import type { Session } from '../call.ts'
import { basicFormat, invalidSignature, parseBasicFormat, sameText, validSession } from './proof.ts'

const WEEK_SECONDS = 604_800

/** Parameters that the signature is made with or carries, and not part of the call itself. */
const OF_THE_SIGNATURE = /^X-Amz-(Algorithm|Credential|Date|Expires|SignedHeaders|Signature)$/

/** Whether a request is signed in its address and not in a header. */
export function isPresigned(query: URLSearchParams): boolean {
  return query.has('X-Amz-Signature')
}

/**
 * Proves that an address was presigned with the secret of a session that is still valid, and that it has not run out.
 * Headers that it names as signed must be what they were. Gives the session and the region of the credential scope.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 */
export async function verifyPresigned(
  request: Readonly<{ method: string; url: URL; headers: IncomingHttpHeaders }>,
  findSession: (accessKeyId: string) => Session | undefined,
  now: Date,
): Promise<Readonly<{ session: Session; region: string }>> {
  const query = request.url.searchParams
  const [accessKeyId = '', day = '', region = '', service = '', terminator = ''] = (
    query.get('X-Amz-Credential') ?? ''
  ).split('/')
  const token = query.get('X-Amz-Security-Token')
  const session = validSession(findSession(accessKeyId), token, now)
  const date = parseBasicFormat(query.get('X-Amz-Date') ?? '')
  if (date === undefined) throw invalidSignature("Date must be in ISO-8601 'basic format'.")
  const expires = Number(query.get('X-Amz-Expires'))
  const inScope =
    service === 'sts' && terminator === 'aws4_request' && day === basicFormat(date).slice(0, 8)
  if (!inScope || !Number.isInteger(expires) || expires < 1 || expires > WEEK_SECONDS) {
    throw invalidSignature('The request signature does not fit this service, date or life.')
  }
  if (now.getTime() > date.getTime() + expires * 1000) throw invalidSignature('Signature expired')
  const signedHeaders = (query.get('X-Amz-SignedHeaders') ?? '').split(';')
  if (!signedHeaders.includes('host')) throw invalidSignature("'host' must be a 'SignedHeader'.")
  const expected = await signatureOf(request, { session, region, date, expires, signedHeaders })
  if (!sameText(query.get('X-Amz-Signature') ?? '', expected)) {
    throw invalidSignature(
      'The request signature we calculated does not match the signature you provided.',
    )
  }
  return { session, region }
}

async function signatureOf(
  request: Readonly<{ method: string; url: URL; headers: IncomingHttpHeaders }>,
  scope: Readonly<{
    session: Session
    region: string
    date: Date
    expires: number
    signedHeaders: readonly string[]
  }>,
): Promise<string> {
  const { session, region, date, expires, signedHeaders } = scope
  const query = Object.fromEntries(
    [...request.url.searchParams].filter(
      ([name]) => !OF_THE_SIGNATURE.test(name) && name !== 'X-Amz-Security-Token',
    ),
  )
  const headers: Record<string, string> = {}
  for (const name of signedHeaders) headers[name] = String(request.headers[name] ?? '')
  const signer = new SignatureV4({ service: 'sts', region, credentials: session, sha256: Sha256 })
  const signed = await signer.presign(
    new HttpRequest({ method: request.method, path: request.url.pathname, query, headers }),
    {
      expiresIn: expires,
      signingDate: date,
      signableHeaders: new Set(signedHeaders),
      unhoistableHeaders: new Set(signedHeaders),
    },
  )
  return String(signed.query?.['X-Amz-Signature'] ?? '')
}
