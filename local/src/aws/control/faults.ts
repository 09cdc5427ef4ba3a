import type { ServiceName } from '../call.ts'
import { isStructure } from '../input.ts'

const KINDS = [
  'throttle',
  'fail',
  'error',
  'stall',
  'garbage',
  'partial',
  'short',
  'reset',
] as const
const SERVICES = ['sts', 'cloudwatch', 'logs'] as const
const MEMBERS = [
  'service',
  'operation',
  'kind',
  'times',
  'milliseconds',
  'code',
  'status',
  'message',
]

/**
 * What shall go wrong. `throttle`: the service's throttling error. `fail`: HTTP 500. `error`: `code`, `status` and
 * `message` as given. `stall`: wait `milliseconds`, then answer; without them wait until the client leaves.
 * `garbage`: 200 with a body no parser likes. `partial`: an incomplete answer, where the operation has one
 * (GetMetricData, FilterLogEvents, GetQueryResults; STS leaves out the session token). `short`: a session of STS ends
 * after `milliseconds`, a second unless given. `reset`: the connection is cut.
 */
export type Fault = Readonly<{
  service: ServiceName | undefined
  operation: string
  kind: (typeof KINDS)[number]
  milliseconds: number | undefined
  code: string | undefined
  status: number | undefined
  message: string | undefined
}>

export type Faults = Readonly<{
  /** Adds faults from a JSON value; throws TypeError with the problem when it is not a list of faults. */
  add: (value: unknown) => number
  clear: () => void
  /** The fault for a call, if any; uses up one of its times. */
  take: (service: ServiceName, operation: string) => Fault | undefined
}>

/** Keeps the faults that tests asked for, oldest first. */
export function createFaults(): Faults {
  let planned: Array<{ fault: Fault; left: number }> = []
  return {
    add(value) {
      const faults = (Array.isArray(value) ? value : [value]).map(parseFault)
      planned.push(...faults)
      return faults.length
    },
    clear: () => {
      planned = []
    },
    take(service, operation) {
      const found = planned.find(
        ({ fault }) =>
          (fault.service === undefined || fault.service === service) &&
          (fault.operation === '*' || fault.operation === operation),
      )
      if (found === undefined) return undefined
      found.left -= 1
      planned = planned.filter(({ left }) => left > 0)
      return found.fault
    },
  }
}

function parseFault(value: unknown): { fault: Fault; left: number } {
  if (!isStructure(value)) throw new TypeError('a fault is an object')
  const unknown = Object.keys(value).find((name) => !MEMBERS.includes(name))
  if (unknown !== undefined) throw new TypeError(`unknown member ${unknown}`)
  const kind = KINDS.find((one) => one === value.kind)
  if (kind === undefined) throw new TypeError(`kind must be one of ${KINDS.join(', ')}`)
  const service = SERVICES.find((one) => one === value.service)
  if (value.service !== undefined && service === undefined) {
    throw new TypeError(`service must be one of ${SERVICES.join(', ')}`)
  }
  const operation = value.operation ?? '*'
  if (typeof operation !== 'string') throw new TypeError('operation must be a string')
  if (kind === 'error' && typeof value.code !== 'string') {
    throw new TypeError('an error needs its code')
  }
  return {
    left: optional(value.times, 'times') ?? Number.POSITIVE_INFINITY,
    fault: {
      service,
      operation,
      kind,
      milliseconds: optional(value.milliseconds, 'milliseconds'),
      code: value.code === undefined ? undefined : String(value.code),
      status: optional(value.status, 'status'),
      message: value.message === undefined ? undefined : String(value.message),
    },
  }
}

function optional(value: unknown, name: string): number | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value
  throw new TypeError(`${name} must be a positive whole number`)
}
