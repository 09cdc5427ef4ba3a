import type { Session } from '../call.ts'
import type { Answer } from '../http/answer.ts'
import { invalidAction } from '../http/route.ts'
import { type AssumeOptions, assumeRoleWithWebIdentity } from './assume-role-with-web-identity.ts'
import { element, responseDocument, type XmlElement } from './xml.ts'

type Authenticate = () => Promise<Readonly<{ session: Session }>>
type Answered = Readonly<{ session: Session; answer: Answer }>

export type Sts = (
  operation: string,
  form: URLSearchParams,
  authenticate: Authenticate,
  now: Date,
  requestId: string,
) => Promise<Answered>

/** The operations of STS. AssumeRoleWithWebIdentity takes no signature, every other one does. */
export function createSts(options: AssumeOptions): Sts {
  return async (operation, form, authenticate, now, requestId) => {
    const answered = (session: Session, result: readonly XmlElement[]): Answered => ({
      session,
      answer: {
        status: 200,
        headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
        body: responseDocument(operation, result, requestId),
      },
    })
    switch (operation) {
      case 'AssumeRoleWithWebIdentity': {
        const { session, result } = await assumeRoleWithWebIdentity(form, now, options)
        return answered(session, result)
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
