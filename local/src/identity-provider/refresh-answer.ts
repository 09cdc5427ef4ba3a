import type { KoaContextWithOIDC } from 'oidc-provider'

import type { Dress } from './dress.ts'

type Oidc = Pick<KoaContextWithOIDC['oidc'], 'client' | 'params'>

/** Whether a refresh gives a new token. A public client always gets one (OAuth 2.1 §4.3.1). */
export function rotates(dress: Pick<Dress, 'refreshGives'>, client: Oidc['client']): boolean {
  return (
    dress.refreshGives === 'new' ||
    dress.refreshGives === 'another' ||
    client?.clientAuthMethod === 'none'
  )
}

/** Whether the answer of the token endpoint has the refresh token, which the library repeats where it is not new. */
export function tellsRefreshToken(dress: Pick<Dress, 'refreshGives'>, oidc: Oidc): boolean {
  return (
    oidc.params?.grant_type !== 'refresh_token' ||
    dress.refreshGives === 'same' ||
    rotates(dress, oidc.client)
  )
}
