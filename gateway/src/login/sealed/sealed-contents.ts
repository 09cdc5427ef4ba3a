import { createHash } from 'node:crypto'
import { z } from 'zod'
import { createSealedValue, type SealedValue, type SealOptions } from './sealed-value.ts'

/** What a client asked for, from the authorization request until its code is redeemed. */
const REQUEST = {
  /** Hash of the client id: the id itself may be long. */
  client: z.string(),
  redirectUri: z.string(),
  /** The S256 code challenge (RFC 7636 §4.2). */
  challenge: z.string(),
  /** The name of the target whose resource the tokens are for. */
  target: z.string(),
}

/** What is left of it when the person comes back from the issuer. */
const LOGIN = {
  ...REQUEST,
  /** The client's `state`; undefined where it sent none. */
  state: z.string().optional(),
  /** What the client is called, for the audit record. */
  clientName: z.string(),
}

const Consent = z.object({
  ...LOGIN,
  /** Id of the transaction; the cookie of the browser that it was shown to is named after it. */
  id: z.string(),
  /** Hash of that cookie's value. */
  browser: z.string(),
})

const Login = z.object({
  ...LOGIN,
  /** The issuer that was chosen. */
  issuer: z.string(),
  /** The PKCE verifier and the nonce of the gateway's own request to the issuer. */
  verifier: z.string(),
  nonce: z.string(),
})

const Code = z.object({
  ...REQUEST,
  clientName: z.string(),
  issuer: z.string(),
  verifier: z.string(),
  nonce: z.string(),
  /** The issuer's own code, unredeemed: the issuer lets it be redeemed once. */
  code: z.string(),
  /** `iss` of the issuer's answer, where it sends one (RFC 9207). */
  iss: z.string().optional(),
  /** `state` of the gateway's own request, which the issuer's answer repeats. */
  upstreamState: z.string(),
})

const Access = z.object({
  client: z.string(),
  target: z.string(),
  issuer: z.string(),
  /** Id of the sign-in that the token comes from. */
  family: z.string(),
  /** The issuer's token that says who the person is. */
  identity: z.string(),
  /** The issuer's token that goes to STS, where it is another. */
  proof: z.string().optional(),
})

const Refresh = z.object({
  client: z.string(),
  target: z.string(),
  issuer: z.string(),
  family: z.string(),
  /** The issuer's refresh token. */
  token: z.string(),
  /** Makes every refresh token another, so that a repeated one is recognized. */
  id: z.string(),
  /** The ID token in use, where one is: the issuer need not give another with a refresh. */
  idToken: z.string().optional(),
  /** `sub` of the ID token of the sign-in; it must not change with a refresh (OpenID Connect Core §12.2). */
  subject: z.string().optional(),
})

const Registration = z.object({
  redirectUris: z.array(z.string()),
  name: z.string().optional(),
  /** How the client authenticates at the token endpoint (RFC 7591 §2). */
  method: z.enum(['none', 'client_secret_basic', 'client_secret_post']),
})

export type ConsentContent = z.infer<typeof Consent>
export type LoginContent = z.infer<typeof Login>
export type CodeContent = z.infer<typeof Code>
export type AccessContent = z.infer<typeof Access>
export type RefreshContent = z.infer<typeof Refresh>
export type RegistrationContent = z.infer<typeof Registration>

/** Everything that the authorization server gives away and takes back instead of storing it. */
export type SealedContents = Readonly<{
  client: SealedValue<RegistrationContent>
  consent: SealedValue<ConsentContent>
  login: SealedValue<LoginContent>
  code: SealedValue<CodeContent>
  access: SealedValue<AccessContent>
  refresh: SealedValue<RefreshContent>
}>

/** Seals and opens each of them under keys of its own. */
export function createSealedContents(options: SealOptions): SealedContents {
  return {
    client: createSealedValue('client', Registration, options),
    consent: createSealedValue('consent', Consent, options),
    login: createSealedValue('login', Login, options),
    code: createSealedValue('code', Code, options),
    access: createSealedValue('access', Access, options),
    refresh: createSealedValue('refresh', Refresh, options),
  }
}

/** A short stand-in for a client id or a browser's secret, for comparison. */
export function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
