import type { LoadedConfig } from './load.ts'

type ProviderKey = keyof LoadedConfig['providers'][number]

/** The names of options as the operator typed them. */
export type OptionNames = Readonly<{
  /** `publicUrl` where the file has it, else `GATEWAY_PUBLIC_URL`. */
  option: (key: keyof LoadedConfig) => string
  /** `providers[0].issuer` in a file, else `OIDC_ISSUER`. */
  providerOption: (index: number, key: ProviderKey) => string
}>

/**
 * Values that are fine alone and cannot work together or at this time, or that weaken security without saying so. `now` in
 * milliseconds since the epoch.
 */
export function contradictions(
  config: LoadedConfig,
  now: number,
  names: OptionNames,
): readonly string[] {
  const { option, providerOption } = names
  const problems: string[] = []
  const targets = Object.keys(config.targets)
  if (!targets.includes('default')) problems.push('targets: the target "default" is missing')

  const unsafe = (url: string) => url.startsWith('http:') && !isLoopback(new URL(url).hostname)
  for (const [index, provider] of config.providers.entries()) {
    const issuerOption = providerOption(index, 'issuer')
    if (unsafe(provider.issuer) && !config.dangerouslyAllowHttpIssuer) {
      problems.push(
        `${issuerOption}: must be https; set GATEWAY_DANGEROUSLY_ALLOW_HTTP_ISSUER=true to accept ${provider.issuer}`,
      )
    }
    if (config.providers.findIndex(({ issuer }) => issuer === provider.issuer) !== index) {
      problems.push(`${issuerOption}: ${provider.issuer} is listed twice`)
    }
    problems.push(...providerProblems((key) => providerOption(index, key), provider))
  }
  if (new URL(config.publicUrl).port === '0') {
    problems.push(`${option('publicUrl')}: is missing; with GATEWAY_PORT 0 it cannot be guessed`)
  }
  if (unsafe(config.publicUrl) && !config.dangerouslyAllowHttpPublicUrl) {
    problems.push(
      `${option('publicUrl')}: must be https; set GATEWAY_DANGEROUSLY_ALLOW_HTTP_PUBLIC_URL=true to go without`,
    )
  }
  const sealed = config.upstreamSealKeys.length > 0
  if (unsafe(config.upstreamUrl) && !sealed && !config.dangerouslyAllowHttpUpstream) {
    problems.push(
      `${option('upstreamUrl')}: must be https or on this machine, for credentials travel to it; set UPSTREAM_SEAL_KEYS, or GATEWAY_DANGEROUSLY_ALLOW_HTTP_UPSTREAM=true where the network between is closed`,
    )
  }

  if (
    config.stsEndpoint !== undefined &&
    unsafe(config.stsEndpoint) &&
    !config.dangerouslyAllowHttpSts
  ) {
    problems.push(
      `${option('stsEndpoint')}: must be https or on this machine, for tokens and credentials travel to it; set GATEWAY_DANGEROUSLY_ALLOW_HTTP_STS=true to go without`,
    )
  }

  problems.push(...loginProblems(config, now, names))
  for (const [name, target] of Object.entries(config.targets)) {
    if (target.regions !== undefined && !target.regions.includes(target.region)) {
      problems.push(`targets.${name}.regions: must hold its region ${target.region}`)
    }
  }
  if (config.headersTimeoutMs > config.requestTimeoutMs) {
    problems.push(`${option('headersTimeoutMs')}: must not be more than GATEWAY_REQUEST_TIMEOUT_MS`)
  }
  if (config.trustedProxies.some(({ prefix }) => prefix === 0)) {
    problems.push(
      `${option('trustedProxies')}: must not hold every address, for then a client writes its own into X-Forwarded-For; name the networks of your proxies`,
    )
  }
  if (config.refreshAheadSeconds < config.minimumCredentialSeconds) {
    problems.push(
      `${option('refreshAheadSeconds')}: must not be less than GATEWAY_MINIMUM_CREDENTIAL_SECONDS`,
    )
  }
  if (config.minimumCredentialSeconds >= 900) {
    problems.push(
      `${option('minimumCredentialSeconds')}: must be less than 900, the shortest session that STS issues`,
    )
  }
  return problems
}

