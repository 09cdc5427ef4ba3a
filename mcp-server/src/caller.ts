import { randomUUID } from 'node:crypto'
import { REGION, REGION_NAME } from './config.ts'
import { ServerRefusal } from './errors.ts'

export type Credentials = Readonly<{
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string
}>

/** Who asks, as the headers of one request say it. */
export type Caller = Readonly<{
  /** `environment`: the request brought none and the operator lends the process's own (CREDENTIALS=environment). */
  credentials: Credentials | 'environment'
  expiration: Date | undefined
  /** The region of a call that names none. */
  region: string
  /** Every region that a call may name; the first is `region`. */
  regions: readonly string[]
  roleArn: string | undefined
  /** The account of the role; undefined when no role is named. */
  account: string | undefined
  /** Issuer and subject, percent-encoded as received. */
  principal: string | undefined
  /** Globs of the tools that the caller may see and call. */
  tools: readonly string[]
  requestId: string
  traceparent: string | undefined
}>

export type CallerOptions = Readonly<{
  credentials: 'request' | 'environment'
  /** Region of a request that names none. */
  region: string | undefined
  /** Further regions for a request that uses the process's own credentials; others bring their list. */
  regions?: readonly string[]
}>

/** The headers as Node lists them: name, value, name, value. */
export type RawHeaders = readonly string[]

const TRIPLE = ['x-aws-access-key-id', 'x-aws-secret-access-key', 'x-aws-session-token'] as const

/** Characters and lengths of what STS issues; wide enough for any partition, too narrow for a second header. */
const FORMS: Readonly<Record<(typeof TRIPLE)[number], RegExp>> = {
  'x-aws-access-key-id': /^[A-Za-z0-9_]{16,128}$/,
  'x-aws-secret-access-key': /^[A-Za-z0-9/+=]{16,128}$/,
  'x-aws-session-token': /^[A-Za-z0-9/+=._~-]{16,16384}$/,
}

const ISO_8601 = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)$/
const ROLE_ARN =
  /^arn:aws[a-z-]{0,20}:(?:iam|sts)::(\d{12}):(?:role|assumed-role)\/[\w+=,.@/-]{1,256}$/
const REGIONS = new RegExp(`^${REGION_NAME}(?:\\s*,\\s*${REGION_NAME}){0,63}$`)
const TOOL_GLOBS = /^[A-Za-z0-9_.*-]{0,128}(?:\s*,\s*[A-Za-z0-9_.*-]{0,128}){0,99}$/
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/

/**
 * The caller of a request, from its headers alone. Throws a ServerRefusal that names the headers at fault, never
 * their values. Checks the form and the stated life of the credentials; whether AWS accepts them shows at the first call.
 */
export function toCaller(
  rawHeaders: RawHeaders,
  options: CallerOptions,
  now: Date,
  newRequestId: () => string = randomUUID,
): Caller {
  const headers = byName(rawHeaders)
  const credentials = readCredentials(headers, options)
  const expiration = readExpiration(headers, now)
  const roleArn = readOne(headers, 'x-aws-role-arn', ROLE_ARN)
  const region = readRegion(headers, options.region)
  return {
    credentials,
    expiration,
    region,
    regions: readRegions(headers, region, credentials === 'environment' ? options.regions : []),
    roleArn,
    account: roleArn === undefined ? undefined : ROLE_ARN.exec(roleArn)?.[1],
    principal: readOne(headers, 'x-mcp-principal', /^[\x21-\x7e]{1,2048}$/),
    tools: readTools(headers, options),
    // For the records only, so an unusable value is replaced and not worth a refusal.
    requestId: readOptional(headers, 'x-request-id', /^[\w.:-]{1,128}$/) ?? newRequestId(),
    traceparent: readOptional(headers, 'traceparent', TRACEPARENT),
  }
}

type Headers = ReadonlyMap<string, readonly string[]>

