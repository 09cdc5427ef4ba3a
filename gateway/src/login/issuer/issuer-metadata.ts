/** What the gateway needs of an issuer's metadata (RFC 8414 §2) to sign people in there. */
export type LoginMetadata = Readonly<{
  scopesSupported: readonly string[]
  /** Undefined where the issuer does not say. */
  secretMethodsSupported: readonly string[] | undefined
  /** Whether each authorization response carries `iss` (RFC 9207 §3). */
  sendsIss: boolean
  hasRevocation: boolean
}>

const ENDPOINTS = [
  { name: 'authorization_endpoint', required: true },
  { name: 'token_endpoint', required: true },
  { name: 'revocation_endpoint', required: false },
] as const

/**
 * Reads and judges an issuer's metadata; whose it is has been checked before. Throws an `Error` in words for the log
 * where an endpoint is missing, is neither https nor on the issuer's own http origin, or carries credentials or a
 * fragment (RFC 6749 §3.1), and where the issuer lists methods of PKCE without S256. An issuer that lists none may well
 * have it (Cognito, Entra ID), and one that has not ignores the parameters.
 */
export function readLoginMetadata(
  document: Readonly<Record<string, unknown>>,
  issuer: string,
): LoginMetadata {
  for (const { name, required } of ENDPOINTS) {
    const value = document[name]
    if (value === undefined && !required) continue
    const problem = endpointProblem(value, new URL(issuer))
    if (problem !== undefined) throw new Error(`its ${name} ${problem}`)
  }
  const pkceMethods = textsIn(document.code_challenge_methods_supported)
  if (pkceMethods !== undefined && !pkceMethods.includes('S256')) {
    throw new Error('it lists methods of PKCE, and S256 is not among them')
  }
  return {
    scopesSupported: textsIn(document.scopes_supported) ?? [],
    secretMethodsSupported: textsIn(document.token_endpoint_auth_methods_supported),
    sendsIss: document.authorization_response_iss_parameter_supported === true,
    hasRevocation: document.revocation_endpoint !== undefined,
  }
}

function endpointProblem(value: unknown, issuer: URL): string | undefined {
  if (value === undefined) return 'is missing'
  if (typeof value !== 'string' || !URL.canParse(value)) return 'is no URL'
  const url = new URL(value)
  const isOwnHttp = url.protocol === 'http:' && url.origin === issuer.origin
  if (url.protocol !== 'https:' && !isOwnHttp) {
    return 'is neither https nor on the origin of the issuer'
  }
  if (url.username !== '' || url.password !== '') return 'carries credentials'
  if (value.includes('#')) return 'has a fragment'
  return undefined
}

function textsIn(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined
  return value.filter((one) => typeof one === 'string')
}
