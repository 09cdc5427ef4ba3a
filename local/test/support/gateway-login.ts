/** The parts of the built gateway that sign people in at an issuer, as far as tests here use them. */

export type IssuerTokens = Readonly<{
  identity: string
  proof: string | undefined
  refreshToken: string | undefined
  expiresAt: number
  idToken?: string | undefined
  subject?: string | undefined
}>

export type IssuerLogin = Readonly<{
  name: string
  authorizationUrl(
    request: Readonly<{ state: string; nonce: string; verifier: string; resource: string }>,
  ): Promise<URL>
  acceptsIss(iss: string | undefined): Promise<boolean>
  redeem(
    answer: Readonly<{
      code: string
      iss: string | undefined
      state: string
      verifier: string
      nonce: string
      resource: string
    }>,
  ): Promise<IssuerTokens>
  refresh(
    refreshToken: string,
    resource: string,
    previous?: Readonly<{ idToken: string | undefined; subject: string | undefined }>,
  ): Promise<IssuerTokens>
  revoke(refreshToken: string): Promise<void>
}>

type IssuerLoginOptions = Readonly<{
  preset: string
  issuer: string
  clientId: string
  clientSecret?: string
  scopes: readonly string[]
  audience: readonly string[]
  callbackUrl: string
  timeoutMs: number
  now: () => number
}>

type Issued = Readonly<{
  answer: Readonly<{ access_token: string; expires_in: number; refresh_token?: string }>
}>

type IssueTokens = (
  grant: Readonly<{ client: string; target: string; issuer: string; family: string }>,
  tokens: IssuerTokens,
) => Promise<Issued>

type GatewayLogin = Readonly<{
  createIssuerLogin: (options: IssuerLoginOptions) => IssuerLogin
  createSealedContents: (
    options: Readonly<{
      keys: readonly Uint8Array[]
      audience: string
      revokeBefore: undefined
      now: () => number
    }>,
  ) => unknown
  createIssueTokens: (
    options: Readonly<{
      contents: unknown
      scopesOf: (issuer: string) => readonly string[]
      accessTokenSeconds: number
      refreshTokenSeconds: number
      newId: () => string
      now: () => number
    }>,
  ) => IssueTokens
}>

/** Loads them; `tsc -b` has built the gateway, which shares no types with this workspace. */
export async function loadGatewayLogin(): Promise<GatewayLogin> {
  const parts = await Promise.all(
    ['issuer/create-issuer-login', 'sealed/sealed-contents', 'tokens/issue-tokens'].map((name) => {
      const url = new URL(`../../../../gateway/dist/src/login/${name}.js`, import.meta.url)
      return import(url.href)
    }),
  )
  return Object.assign({}, ...parts)
}
