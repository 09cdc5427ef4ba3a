import type { AlarmHistoryItem } from '@aws-sdk/client-cloudwatch'
import { z } from 'zod'
import { dateText } from '../answer/value-text.ts'

/** A change of an alarm's state, as its history tells it. */
export type Transition = Readonly<{
  alarm: string
  /** In epoch milliseconds. */
  time: number
  from: string
  to: string
  reason: string
  /** Seconds of one evaluation period, where the history tells it. */
  periodSeconds: number | undefined
}>

/** A stretch of time worth looking at, in epoch milliseconds. */
export type Window = Readonly<{ start: number; end: number; why: string }>

const State = z.object({
  stateValue: z.string().optional(),
  stateReason: z.string().optional(),
  stateReasonData: z.object({ period: z.number().optional() }).optional().catch(undefined),
})

/** The part of HistoryData that is used; AWS writes it as JSON and may add members. */
const StateUpdate = z.object({ oldState: State.optional(), newState: State.optional() })

/** Alarms that fire anew within this time belong to one trouble. */
const CLUSTER_MS = 3_600_000

/** Taken where an alarm's own period is not known, as for a composite alarm. */
const DEFAULT_EVALUATION = { periodSeconds: 60, periods: 3 }

/** The change of state that a history item tells of; undefined for other items and for data that cannot be read. */
export function toTransition(item: AlarmHistoryItem): Transition | undefined {
  if (item.HistoryItemType !== 'StateUpdate' || item.Timestamp === undefined) return undefined
  const parsed = StateUpdate.safeParse(parseJson(item.HistoryData ?? ''))
  const { oldState, newState } = parsed.success ? parsed.data : {}
  const [, from, to] = /from (\w+) to (\w+)/.exec(item.HistorySummary ?? '') ?? []
  const after = newState?.stateValue ?? to
  if (after === undefined) return undefined
  return {
    alarm: item.AlarmName ?? '',
    time: item.Timestamp.getTime(),
    from: oldState?.stateValue ?? from ?? '-',
    to: after,
    reason: newState?.stateReason ?? item.HistorySummary ?? '',
    periodSeconds: newState?.stateReasonData?.period,
  }
}

/** How long an alarm's evaluation looks back. */
export type Evaluation = Readonly<{
  periodSeconds: number | undefined
  periods: number | undefined
}>

/**
 * When to look, from the changes to ALARM of one alarm: each from five evaluations before it to two periods after it,
 * those at most an hour apart taken together. Newest first.
 */
export function investigationWindows(
  transitions: readonly Transition[],
  evaluation: Evaluation,
  now: Date,
): readonly Window[] {
  const clusters: Transition[][] = []
  const alarming = transitions
    .filter(({ to }) => to === 'ALARM')
    .toSorted((one, other) => one.time - other.time)
  for (const transition of alarming) {
    const last = clusters.at(-1)
    const before = last?.at(-1)
    if (last !== undefined && before !== undefined && transition.time - before.time <= CLUSTER_MS) {
      last.push(transition)
    } else clusters.push([transition])
  }
  return clusters
    .map((cluster) => windowOf(cluster, evaluation, now))
    .toSorted((one, other) => other.start - one.start)
}

function windowOf(cluster: readonly Transition[], evaluation: Evaluation, now: Date): Window {
  const first = cluster[0]?.time ?? 0
  const last = cluster.at(-1)?.time ?? first
  const seconds =
    evaluation.periodSeconds ?? cluster[0]?.periodSeconds ?? DEFAULT_EVALUATION.periodSeconds
  const periods = evaluation.periods ?? DEFAULT_EVALUATION.periods
  return {
    start: first - 5 * periods * seconds * 1_000,
    // Not beyond now: nothing has been measured there.
    end: Math.min(last + 2 * seconds * 1_000, now.getTime()),
    why:
      cluster.length === 1
        ? `went to ALARM at ${dateText(first)}`
        : `went to ALARM ${cluster.length} times within ${dateText(first)} and ${dateText(last)}: it flaps`,
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
