import { cleanLine, cut } from '../answer/clean-text.ts'
import type { AwsCall } from '../clients.ts'

/** A failed AWS call in words that a model can act on. */
export type AwsFailure = Readonly<{
  /** For the log: the AWS code, or the kind of network failure. */
  code: string
  text: string
}>

export type FailureContext = Readonly<{
  service: AwsCall['service'] | undefined
  operation: string | undefined
  region: string
  roleArn: string | undefined
  /** Whether the caller may use a tool: advice never names one that the caller does not see. */
  mayUse: (tool: string) => boolean
}>

/** Operations whose permission has another name. */
const ACTIONS: Readonly<Record<string, string>> = {
  QueryMetrics: 'cloudwatch:GetMetricData and cloudwatch:ListMetrics',
  GetLabels: 'cloudwatch:ListMetrics',
  GetSeries: 'cloudwatch:ListMetrics',
}

const SERVICES = { cloudwatch: 'CloudWatch', logs: 'CloudWatch Logs' } as const

type Facts = FailureContext & Readonly<{ message: string }>

/** The first rule whose pattern matches the code decides the words. */
const RULES: ReadonlyArray<readonly [RegExp, (facts: Facts) => string]> = [
  [/^(AccessDenied|UnauthorizedOperation|NotAuthorized)/, denied],
  [
    /^(ExpiredToken|RequestExpired)/,
    () =>
      'The AWS credentials of this session have expired. Retrying does not help: sign in again.',
  ],
  [
    /^(UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch|InvalidAccessKeyId|MissingAuthenticationToken|IncompleteSignature|InvalidToken)/,
    ({ region }) =>
      `AWS does not accept the credentials of this session in ${region}. Retrying does not help: sign in again. If it stays, the region may not be enabled for the account, or the gateway is not set up for it.`,
  ],
  [
    /^(CredentialsProvider|TokenProvider)Error/,
    () =>
      'The server has no usable AWS credentials of its own (CREDENTIALS=environment). Retrying does not help: sign in on that machine, such as with aws sso login, or set AWS_PROFILE.',
  ],
  [
    /^LimitExceeded/,
    ({ operation }) =>
      operation === 'StartQuery'
        ? 'Too many Logs Insights queries are running in this account and region. Retry in about a minute, or wait until other queries have ended.'
        : 'A limit of the account is reached. Retry later.',
  ],
  [
    /^PromqlBadData/,
    ({ message }) =>
      `CloudWatch does not accept the query: ${message} A query names its metric, such as {"http.server.duration"}. Correct it and call again.`,
  ],
  [
    /^PromqlExecution/,
    ({ message }) =>
      `The query is PromQL, but cannot be carried out: ${message} Change it and call again.`,
  ],
  [
    /^PromqlTooMany/,
    ({ message }) =>
      `A limit of PromQL in this account is reached (queries at a time or per second, or series and samples scanned in 24 hours): ${message} Retry in a few seconds with narrower selectors and a shorter range.`,
  ],
  [
    /^PromqlTimeout/,
    () =>
      'The query took longer than the 20 seconds that CloudWatch gives it. Retry with narrower selectors, a shorter range or a longer step.',
  ],
  [
    /^PromqlAnswerTooLarge/,
    () =>
      'The answer has more than 16 MiB. Take a longer step, a shorter range, a lower limit, or aggregate.',
  ],
  [
    /Throttl|TooManyRequests|RequestLimitExceeded|SlowDown|ProvisionedThroughput/,
    () =>
      'AWS is throttling this account: too many calls at once. Retry in a few seconds, with fewer calls at a time.',
  ],
  [
    /^MalformedQuery/,
    ({ message, mayUse }) =>
      `The query is not valid: ${message} Correct the query and call again.${
        mayUse('get_syntax_help') ? ' get_syntax_help shows the syntax.' : ''
      }`,
  ],
  [
    /^ResourceNotFound/,
    ({ message, region, mayUse }) =>
      `AWS does not find it in ${region}: ${message} Names are case-sensitive and each region has its own.${
        mayUse('list_log_groups') ? ' list_log_groups shows the log groups that exist.' : ''
      }`,
  ],
  [/NextToken/, () => 'AWS does not accept the cursor any more. Call again without a cursor.'],
  [
    /^(InvalidParameter|Validation|MissingRequiredParameter|InvalidQuery|InvalidFormat|MissingParameter|SerializationException)/,
    ({ message }) =>
      `AWS does not accept the request: ${message} Change the arguments and call again.`,
  ],
  [
    /^(ServiceUnavailable|InternalFailure|InternalService|InternalServer|ServiceFailure)/,
    () => 'The AWS service failed. Retry in a few seconds.',
  ],
]

