import { AwsError } from '../aws-error.ts'
import type { Operation } from '../call.ts'
import { limitOf, optionalOneOf, optionalString } from '../input.ts'
import { findPatterns, type PatternToken } from '../insights/pattern.ts'
import { pageOf, requestScope } from '../page.ts'
import type { LogAnomaly } from '../story/anomalies.ts'
import type { LogEvent } from '../story/log-group.ts'
import { uuidOf } from '../story/saved-queries.ts'
import type { Story } from '../story/story.ts'
import { groupResource, invalidParameter } from './log-groups.ts'

const MAX_SAMPLES = 5
const EVALUATION_MS = 5 * 60_000
const VISIBLE_DAYS = 21

/** ListLogAnomalyDetectors: the detectors of the account, or those of one log group. */
export function listLogAnomalyDetectors(story: Story): Operation {
  return (input, call) => {
    const { account } = call.session
    const groupArn = optionalString(input, 'filterLogGroupArn')?.replace(/:\*$/, '')
    const own = `arn:aws:logs:${call.region}:${account}`
    call.authorize('logs:ListLogAnomalyDetectors', [
      groupArn === undefined ? `${own}:anomaly-detector:*` : groupResource(groupArn),
    ])
    const limit = limitOf(input, 'limit', { min: 1, max: 50, fallback: 50 })
    const found = story
      .region(account, call.region)
      .detectors.filter((detector) => (groupArn ?? detector.group.arn) === detector.group.arn)
    const scope = requestScope(call, input)
    const token = optionalString(input, 'nextToken')
    const { page, nextToken } = pageOf(found, limit, token, scope, rejectToken)
    return {
      anomalyDetectors: page.map((detector) => ({
        anomalyDetectorArn: detector.arn,
        detectorName: detector.name,
        logGroupArnList: [detector.group.arn],
        evaluationFrequency: 'FIVE_MIN',
        anomalyDetectorStatus: 'ANALYZING',
        creationTimeStamp: detector.createdAt,
        lastModifiedTimeStamp: detector.createdAt,
        anomalyVisibilityTime: VISIBLE_DAYS,
      })),
      ...(nextToken === undefined ? {} : { nextToken }),
    }
  }
}

/** ListAnomalies: what one detector or all of them found; no filter on time, as at AWS. */
export function listAnomalies(story: Story): Operation {
  return (input, call) => {
    const { account } = call.session
    const arn = optionalString(input, 'anomalyDetectorArn')
    const state = optionalOneOf(input, 'suppressionState', ['SUPPRESSED', 'UNSUPPRESSED'] as const)
    call.authorize('logs:ListAnomalies', [
      arn ?? `arn:aws:logs:${call.region}:${account}:anomaly-detector:*`,
    ])
    const { detectors, anomalies } = story.region(account, call.region)
    if (arn !== undefined && !detectors.some((detector) => detector.arn === arn)) {
      const text = `The anomaly detector ${arn} does not exist`
      throw new AwsError('ResourceNotFoundException', text)
    }
    const limit = limitOf(input, 'limit', { min: 1, max: 50, fallback: 50 })
    const now = call.now.getTime()
    const found = anomalies
      .filter(
        (anomaly) =>
          (arn ?? anomaly.detector.arn) === anomaly.detector.arn &&
          (state === undefined || anomaly.suppressed === (state === 'SUPPRESSED')),
      )
      .flatMap((anomaly) => toApi(anomaly, now))
    const scope = requestScope(call, input)
    const token = optionalString(input, 'nextToken')
    const { page, nextToken } = pageOf(found, limit, token, scope, rejectToken)
    return { anomalies: page, ...(nextToken === undefined ? {} : { nextToken }) }
  }
}

function rejectToken() {
  return invalidParameter('The specified nextToken is invalid.')
}

/** Times are in milliseconds, whatever the reference says. */
function toApi(anomaly: LogAnomaly, now: number) {
  const events = anomaly.events(now)
  const [pattern] = findPatterns(events, (event) => event.message)
  const [first, last] = [events[0], events.at(-1)]
  if (pattern === undefined || first === undefined || last === undefined) return []
  return [
    {
      anomalyId: anomaly.id,
      patternId: uuidOf(pattern.text).replaceAll('-', ''),
      anomalyDetectorArn: anomaly.detector.arn,
      patternString: pattern.tokens.map((token) => token.tokenString).join(''),
      patternRegex: regexOf(pattern.tokens),
      priority: anomaly.priority,
      firstSeen: first.timestamp,
      lastSeen: last.timestamp,
      description: anomaly.description,
      active: now - last.timestamp < 3 * EVALUATION_MS,
      state: anomaly.suppressed ? 'Suppressed' : 'Active',
      histogram: histogramOf(events),
      logSamples: events
        .slice(-MAX_SAMPLES)
        .map(({ timestamp, message }) => ({ timestamp, message })),
      patternTokens: pattern.tokens,
      logGroupArnList: [anomaly.detector.group.arn],
      suppressed: anomaly.suppressed,
      ...(anomaly.suppressed
        ? { suppressedDate: first.timestamp, suppressedUntil: 0, isPatternLevelSuppression: true }
        : {}),
    },
  ]
}

function regexOf(tokens: readonly PatternToken[]): string {
  return tokens
    .map((token) =>
      token.isDynamic ? '.*' : token.tokenString.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
    )
    .join('')
}

function histogramOf(events: readonly LogEvent[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { timestamp } of events) {
    const run = String(Math.floor(timestamp / EVALUATION_MS) * EVALUATION_MS)
    counts[run] = (counts[run] ?? 0) + 1
  }
  return counts
}
