import type { Session } from '../call.ts'
import { MAX_TOKEN_BYTES } from './parameters.ts'
import { element, type XmlElement } from './xml.ts'

/** What every answer that issues a session of a role says of it. */
export function issuedSession(session: Session): readonly XmlElement[] {
  return [
    element('AssumedRoleUser', [
      element('Arn', session.callerArn),
      element('AssumedRoleId', session.userId),
    ]),
    ...credentialElements(session),
  ]
}

/** The credentials of a session, their size, and its source identity. */
export function credentialElements(session: Session): readonly XmlElement[] {
  const tokenBytes = session.sessionToken.length
  return [
    element('Credentials', [
      element('AccessKeyId', session.accessKeyId),
      element('SecretAccessKey', session.secretAccessKey),
      element('SessionToken', session.sessionToken),
      element('Expiration', session.expiration.toISOString().replace('.000Z', 'Z')),
    ]),
    ...(session.sourceIdentity === undefined
      ? []
      : [element('SourceIdentity', session.sourceIdentity)]),
    element('SessionTokenUtilization', String(Math.ceil((tokenBytes / MAX_TOKEN_BYTES) * 100))),
    element('SessionTokenSize', String(tokenBytes)),
  ]
}

/** How much of the policy budget an inline session policy takes, in percent; nothing without one. */
export function packedPolicySize(policyCharacters: number): readonly XmlElement[] {
  if (policyCharacters === 0) return []
  return [element('PackedPolicySize', String(Math.ceil((policyCharacters / 2048) * 100)))]
}
