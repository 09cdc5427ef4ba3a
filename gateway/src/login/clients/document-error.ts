import { OAuthError } from '../oauth-error.ts'

/** After how many seconds to ask again where a document could not be had. */
const RETRY_AFTER_SECONDS = 5

/**
 * Why a document that a client names cannot be had or used, in words that may be shown: they name the member and the fix, and
 * repeat nothing of the document. `unusable` is for its owner to mend, `unreachable` may pass. `cause` is for the log.
 */
export class DocumentError extends Error {
  override readonly name = 'DocumentError'
  readonly kind: 'unusable' | 'unreachable'

  constructor(kind: 'unusable' | 'unreachable', message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

/**
 * What the client is told. A document that is wrong is the client's own fault; a host that does not answer may answer soon, and
 * `invalid_client` would make a client forget what it has. Anything but a `DocumentError` is given back as it is: a bug.
 */
export function documentRefusal(what: string, error: unknown): unknown {
  if (!(error instanceof DocumentError)) return error
  return error.kind === 'unusable'
    ? new OAuthError('invalid_client', `${what} cannot be used: ${error.message}`, { cause: error })
    : new OAuthError('temporarily_unavailable', `${what} cannot be fetched: ${error.message}`, {
        cause: error,
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      })
}