/** Whether a host name or address can only be this machine. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    hostname === '::1' ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
  )
}

/** Who writes "now" into an option may have a clock that is ahead of the gateway's. */
const CLOCK_DIFFERENCE_MS = 5 * 60 * 1000

/** What the login facade needs, and what is for it alone. */
function loginProblems(
  { loginMode, sealKeys, upstreamSealKeys, revokeBefore, providers }: LoadedConfig,
  now: number,
  { option, providerOption }: OptionNames,
): readonly string[] {
  if (loginMode === 'direct') return []
  const problems: string[] = []
  if (revokeBefore !== undefined && Date.parse(revokeBefore) > now + CLOCK_DIFFERENCE_MS) {
    problems.push(
      `${option('revokeBefore')}: ${revokeBefore} is still to come, so nobody could sign in until then; it is ${new Date(now).toISOString()}`,
    )
  }
  if (sealKeys.length === 0) {
    problems.push(
      `${option('sealKeys')}: is missing; LOGIN_MODE=facade needs a key: openssl rand -base64 32`,
    )
  }
  const keyOf = (text: string) => Buffer.from(text, 'base64').toString('base64')
  const upstreamKeys = new Set(upstreamSealKeys.map(keyOf))
  if (sealKeys.some((text) => upstreamKeys.has(keyOf(text)))) {
    problems.push(
      `${option('sealKeys')}: must share no key with UPSTREAM_SEAL_KEYS, which the MCP server has: it could open and make the tokens of everybody; make another one: openssl rand -base64 32`,
    )
  }
  const login = providers.map((provider, index) => ({
    ...provider,
    clientIdsOption: providerOption(index, 'clientIds'),
  }))
  const people = login.filter(({ provider, signIn }) => signIn && provider !== 'aws-iam')
  if (people.length === 0 && providers.length > 0) {
    problems.push('providers: none of them signs people in, as LOGIN_MODE=facade needs')
  }
  for (const { clientIdsOption, clientIds } of people) {
    if (clientIds.length > 0) continue
    problems.push(
      `${clientIdsOption}: is missing; LOGIN_MODE=facade signs in as the gateway's own client; in a file, signIn: false where only machines have tokens of the issuer`,
    )
  }
  return problems
}

/** What each provider's tokens make impossible. */
function providerProblems(
  option: (key: ProviderKey) => string,
  provider: LoadedConfig['providers'][number],
): readonly string[] {
  const { provider: preset, issuer, audience, clientIds } = provider
  const { pathname } = new URL(issuer)
  const problems: string[] = []
  if (preset === 'okta' && !pathname.includes('/oauth2/')) {
    problems.push(
      `${option('issuer')}: is Okta's org authorization server, whose tokens only Okta may read; use a custom one: https://{org}/oauth2/default`,
    )
  }
  if (preset === 'okta' && audience.length === 0) {
    problems.push(
      `${option('audience')}: is missing; an Okta token names the audience of its authorization server, such as api://default`,
    )
  }
  if (preset === 'auth0' && !issuer.endsWith('/')) {
    problems.push(`${option('issuer')}: an Auth0 issuer ends with a slash: ${issuer}/`)
  }
  if (preset === 'entra' && /^\/(common|organizations|consumers)\//i.test(pathname)) {
    problems.push(
      `${option('issuer')}: is for every tenant, so its tokens name other issuers; use your tenant's: https://login.microsoftonline.com/{tenant id}/v2.0`,
    )
  }
  if (preset === 'entra' && audience.length === 0) {
    problems.push(
      `${option('audience')}: is missing; a token of Entra ID names the application id of the API`,
    )
  }
  if (preset === 'google' && clientIds.length === 0) {
    problems.push(
      `${option('clientIds')}: is missing; a Google ID token is for the client that asked for it`,
    )
  }
  const halves = [provider.introspectionClientId, provider.introspectionClientSecret]
  if (halves.filter((half) => half !== undefined).length === 1) {
    problems.push(
      `${option('introspectionClientId')}: belongs together with ${option('introspectionClientSecret')}; one of them is missing`,
    )
  }
  return problems
}
