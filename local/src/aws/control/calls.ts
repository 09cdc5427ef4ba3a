/** One call that arrived, as tests and people may see it. Secrets and tokens have no field here. */
export type CallRecord = {
  time: string
  service: string
  operation: string
  region?: string
  accessKeyId?: string
  /** The assumed-role ARN; at AssumeRoleWithWebIdentity that of the session which was issued. */
  callerArn?: string
  sourceIdentity?: string
  /** `pending` until it ends; `aborted` when the connection was gone before the answer. */
  outcome: 'pending' | 'ok' | 'error' | 'aborted'
  errorCode?: string
  /** The kind of fault that was injected. */
  fault?: string
  status?: number
  milliseconds: number
}

const KEPT = 2_000

export type CallLog = Readonly<{
  add: (record: CallRecord) => void
  list: () => readonly CallRecord[]
  clear: () => void
}>

/** Keeps the most recent calls, in the order in which they arrived; a record that was added may still change. */
export function createCallLog(): CallLog {
  let records: CallRecord[] = []
  return {
    add(record) {
      records.push(record)
      if (records.length > KEPT) records = records.slice(-KEPT)
    },
    list: () => records,
    clear: () => {
      records = []
    },
  }
}
