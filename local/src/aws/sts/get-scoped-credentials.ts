import { AwsError, constraintError } from '../aws-error.ts'
import type { Session } from '../call.ts'
import { invalidAction } from '../http/route.ts'
import { credentialElements } from './issued-session.ts'
import { minimumTokenBytes, optionalPolicy, whole } from './parameters.ts'
import type { SessionStore } from './sessions.ts'
import { validationError } from './sts-errors.ts'
import { element, type XmlElement } from './xml.ts'

const MAX_SECONDS = 129_600
const MAX_LAYERS = 3
const MAX_DESCRIPTION = 256
/** The global endpoint does not have this operation. */
const GLOBAL_HOST = 'sts.amazonaws.com'

/**
 * GetScopedCredentials: the caller's session once more, for a shorter time or with fewer rights. `host` is where the
 * request was sent to. Gives the issued session and the elements of the answer.
 */
export function getScopedCredentials(
  form: URLSearchParams,
  caller: Session,
  host: string,
  now: Date,
  sessions: SessionStore,
): Readonly<{ session: Session; result: readonly XmlElement[] }> {
  if (host === GLOBAL_HOST) throw invalidAction('GetScopedCredentials', form.get('Version'))
  const policy = optionalPolicy(form)?.policy
  if (policy === undefined && !form.has('DurationSeconds')) {
    throw validationError('At least one of Policy or DurationSeconds must be specified')
  }
  const description = form.get('ScopedSessionDescription') ?? ''
  if (description.length > MAX_DESCRIPTION) {
    const constraint = `Member must have length less than or equal to ${MAX_DESCRIPTION}`
    throw constraintError(description, 'scopedSessionDescription', constraint)
  }
  const secondsLeft = Math.floor((caller.expiration.getTime() - now.getTime()) / 1000)
  const seconds = whole(form, 'DurationSeconds', 1, MAX_SECONDS, secondsLeft)
  if (seconds > secondsLeft) {
    throw new AwsError(
      'InsufficientSessionLifetimeException',
      'The requested DurationSeconds exceeds the remaining lifetime of the calling session',
      { queryCode: 'InsufficientSessionLifetime' },
    )
  }
  const scopePolicies =
    policy === undefined ? caller.scopePolicies : [...caller.scopePolicies, policy]
  if (scopePolicies.length > MAX_LAYERS) {
    throw validationError(`A session can be scoped down by at most ${MAX_LAYERS} policies`)
  }
  const { accessKeyId: _key, secretAccessKey: _secret, sessionToken: _token, ...grant } = caller
  const session = sessions.issue(
    { ...grant, scopePolicies, expiration: new Date(now.getTime() + seconds * 1000) },
    minimumTokenBytes(form),
    now,
  )
  return {
    session,
    result: [
      ...credentialElements(session),
      element('SessionInfo', [
        element('ScopedSessionId', session.userId),
        element('Arn', session.callerArn),
      ]),
      element('ScopedPoliciesCount', String(scopePolicies.length)),
    ],
  }
}
