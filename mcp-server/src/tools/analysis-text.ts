import { durationText, numberText } from '../answer/value-text.ts'
import type { Analysis } from '../metric-analysis/analyze-series.ts'
import type { Season } from '../metric-analysis/find-season.ts'

const SEASON_NAMES: Readonly<Record<number, string>> = {
  900: 'every quarter of an hour',
  3600: 'every hour',
  21600: 'every six hours',
  86400: 'every day',
  604800: 'every week',
}
const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

/** A cycle in words: `repeats every day`. */
export function seasonText(season: Season): string {
  return `repeats ${SEASON_NAMES[season.seconds] ?? `every ${season.seconds} s`}`
}

/** What an analysis found, as rows of name and value. */
export function analysisRows(analysis: Analysis): string[][] {
  const { values, publishing, trend, season, firstTime } = analysis
  const { periodSeconds } = publishing
  return [
    ['trend', trendText(analysis)],
    ...(trend === undefined ? [] : [['trend p-value', numberText(trend.p, 2)]]),
    [
      'seasonality',
      season === undefined
        ? trend === undefined
          ? 'too few points to tell'
          : 'none found (looked for 900, 3600, 21600, 86400 and 604800 s)'
        : `${season.seconds} s: ${seasonText(season)}, strength ${numberText(season.strength, 2)} of 1`,
    ],
    ...(season === undefined || periodSeconds === undefined
      ? []
      : [['in a cycle', cycleText(season, periodSeconds, firstTime)]]),
    ['points', String(values.count)],
    ['publishing period', periodSeconds === undefined ? '-' : `${periodSeconds} s`],
    ['density', `${numberText(publishing.density * 100, 3)} % of the moments have a point`],
    ['longest gap', durationText(publishing.longestGapSeconds * 1_000)],
    ['min', numberText(values.min)],
    ['median', numberText(values.median)],
    ['mean', numberText(values.mean)],
    ['p95', numberText(values.p95)],
    ['p99', numberText(values.p99)],
    ['max', numberText(values.max)],
    ['standard deviation', numberText(values.standardDeviation)],
    ['variation', values.variation === undefined ? '-' : numberText(values.variation, 3)],
    ['zeros', `${numberText((values.zeros / values.count) * 100, 3)} %`],
  ]
}

/** The trend in words, with its size over the whole range. */
export function trendText({ trend, values }: Analysis): string {
  if (trend === undefined) return 'too few points to tell'
  if (trend.direction === 'none') return 'none'
  const size = numberText(Math.abs(trend.change), 3)
  const share =
    values.mean === 0
      ? ''
      : `, ${numberText((Math.abs(trend.change) / Math.abs(values.mean)) * 100, 3)} % of the mean`
  return `${trend.direction} by ${size} in the range${share}`
}

/** When the cycle is highest and lowest. */
function cycleText({ cycle, seconds }: Season, periodSeconds: number, firstTime: number): string {
  let high = 0
  let low = 0
  for (const [at, value] of cycle.entries()) {
    if (value > (cycle[high] ?? 0)) high = at
    if (value < (cycle[low] ?? 0)) low = at
  }
  const when = (at: number) => momentText(firstTime + at * periodSeconds * 1_000, seconds)
  const by = (at: number) => `${(cycle[at] ?? 0) < 0 ? '' : '+'}${numberText(cycle[at] ?? 0, 3)}`
  return `highest ${when(high)} (${by(high)} from the level), lowest ${when(low)} (${by(low)})`
}

function momentText(time: number, season: number): string {
  const date = new Date(time)
  const clock = date.toISOString().slice(11, 16)
  if (season === 604_800) return `${WEEKDAYS[date.getUTCDay()]} about ${clock} UTC`
  if (season === 86_400) return `about ${clock} UTC`
  const minute = Math.floor((time / 60_000) % (season / 60))
  return `about minute ${minute} of ${season / 60}`
}
