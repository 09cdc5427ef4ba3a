import type { RoleBinding } from '../role/role-binding.ts'
import type { AwsCredentials } from './aws-credentials.ts'

/** Who asks STS, for which role, with what proof. */
export type ExchangeRequest = Readonly<{
  /** The issuer's verified token that goes to STS. */
  token: string
  /** The end of the token, in milliseconds since the epoch. */
  tokenExpiresAt: number
  issuer: string
  subject: string
  clientId: string | undefined
  groups: readonly string[]
  scopes: readonly string[]
  /** All claims of that token: STS decides by some of them. */
  claims: Readonly<Record<string, unknown>>
  role: RoleBinding
}>

/**
 * Turns a verified identity into a role session; rejects with a `GatewayError`. Whoever gives a signal stops waiting when
 * it aborts, and is then told its reason.
 */
export type Exchange = (request: ExchangeRequest, signal?: AbortSignal) => Promise<AwsCredentials>
