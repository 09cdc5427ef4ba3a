import type { Hint } from '../hints.ts'
import type { Provider } from './provider.ts'

/**
 * Why an unknown issuer may be meant for a configured one, where the two differ in a known way. That it is on the host
 * of one says least, so it counts only where nothing better is found.
 */
export function issuerHint(
  issuer: string,
  providers: ReadonlyArray<Pick<Provider, 'issuer' | 'preset'>>,
): Hint | undefined {
  const hints = providers.map((provider) => difference(issuer, provider))
  const known = hints.filter((hint) => hint !== undefined)
  return known.find((hint) => hint !== 'issuer_other_tenant') ?? known[0]
}

function difference(
  named: string,
  { issuer, preset }: Pick<Provider, 'issuer' | 'preset'>,
): Hint | undefined {
  if (withoutSlash(named) === withoutSlash(issuer)) return 'issuer_slash'
  if (withoutSlash(named).toLowerCase() === withoutSlash(issuer).toLowerCase()) {
    return 'issuer_letter_case'
  }
  const theirs = parse(named)
  const ours = parse(issuer)
  if (theirs === undefined || ours === undefined) return undefined
  if (preset === 'cognito' && isOtherCognitoHost(theirs, ours)) return 'issuer_cognito_host'
  if (preset === 'entra') {
    const versions = entraVersions(theirs, ours)
    if (versions !== undefined) return versions
  }
  if (theirs.host !== ours.host) return undefined
  if (preset === 'okta' && !theirs.pathname.includes('/oauth2/')) return 'issuer_okta_org'
  return 'issuer_other_tenant'
}

function withoutSlash(text: string): string {
  return text.replace(/\/$/, '')
}

function parse(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}

/** A user pool has an issuer on each of two hosts: `cognito-idp.{region}…` and `issuer-cognito-idp.{region}…`. */
function isOtherCognitoHost(theirs: URL, ours: URL): boolean {
  const plain = (url: URL) => url.host.replace(/^issuer-/, '')
  return (
    theirs.host !== ours.host && plain(theirs) === plain(ours) && theirs.pathname === ours.pathname
  )
}

/** Entra ID names the tenant in both of its issuers: `sts.windows.net/{tenant}/` and `…/{tenant}/v2.0`. */
function entraVersions(theirs: URL, ours: URL): Hint | undefined {
  const tenant = (url: URL) => /\/([0-9a-f-]{36})(?:\/|$)/i.exec(url.pathname)?.[1]?.toLowerCase()
  const isV2 = (url: URL) => withoutSlash(url.pathname).endsWith('/v2.0')
  const same = tenant(theirs) !== undefined && tenant(theirs) === tenant(ours)
  if (!same || isV2(theirs) === isV2(ours)) return undefined
  return isV2(theirs) ? 'issuer_entra_v2' : 'issuer_entra_v1'
}