/** Node joins or drops repeated headers in `req.headers`; only the raw list shows that a name came twice. */
function byName(rawHeaders: RawHeaders): Headers {
  const headers = new Map<string, string[]>()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase()
    headers.set(name, [...(headers.get(name) ?? []), (rawHeaders[at + 1] ?? '').trim()])
  }
  return headers
}

function readCredentials(headers: Headers, options: CallerOptions): Credentials | 'environment' {
  const present = TRIPLE.filter((name) => headers.has(name))
  if (present.length === 0) {
    // The one place where a request without credentials goes on, and only if the operator asked for it.
    if (options.credentials === 'environment') return 'environment'
    throw new ServerRefusal('credentials_missing', TRIPLE)
  }
  const repeated = TRIPLE.filter((name) => (headers.get(name)?.length ?? 0) > 1)
  if (repeated.length > 0) throw new ServerRefusal('credentials_malformed', repeated)
  const value = (name: (typeof TRIPLE)[number]) => headers.get(name)?.[0] ?? ''
  const empty = TRIPLE.filter((name) => value(name) === '')
  if (empty.length > 0) throw new ServerRefusal('credentials_incomplete', empty)
  const malformed = TRIPLE.filter((name) => !FORMS[name].test(value(name)))
  if (malformed.length > 0) throw new ServerRefusal('credentials_malformed', malformed)
  return {
    accessKeyId: value('x-aws-access-key-id'),
    secretAccessKey: value('x-aws-secret-access-key'),
    sessionToken: value('x-aws-session-token'),
  }
}

/** The SDK sends credentials whose time is over without a word, so their stated life is checked here. */
function readExpiration(headers: Headers, now: Date): Date | undefined {
  const name = 'x-aws-credentials-expiration'
  const values = headers.get(name)
  if (values === undefined) return undefined
  const text = values[0] ?? ''
  const expiration = new Date(text)
  if (values.length > 1 || !ISO_8601.test(text) || Number.isNaN(expiration.getTime())) {
    throw new ServerRefusal('credentials_malformed', [name])
  }
  if (expiration <= now) throw new ServerRefusal('credentials_expired', [name])
  return expiration
}

function readRegion(headers: Headers, fallback: string | undefined): string {
  const region = readOne(headers, 'x-aws-region', REGION) ?? fallback
  if (region === undefined) throw new ServerRefusal('region_missing', ['x-aws-region'])
  return region
}

/**
 * The regions that a call may name. The request's own region is a grant by itself, so it is always among them;
 * without the header it is the only one, since reading its absence as "any" would turn a lost header into a grant.
 */
function readRegions(
  headers: Headers,
  region: string,
  fallback: readonly string[] = [],
): readonly string[] {
  const listed = readOne(headers, 'x-aws-regions', REGIONS)?.split(/\s*,\s*/) ?? fallback
  return [...new Set([region, ...listed])]
}

/**
 * Without the header nothing says what the caller may use. The gateway always sends it, so its absence means that
 * something went wrong on the way, and reading that as "everything" would turn a lost header into a wider grant:
 * the request is refused. A person on a laptop with their own credentials has no gateway and may use everything.
 */
function readTools(headers: Headers, options: CallerOptions): readonly string[] {
  const list = readOne(headers, 'x-mcp-tools', TOOL_GLOBS)
  if (list !== undefined)
    return list
      .split(',')
      .map((glob) => glob.trim())
      .filter(Boolean)
  if (options.credentials === 'environment') return ['*']
  throw new ServerRefusal('tools_missing', ['x-mcp-tools'])
}

/** The value of a header that may be absent but, when present, must be right. */
function readOne(headers: Headers, name: string, form: RegExp): string | undefined {
  const values = headers.get(name)
  if (values === undefined) return undefined
  const value = values[0] ?? ''
  if (values.length > 1 || !form.test(value)) throw new ServerRefusal('header_malformed', [name])
  return value
}

function readOptional(headers: Headers, name: string, form: RegExp): string | undefined {
  const value = headers.get(name)?.[0]
  return value !== undefined && form.test(value) ? value : undefined
}
