import type { Session } from '../call.ts'
import type { Fault } from '../control/faults.ts'
import type { Answer } from '../http/answer.ts'
import { invalidAction } from '../http/route.ts'
import { assumeRole } from './assume-role.ts'
import { type AssumeOptions, assumeRoleWithWebIdentity } from './assume-role-with-web-identity.ts'
import { getScopedCredentials } from './get-scoped-credentials.ts'
import type { SessionStore } from './sessions.ts'
import { element, responseDocument, type XmlElement } from './xml.ts'

type Answered = Readonly<{ session: Session; answer: Answer }>

export type StsRequest = Readonly<{
  operation: string
  form: URLSearchParams
  /** Where the request was sent to, as it says. */
  host: string
  authenticate: () => Promise<Readonly<{ session: Session }>>
  now: Date
  requestId: string
  fault: Fault | undefined
}>

export type Sts = (request: StsRequest) => Promise<Answered>

/** The operations of STS. AssumeRoleWithWebIdentity takes no signature, every other one does. */
export function createSts(options: AssumeOptions): Sts {
  return async ({ operation, form, host, authenticate, now, requestId, fault }) => {
    const answered = (session: Session, result: readonly XmlElement[]): Answered => ({
      session,
      answer: {
        status: 200,
        headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
        body: responseDocument(
          operation,
          fault?.kind === 'partial' ? result.map(withoutToken) : result,
          requestId,
        ),
      },
    })
    const sessions =
      fault?.kind === 'short' ? endingEarly(options.sessions, fault) : options.sessions
    switch (operation) {
      case 'AssumeRoleWithWebIdentity': {
        const issued = await assumeRoleWithWebIdentity(form, now, { ...options, sessions })
        return answered(issued.session, issued.result)
      }
      case 'AssumeRole': {
        const { session: caller } = await authenticate()
        const issued = assumeRole(form, caller, now, { ...options, sessions })
        return answered(issued.session, issued.result)
      }
      case 'GetScopedCredentials': {
        const { session: caller } = await authenticate()
        const issued = getScopedCredentials(form, caller, host, now, sessions)
        return answered(issued.session, issued.result)
      }
      case 'GetCallerIdentity': {
        // Needs no permission: AWS answers it even against an explicit deny.
        const { session } = await authenticate()
        return answered(session, [
          element('Arn', session.callerArn),
          element('UserId', session.userId),
          element('Account', session.account),
        ])
      }
      default:
        throw invalidAction(operation, form.get('Version'))
    }
  }
}

/** An answer that lost the one part without which the others are of no use. */
function withoutToken(part: XmlElement): XmlElement {
  if (part.name !== 'Credentials' || typeof part.content === 'string') return part
  return element(
    part.name,
    part.content.filter(({ name }) => name !== 'SessionToken'),
  )
}

function endingEarly(sessions: SessionStore, { milliseconds = 1000 }: Fault): SessionStore {
  return {
    ...sessions,
    issue: (grant, minimumTokenBytes, now) =>
      sessions.issue(
        { ...grant, expiration: new Date(now.getTime() + milliseconds) },
        minimumTokenBytes,
        now,
      ),
  }
}
