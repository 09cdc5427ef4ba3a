import type { Policy } from './iam/policy.ts'

export type ServiceName = 'sts' | 'cloudwatch' | 'logs'

/** A role session: what STS hands out, and whom a signature stands for. */
export type Session = Readonly<{
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string
  expiration: Date
  account: string
  roleArn: string
  /** `arn:aws:sts::…:assumed-role/Role/session`. */
  callerArn: string
  /** `AROA…:session`. */
  userId: string
  permissionPolicies: readonly Policy[]
  /** Session policies given at AssumeRole…, inline and managed together; empty when none was given. */
  sessionPolicies: readonly Policy[]
  /** Policies of GetScopedCredentials, each of which has to allow as well. */
  scopePolicies: readonly Policy[]
  tags: Readonly<Record<string, string>>
  /** Keys of the tags that sessions taken from this one inherit. */
  transitiveTagKeys: readonly string[]
  sourceIdentity: string | undefined
}>

/** One authenticated call on its way through an operation. */
export type Call = Readonly<{
  service: ServiceName
  operation: string
  region: string
  session: Session
  now: Date
  /** A fault asks the operation for a partial answer. */
  partial: boolean
  /** Throws AccessDenied unless the session may do `action` on every one of `resources`. */
  authorize: (action: string, resources: readonly string[]) => void
}>

/** An operation of a JSON service: the parsed request body in, the response body out. */
export type Operation = (input: Input, call: Call) => object

/** A request body whose members are not yet checked. */
export type Input = Readonly<Record<string, unknown>>
