import type { JWTPayload } from 'jose'
import { audiencesOf } from '../token/audience.ts'

/** What AssumeRoleWithWebIdentity will make of a token, as far as its header and claims tell. */
export type StsPrediction = Readonly<{
  accepted: boolean
  /** Why, in words. */
  because: string
  /** The entry that the client ids of the account's IAM OIDC provider need. */
  clientId?: string
}>

/** STS verifies RSA and elliptic-curve signatures, but neither PS* nor EdDSA. */
const ALGORITHMS = /^(RS|ES)(256|384|512)$/
const REQUIRED = ['iss', 'sub', 'aud', 'iat', 'exp'] as const

/**
 * Predicts how STS judges a token: signature algorithm, required claims, and the audience rule, by which `azp`, if there
 * is one, counts instead of `aud`, and without it there must be exactly one audience.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
 */
export function predictSts(algorithm: string | undefined, claims: JWTPayload): StsPrediction {
  if (algorithm === undefined || !ALGORITHMS.test(algorithm)) {
    return refused(`STS does not verify ${algorithm ?? 'tokens without alg'}; it takes RS* and ES*`)
  }
  const missing = REQUIRED.filter((name) => claims[name] === undefined)
  if (missing.length > 0) {
    const how = missing.includes('aud')
      ? '; bind the token to a resource (Cognito: send resource when signing in) or use an ID token'
      : ''
    return refused(`STS misses the claim ${missing.join(', ')}${how}`)
  }
  for (const name of ['iat', 'exp'] as const) {
    if (!Number.isInteger(claims[name])) return refused(`STS wants whole seconds in ${name}`)
  }
  const { azp } = claims
  if (typeof azp === 'string' && azp !== '') {
    return {
      accepted: true,
      because: 'the token has azp, so STS compares the client and not the audience',
      clientId: azp,
    }
  }
  const audiences = audiencesOf(claims)
  const [audience] = audiences
  if (audience === undefined || audiences.length > 1) {
    return refused(
      `STS wants one audience where there is no azp, and the token has ${audiences.length}; at Auth0 leave out the scope openid`,
    )
  }
  return { accepted: true, because: 'STS compares the audience', clientId: audience }
}

function refused(because: string): StsPrediction {
  return { accepted: false, because }
}
