import { matchesHost } from './host-pattern.ts'

/** Which addresses a browser may be sent back to. */
export type RedirectUriRules = Readonly<{
  /** What is wrong with a redirect URI, in words for its author; undefined where it is allowed. */
  problemOf(uri: string): string | undefined
  /**
   * Whether the URI that was asked for is one of the registered ones: the very same text (RFC 9700 §4.1.3), or, for
   * `http` on this machine, the same but for its port (RFC 8252 §7.3). `localhost` and `127.0.0.1` are two hosts.
   */
  matches(registered: readonly string[], asked: string): boolean
  /**
   * Whether a browser may be sent there before its person has been asked anything: to this machine, and to what the
   * operator has listed. Anyone can register any other host and have links to it begin with the name of this gateway
   * (RFC 9700 §4.11.2).
   */
  isTrusted(uri: string): boolean
}>

/** Both it and the client's `state` have to fit into a cookie. Characters. */
const MAX_LENGTH = 1024

/** Visible ASCII without what no URI holds (RFC 3986 §2) and what readers take for different things. */
const CHARACTERS = /^[!$-)+-;=?-[\]_a-z~]*$/
/** Schemes under which a browser runs or reads what it is given. */
const SCRIPT_SCHEME = /^(?:javascript|data|vbscript|file|blob|about|filesystem|view-source):/i
const WEB = /^(https?):\/\/([^/?]*)(\/[^?]*)?(\?.*)?$/
const HOST_NAME = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/
const LOOPBACK = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?(\/[^?]*)?(\?.*)?$/
const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])
/** Encoded dots, separators and control characters: two readers of one path could see two. */
const AMBIGUOUS_PATH = /%(?:2e|2f|5c|7f|[01][0-9a-f])|\/\.{1,2}(?:[/;]|$)|\/{2}/i
/** What the answer adds; a second one of them would be somebody else's (RFC 6749 §4.1.2, RFC 9207 §2). */
const ANSWER_PARAMETERS: ReadonlySet<string> = new Set([
  'code',
  'state',
  'iss',
  'error',
  'error_description',
  'error_uri',
])

/**
 * The rules for redirect URIs (MCP authorization, "Communication Security"; RFC 9700 §2.1): `https` anywhere, or at the
 * hosts that `hosts` name where there are any (`example.com`, `*.example.com`); `http` on this machine only; any other scheme only
 * as one of `customUris`, to the letter. A URI must be written the one canonical way, so that what is compared, what a
 * person is shown and where the browser goes are the same.
 */
export function createRedirectUriRules(options: {
  /** Each of them without a `customUriProblem`. */
  customUris: readonly string[]
  hosts: readonly string[]
  /** The gateway's own origin: no client lives there, and a consent page that names it would be believed. */
  ownOrigin?: string
}): RedirectUriRules {
  const customUris = new Set(options.customUris)
  const isHostAllowed = (host: string) =>
    options.hosts.length === 0 || options.hosts.some((pattern) => matchesHost(host, pattern))

  return {
    problemOf: (uri) => {
      const problem = textProblem(uri)
      if (problem !== undefined || customUris.has(uri)) return problem
      return webProblem(uri, isHostAllowed, options.ownOrigin)
    },
    matches: (registered, asked) => {
      if (registered.includes(asked)) return true
      const loopback = withoutPort(asked)
      return loopback !== undefined && registered.some((uri) => withoutPort(uri) === loopback)
    },
    isTrusted: (uri) =>
      customUris.has(uri) || destinationOf(uri).onThisComputer || options.hosts.length > 0,
  }
}

/** Where a redirect URI leads, for people: a host, with its port if it has one, or the scheme of an app (`cursor:`). */
export function destinationOf(uri: string): Readonly<{ to: string; onThisComputer: boolean }> {
  const url = new URL(uri)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return { to: url.protocol, onThisComputer: false }
  }
  return { to: url.host, onThisComputer: LOOPBACK_HOSTS.has(url.hostname) }
}

/**
 * What is wrong with a URI that an operator lists for an app with a scheme of its own, in words; undefined where it may
 * be listed. One that would run in the browser may not.
 */
export function customUriProblem(uri: string): string | undefined {
  const problem = textProblem(uri)
  if (problem !== undefined) return problem
  if (!/^[a-z][a-z0-9+.-]*:/.test(uri) || !URL.canParse(uri)) return 'it must be an absolute URI'
  return /^https?:/.test(uri) ? 'https and http URIs need not be listed' : undefined
}

function textProblem(uri: string): string | undefined {
  if (uri === '' || uri.length > MAX_LENGTH) return `it must have 1 to ${MAX_LENGTH} characters`
  if (uri.includes('#')) return 'it must not have a fragment'
  if (uri.includes('*')) return 'it must not have a wildcard'
  if (!CHARACTERS.test(uri)) {
    return 'it must be ASCII without spaces or backslashes (punycode for other host names)'
  }
  if (SCRIPT_SCHEME.test(uri)) return 'its scheme is not allowed'
  if (hasAnswerParameter(uri))
    return 'its query must leave code, state, iss and error to the answer'
  return undefined
}

function hasAnswerParameter(uri: string): boolean {
  const mark = uri.indexOf('?')
  if (mark === -1) return false
  const names = [...new URLSearchParams(uri.slice(mark + 1)).keys()]
  return names.some((name) => ANSWER_PARAMETERS.has(name.toLowerCase()))
}

function webProblem(
  uri: string,
  isHostAllowed: (host: string) => boolean,
  ownOrigin: string | undefined,
): string | undefined {
  const [matched, scheme, authority = '', path = ''] = WEB.exec(uri) ?? []
  if (matched === undefined) {
    return 'it must be https, http on this machine, or a custom URI that this gateway lists'
  }
  if (authority.includes('@')) return 'it must not have a user name'
  if (AMBIGUOUS_PATH.test(path)) {
    return 'its path must not have dot segments, empty segments or encoded separators'
  }
  if (!URL.canParse(uri)) return 'it is not a URL'
  const url = new URL(uri)
  // Upper case, a default port, a number for an address: whatever a browser would read as something else.
  if (url.href !== uri && url.href !== `${uri}/`) return 'it must be written in its canonical form'
  if (url.origin === ownOrigin) return 'it must not be an address of this gateway'
  if (LOOPBACK_HOSTS.has(url.hostname)) {
    return url.port === '0' ? 'its port must not be 0' : undefined
  }
  if (scheme === 'http') return 'http is for localhost, 127.0.0.1 and [::1] only'
  if (!HOST_NAME.test(url.hostname) || /^[\d.]+$/.test(url.hostname)) {
    return 'its host must be a name, without a dot at the end'
  }
  return isHostAllowed(url.hostname) ? undefined : 'this gateway does not allow its host'
}

/** An `http` URI on this machine without its port; undefined for any other. No path is the path `/` (RFC 9110 §4.2.3). */
function withoutPort(uri: string): string | undefined {
  const [matched, host, path = '/', query = ''] = LOOPBACK.exec(uri) ?? []
  return matched === undefined ? undefined : `${host}${path}${query}`
}
