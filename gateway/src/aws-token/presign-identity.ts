import { Sha256 } from '@aws-crypto/sha256-js'
import { HttpRequest } from '@smithy/protocol-http'
import { SignatureV4 } from '@smithy/signature-v4'
import { AWS_IAM_PREFIX, BINDING_HEADER } from '../token/aws-iam.ts'

/** Credentials of whoever wants to be known, static or temporary. */
export type SigningCredentials = Readonly<{
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string | undefined
}>

/**
 * A bearer token for a gateway with the provider `aws-iam`: a presigned GetCallerIdentity that signs the protected
 * resource it is for, so that no other gateway can use it. `expiresSeconds` is its life from `now`.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 */
export async function presignIdentity(options: {
  credentials: SigningCredentials
  region: string
  /** Another STS than AWS's own. */
  endpoint: string | undefined
  resource: string
  expiresSeconds: number
  now: Date
}): Promise<string> {
  const { region, resource, credentials } = options
  const suffix = region.startsWith('cn-') ? '.cn' : ''
  const endpoint = new URL(options.endpoint ?? `https://sts.${region}.amazonaws.com${suffix}`)
  const signer = new SignatureV4({
    service: 'sts',
    region,
    sha256: Sha256,
    credentials: {
      accessKeyId: credentials.accessKeyId,
      secretAccessKey: credentials.secretAccessKey,
      ...(credentials.sessionToken === undefined ? {} : { sessionToken: credentials.sessionToken }),
    },
  })
  const signed = await signer.presign(
    new HttpRequest({
      method: 'GET',
      protocol: endpoint.protocol,
      hostname: endpoint.hostname,
      ...(endpoint.port === '' ? {} : { port: Number(endpoint.port) }),
      path: '/',
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      headers: { host: endpoint.host, [BINDING_HEADER]: resource },
    }),
    {
      expiresIn: options.expiresSeconds,
      signingDate: options.now,
      // Headers are moved into the query unless they must stay: this one is sent, and checked, as a header.
      unhoistableHeaders: new Set([BINDING_HEADER]),
    },
  )
  const url = new URL('/', endpoint)
  for (const [name, value] of Object.entries(signed.query ?? {})) {
    url.searchParams.set(name, Array.isArray(value) ? value.join(',') : (value ?? ''))
  }
  return AWS_IAM_PREFIX + Buffer.from(url.href).toString('base64url')
}