const NETWORK: ReadonlyArray<readonly [RegExp, string]> = [
  [/^(TimeoutError|ETIMEDOUT|ESOCKETTIMEDOUT)$/, 'did not answer in time. Retry, or ask for less'],
  [
    /^(ENOTFOUND|EAI_AGAIN)$/,
    'has no address: the region may not exist, or the server has no name resolution',
  ],
  [
    /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH)$/,
    'cannot be reached from the server. Retry; if it stays, tell the operator',
  ],
  [/^(ECONNRESET|EPIPE)$/, 'closed the connection. Retry'],
  [
    /CERT|^ERR_TLS|SELF_SIGNED/,
    'shows a certificate that the server does not trust: tell the operator',
  ],
]

/** Whether an error came from an AWS call or from the network under it, and not from this program. */
export function isAwsError(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  if (/^(Credentials|Token)ProviderError$/.test(error.name)) return true
  return '$metadata' in error || NETWORK.some(([form]) => form.test(networkCode(error)))
}

/**
 * What failed, the AWS code, whether a retry helps and what to do next. AWS's own message is shown only where it
 * is about the arguments (a malformed query, an invalid parameter); other texts may name things of the account.
 */
export function explainAwsFailure(error: Error, context: FailureContext): AwsFailure {
  const service = context.service === undefined ? 'AWS' : SERVICES[context.service]
  const what = `${service}${context.operation ? ` ${context.operation}` : ''}`
  const network = NETWORK.find(([form]) => form.test(networkCode(error)))
  if (network !== undefined && !hasResponse(error)) {
    const code = networkCode(error)
    return { code, text: `${service} in ${context.region} ${network[1]}. (${code})` }
  }
  const code = cut(error.name.replace(/[^\w.:-]/g, ''), 80)
  const facts: Facts = { ...context, message: sentence(error.message) }
  const words = RULES.find(([form]) => form.test(code))?.[1](facts)
  const unknown = serverFault(error)
    ? 'The AWS service failed. Retry in a few seconds.'
    : `AWS refused the request: ${facts.message}`
  return { code, text: `${what} failed. ${words ?? unknown} (${code})` }
}

/**
 * AWS names action, resource and the kind of policy in its message; only those parts are taken over. The operation
 * stands in where it does not.
 */
function denied({ message, service, operation, roleArn }: Facts): string {
  const prefix = service === 'logs' ? 'logs' : 'cloudwatch'
  const action =
    /perform:? ([a-z0-9-]+:[A-Za-z]+)/.exec(message)?.[1] ??
    ACTIONS[operation ?? ''] ??
    `${prefix}:${operation ?? '*'}`
  const resource = /on resource:? (\S+)/.exec(message)?.[1]?.replace(/[.,]$/, '') ?? '*'
  const who = roleArn === undefined ? 'The caller' : `The role ${roleArn}`
  return `${who} may not do ${action} on ${resource}${policyClause(message)}. Retrying does not help: an administrator has to allow it.`
}

/** Which kind of policy is at fault: tells whether to look at the role, at the gateway's session policy or higher up. */
function policyClause(message: string): string {
  const missing = /because no ([a-z -]{1,60}policy) allows/.exec(message)?.[1]
  if (missing !== undefined) return `, because no ${missing} allows it`
  const denying = /explicit deny in (an? [a-z -]{1,60}policy)/.exec(message)?.[1]
  return denying === undefined ? '' : `, because of an explicit deny in ${denying}`
}

function sentence(message: string): string {
  const text = cut(cleanLine(message).trim(), 800)
  if (text === '') return 'no reason given.'
  return /[.!?…]$/.test(text) ? text : `${text}.`
}

function networkCode(error: Error): string {
  if ('code' in error && typeof error.code === 'string') return error.code
  return error.name
}

function hasResponse(error: Error): boolean {
  return statusOf(error) !== undefined
}

function serverFault(error: Error): boolean {
  return (statusOf(error) ?? 0) >= 500
}

function statusOf(error: Error): number | undefined {
  if (!('$metadata' in error)) return undefined
  const metadata = error.$metadata
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata))
    return undefined
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined
}
