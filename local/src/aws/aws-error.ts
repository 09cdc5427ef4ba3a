export type AwsErrorOptions = Readonly<{
  /** HTTP status in the JSON protocols; 400 unless said otherwise. */
  status?: number
  /** Code of the query protocol, where it differs from the shape's name (`ValidationError`). */
  queryCode?: string
  /** HTTP status in the query protocol and on query-compatible JSON; `status` unless said otherwise. */
  queryStatus?: number
  /** `coral` errors belong to the AWS front end and not to the service's own model. */
  origin?: 'coral' | 'service'
  /** Further members of the error body. */
  members?: Readonly<Record<string, unknown>>
}>

/** An error as an AWS service answers it: shape name, the query protocol's code, status, message. */
export class AwsError extends Error {
  override readonly name = 'AwsError'
  readonly code: string
  readonly queryCode: string
  readonly status: number
  readonly queryStatus: number
  readonly origin: 'coral' | 'service'
  readonly members: Readonly<Record<string, unknown>>

  constructor(code: string, message: string, options: AwsErrorOptions = {}) {
    super(message)
    this.code = code
    this.queryCode = options.queryCode ?? code
    this.status = options.status ?? 400
    this.queryStatus = options.queryStatus ?? this.status
    this.origin = options.origin ?? 'service'
    this.members = options.members ?? {}
  }
}

/** The error of a service's front end: authentication, authorization, unknown operations. */
export function frontEndError(
  code: string,
  queryCode: string,
  message: string,
  status = 400,
  queryStatus = 403,
): AwsError {
  return new AwsError(code, message, { status, queryCode, queryStatus, origin: 'coral' })
}

/** A request that the front end cannot read. */
export function serializationError(message: string): AwsError {
  return new AwsError('SerializationException', message, { origin: 'coral' })
}

/** A parameter that breaks a constraint of the API model, in the model validator's words. */
export function constraintError(value: unknown, name: string, constraint: string): AwsError {
  const shown = value === undefined ? 'null' : `'${String(value)}'`
  return new AwsError(
    'ValidationException',
    `1 validation error detected: Value ${shown} at '${name}' failed to satisfy constraint: ${constraint}`,
    { queryCode: 'ValidationError' },
  )
}

/** A request that this stand-in understands but does not imitate: said plainly, never answered with a guess. */
export function notImitated(code: string, what: string, queryCode = code): AwsError {
  return new AwsError(code, `${what} is not supported by this local stand-in for AWS`, {
    queryCode,
  })
}
