import type { Answer } from '../errors.ts'

/**
 * The value of `WWW-Authenticate` for a refusal (RFC 6750 §3, RFC 9728 §5.1): where the metadata is, which scopes are
 * needed, and what is wrong with the token if one was sent. `scopes` are all that the operation needs, not only the
 * missing ones (MCP, "Scope Challenge Handling").
 */
export function challenge(
  answer: Readonly<{ error?: Answer['error'] | undefined; text: string }>,
  options: Readonly<{ metadataUrl: string; scopes: readonly string[] }>,
): string {
  const parameters: Array<readonly [string, string]> = []
  if (answer.error !== undefined) {
    parameters.push(['error', answer.error], ['error_description', answer.text])
  }
  parameters.push(['resource_metadata', options.metadataUrl])
  // Refresh tokens are between client and issuer (MCP, "Refresh Tokens").
  const scopes = options.scopes.filter((scope) => scope !== 'offline_access')
  if (scopes.length > 0) parameters.push(['scope', scopes.join(' ')])
  return `Bearer ${parameters.map(([name, value]) => `${name}="${quotable(value)}"`).join(', ')}`
}

/** `error_description` allows neither quote nor backslash (RFC 6750 §3); the other values have none. */
function quotable(value: string): string {
  return value.replaceAll(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, "'")
}
