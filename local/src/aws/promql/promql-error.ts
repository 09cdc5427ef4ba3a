/** An error in Prometheus' form: 400 `bad_data` for what cannot be read, 422 `execution` for what cannot be run. */
export class PromqlError extends Error {
  override readonly name = 'PromqlError'
  readonly status: 400 | 422
  readonly errorType: 'bad_data' | 'execution'

  constructor(errorType: 'bad_data' | 'execution', message: string) {
    super(message)
    this.errorType = errorType
    this.status = errorType === 'bad_data' ? 400 : 422
  }
}

/** A parameter of the request that cannot be read. */
export function badParameter(name: string, what: string): PromqlError {
  return new PromqlError('bad_data', `invalid parameter "${name}": ${what}`)
}

/** A query that is understood and breaks a limit, or needs something that this stand-in has not. */
export function cannotRun(what: string): PromqlError {
  return new PromqlError('execution', what)
}
