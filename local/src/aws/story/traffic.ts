import { hex, logNormal, pick, type Random, randomFrom } from './random.ts'

/** One request that a service of the story handled; logs and metrics are both made from it. */
export type ServiceRequest = Readonly<{
  /** Milliseconds after the start of its minute, at its end. */
  offsetMs: number
  requestId: string
  latencyMs: number
  failed: boolean
  version: string
  path: string
  orderId: string
  task: string
}>

/** Requests of one service in minute `index`, counted from the minute in which the program started. */
export type Traffic = (index: number) => readonly ServiceRequest[]

/** The deploy that breaks checkout happens in this minute. */
export const DEPLOY_MINUTE = -42
/** Logs reach back three days, as long as their groups keep them. */
export const LOG_MINUTES = 3 * 1440
/** Metrics reach back as long as CloudWatch keeps minutes. */
export const HISTORY_MINUTES = 15 * 1440
/** Five days ago the acquirer was slow three times for six minutes: its alarm went on and off. */
export const SLOW_MINUTE = -(5 * 1440 + 300)
export const SLOW_BURSTS: readonly number[] = [0, 17, 33]
const SLOW_BURST_MINUTES = 6
const SLOW_SHARE = 0.3
const RAMP_MINUTES = 6
const FAILING_SHARE = 0.18
export const OLD_VERSION = '2.13.4'
export const NEW_VERSION = '2.14.0'

type Shape = Readonly<{
  seed: string
  service: string
  perMinute: number
  medianMs: number
  failingShare: number
  version: string
  paths: readonly [string, ...string[]]
}>

/** A service with nothing but ordinary days. */
export function steadyTraffic(shape: Shape): Traffic {
  return remember((index) => {
    const random = randomFrom(`${shape.seed}:${shape.service}:${index}`)
    return requestsOf(random, countAt(random, index, shape.perMinute), () => ({
      latencyMs: logNormal(random, shape.medianMs, 0.35),
      failed: random() < shape.failingShare,
      version: shape.version,
      path: pick(random, shape.paths),
      task: pick(random, tasksOf(shape.seed, shape.service, shape.version)),
    }))
  })
}

/** Checkout: a deploy makes 18 % of its requests wait for payments until they time out, and slows the others. */
export function checkoutTraffic(seed: string, perMinute: number, breaks: boolean): Traffic {
  return remember((index) => {
    const random = randomFrom(`${seed}:checkout:${index}`)
    const sickness = breaks ? sicknessAt(index) : 0
    return requestsOf(random, countAt(random, index, perMinute), () => {
      const rolledOut = breaks && random() < (index - DEPLOY_MINUTE + 1) / 4
      const version = rolledOut ? NEW_VERSION : OLD_VERSION
      const failed = random() < (rolledOut ? sickness * FAILING_SHARE : 0.003)
      const timedOut = failed && rolledOut
      const slow = breaks && isSlow(index) && random() < SLOW_SHARE
      return {
        latencyMs: timedOut
          ? 3000 + random() * 400
          : slow
            ? 1700 + random() * 900
            : logNormal(random, 165, 0.35) * (rolledOut ? 1 + 1.4 * sickness : 1),
        failed,
        version,
        path: '/checkout',
        task: pick(random, tasksOf(seed, 'checkout', version)),
      }
    })
  })
}

/** Payments is asked once by every checkout, under the same request id; what times out there is lost here. */
export function paymentsTraffic(seed: string, checkout: Traffic): Traffic {
  return (index) =>
    checkout(index).map((request) => ({
      ...request,
      latencyMs: request.failed ? request.latencyMs - 12 : Math.round(request.latencyMs * 0.55),
      version: '1.9.2',
      path: '/authorize',
      task: tasksOf(seed, 'payments', '1.9.2')[request.orderId.charCodeAt(3) % 2 === 0 ? 0 : 1],
    }))
}

