import type { LogEvent, LogGroup, Place } from './log-group.ts'
import { uuidOf } from './saved-queries.ts'
import { DEPLOY_MINUTE } from './traffic.ts'

/** A detector that watches one log group. */
export type LogAnomalyDetector = Readonly<{
  arn: string
  name: string
  group: LogGroup
  /** Milliseconds since 1970. */
  createdAt: number
}>

/** Something that a detector had not seen before. */
export type LogAnomaly = Readonly<{
  id: string
  detector: LogAnomalyDetector
  priority: 'HIGH' | 'MEDIUM' | 'LOW'
  suppressed: boolean
  description: string
  /** Its events until `now`, oldest first. */
  events: (now: number) => readonly LogEvent[]
}>

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** The detectors of the shop. */
export function detectorsOf(
  place: Place,
  groups: readonly LogGroup[],
): readonly LogAnomalyDetector[] {
  return ['/shop/checkout', '/shop/payments'].flatMap((name) => {
    const group = groups.find((one) => one.name === name)
    if (group === undefined) return []
    const id = uuidOf(`${place.region}:${name}:detector`)
    return [
      {
        arn: `arn:aws:logs:${place.region}:${place.account}:anomaly-detector:${id}`,
        name: `${name.slice(1).replace('/', '-')}-anomalies`,
        group,
        createdAt: place.startMinute - 26 * DAY_MS,
      },
    ]
  })
}

/** What the detectors found after the deploy; one of them somebody has looked at and put away. */
export function anomaliesOf(
  place: Place,
  detectors: readonly LogAnomalyDetector[],
): readonly LogAnomaly[] {
  const since = place.startMinute + DEPLOY_MINUTE * MINUTE_MS
  const find = (
    group: string,
    text: string,
    anomaly: Pick<LogAnomaly, 'priority' | 'suppressed' | 'description'>,
  ): readonly LogAnomaly[] =>
    detectors
      .filter((detector) => detector.group.name === group)
      .map((detector) => ({
        ...anomaly,
        id: uuidOf(`${detector.arn}:${text}`),
        detector,
        events: (now) =>
          detector.group.events(since, now, now).filter((event) => event.message.includes(text)),
      }))
  return [
    ...find('/shop/checkout', 'payment authorization timed out', {
      priority: 'HIGH',
      suppressed: false,
      description: 'A pattern with the severity ERROR that was not seen before',
    }),
    ...find('/shop/payments', 'no free connection to the acquirer', {
      priority: 'MEDIUM',
      suppressed: false,
      description: 'A pattern with the severity WARN that was not seen before',
    }),
    ...find('/shop/checkout', 'delivery note from customer', {
      priority: 'LOW',
      suppressed: true,
      description: 'A pattern that was not seen before',
    }),
  ]
}
