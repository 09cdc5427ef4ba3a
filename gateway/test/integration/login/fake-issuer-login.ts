import { createHash } from 'node:crypto'
import type { IssuerLogin } from '../../../src/login/issuer/issuer-login.ts'
import { OAuthError } from '../../../src/login/oauth-error.ts'

export type FakeIssuerLogin = IssuerLogin &
  Readonly<{
    /** A code for the sign-in that an authorization URL started. */
    codeFor(url: URL): string
    /** Codes that were redeemed, in order. */
    redeemed: readonly string[]
    revoked: readonly string[]
    /** Everything rejects as if the issuer were down. */
    setDown(down: boolean): void
    /** `iss` that its answers must carry. */
    setIss(iss: string | undefined): void
  }>

/** An issuer that keeps its rules: a code is good once, for the request that it was made for. */
export function fakeIssuerLogin(issuer: string, now: () => number): FakeIssuerLogin {
  const asked = new Map<string, URL>()
  const redeemed: string[] = []
  const revoked: string[] = []
  const refreshTokens = new Set<string>()
  let down = false
  let expectedIss: string | undefined
  let count = 0

  const orDown = () => {
    if (down) throw new OAuthError('temporarily_unavailable', 'the identity provider is down')
  }
  const tokens = () => {
    count += 1
    const refreshToken = `issuer-refresh-${count}`
    refreshTokens.add(refreshToken)
    return {
      identity: `issuer-identity-${count}`,
      proof: undefined,
      refreshToken,
      expiresAt: now() + 3_600_000,
    }
  }

  return {
    issuer,
    preset: 'generic',
    name: `Example (${new URL(issuer).host})`,
    authorizationUrl: async ({ state, nonce, verifier, resource }) => {
      orDown()
      const url = new URL(`${issuer}/authorize`)
      url.search = new URLSearchParams({
        response_type: 'code',
        state,
        nonce,
        code_challenge: challengeOf(verifier),
        resource,
      }).toString()
      return url
    },
    acceptsIss: async (iss) => expectedIss === undefined || iss === expectedIss,
    redeem: async ({ code, state, verifier, nonce, resource }) => {
      orDown()
      const url = asked.get(code)
      asked.delete(code)
      const sound =
        url?.searchParams.get('state') === state &&
        url.searchParams.get('nonce') === nonce &&
        url.searchParams.get('resource') === resource &&
        url.searchParams.get('code_challenge') === challengeOf(verifier)
      if (!sound) throw new OAuthError('invalid_grant', 'the code is not good')
      redeemed.push(code)
      return tokens()
    },
    refresh: async (refreshToken) => {
      orDown()
      if (!refreshTokens.delete(refreshToken)) {
        throw new OAuthError('invalid_grant', 'the refresh token is not good')
      }
      return tokens()
    },
    revoke: async (refreshToken) => {
      orDown()
      revoked.push(refreshToken)
      refreshTokens.delete(refreshToken)
    },
    codeFor: (url) => {
      const code = `issuer-code-${asked.size + redeemed.length + 1}`
      asked.set(code, url)
      return code
    },
    redeemed,
    revoked,
    setDown: (value) => {
      down = value
    },
    setIss: (iss) => {
      expectedIss = iss
    },
  }
}

/** The S256 challenge of a verifier (RFC 7636 §4.2). */
export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url')
}