/** The frontend: most pages are fine, the checkout page fails as often as checkout does. */
export function frontendTraffic(seed: string, perMinute: number, breaks: boolean): Traffic {
  return remember((index) => {
    const random = randomFrom(`${seed}:frontend:${index}`)
    return requestsOf(random, countAt(random, index, perMinute), () => {
      const path = pick(random, ['/', '/product/4711', '/product/1815', '/cart', '/checkout'])
      const share = path === '/checkout' && breaks ? sicknessAt(index) * FAILING_SHARE : 0.002
      const failed = random() < share
      return {
        latencyMs: failed ? 3050 + random() * 400 : logNormal(random, 90, 0.4),
        failed,
        version: '5.3.0',
        path,
        task: pick(random, tasksOf(seed, 'frontend', '5.3.0')),
      }
    })
  })
}

/** The mailer runs once for every sixth order that went through. */
export function mailerTraffic(seed: string, checkout: Traffic): Traffic {
  return remember((index) => {
    const random = randomFrom(`${seed}:order-mailer:${index}`)
    return checkout(index)
      .filter((request) => !request.failed && random() < 1 / 6)
      .map((request) => ({
        ...request,
        offsetMs: Math.min(59_999, request.offsetMs + 40),
        latencyMs: Math.round(logNormal(random, 320, 0.4)),
        failed: random() < 0.004,
        version: '$LATEST',
        path: '',
        task: 'a41d0c8f2b7e4e6f9d3c5a1b8e7f6d20',
      }))
  })
}

const tasks = new Map<string, readonly [string, string]>()

/** The names of the two tasks that run a version of a service. */
export function tasksOf(seed: string, service: string, version: string): readonly [string, string] {
  const key = `${seed}:${service}:${version}:tasks`
  const known = tasks.get(key)
  if (known !== undefined) return known
  const random = randomFrom(key)
  const made = [hex(random, 12), hex(random, 12)] as const
  tasks.set(key, made)
  return made
}

function isSlow(index: number): boolean {
  return SLOW_BURSTS.some((burst) => {
    const into = index - SLOW_MINUTE - burst
    return into >= 0 && into < SLOW_BURST_MINUTES
  })
}

/** 0 before the deploy, 1 when it has fully shown. */
function sicknessAt(index: number): number {
  return Math.min(1, Math.max(0, (index - DEPLOY_MINUTE + 1) / RAMP_MINUTES))
}

/** Traffic has its tides: 35 % more and less than the mean, once around in a day. */
function countAt(random: Random, index: number, perMinute: number): number {
  const tide = 1 + 0.35 * Math.sin((2 * Math.PI * (index + 360)) / 1440)
  return Math.max(1, Math.round(perMinute * tide * (0.75 + 0.5 * random())))
}

function requestsOf(
  random: Random,
  count: number,
  describe: () => Pick<ServiceRequest, 'latencyMs' | 'failed' | 'version' | 'path' | 'task'>,
): readonly ServiceRequest[] {
  const requests = Array.from({ length: count }, () => {
    const described = describe()
    return {
      ...described,
      latencyMs: Math.round(described.latencyMs),
      offsetMs: Math.floor(random() * 60_000),
      requestId: hex(random, 16),
      orderId: `o-${hex(random, 8)}`,
    }
  })
  return requests.sort((left, right) => left.offsetMs - right.offsetMs)
}

/**
 * Remembers the minutes that logs can show, the most recently made ones of them. Older minutes are made anew each
 * time: only metrics want them, and those keep what they need.
 */
export function remember<T>(
  make: (index: number) => readonly T[],
): (index: number) => readonly T[] {
  const made = new Map<number, readonly T[]>()
  return (index) => {
    if (index < -LOG_MINUTES) return make(index)
    const known = made.get(index)
    if (known !== undefined) return known
    const fresh = make(index)
    made.set(index, fresh)
    const oldest = made.size > LOG_MINUTES + 1440 ? made.keys().next().value : undefined
    if (oldest !== undefined) made.delete(oldest)
    return fresh
  }
}
