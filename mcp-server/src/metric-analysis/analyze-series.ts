import { describeValues, type ValueSummary } from './describe-values.ts'
import { findSeason, type Season, withoutSeason } from './find-season.ts'
import { findTrend, type Trend } from './find-trend.ts'
import { type Points, type Publishing, publishingOf, toGrid } from './regular-series.ts'

/** With fewer points than half of the moments, what lies between them would be made up. */
const LEAST_DENSITY = 0.5

export type Analysis = Readonly<{
  values: ValueSummary
  publishing: Publishing
  /** Undefined when there are too few points to tell. */
  trend: Trend | undefined
  season: Season | undefined
  /** Time of the first moment of the season's cycle, in epoch milliseconds. */
  firstTime: number
}>

/** Figures, regularity, trend and cycle of a series; undefined when it has no points. */
export function analyzeSeries(points: Points): Analysis | undefined {
  const values = describeValues(points.map(([, value]) => value))
  const firstTime = points[0]?.[0]
  if (values === undefined || firstTime === undefined) return undefined
  const publishing = publishingOf(points)
  const { periodSeconds, density } = publishing
  if (periodSeconds === undefined || density < LEAST_DENSITY) {
    return { values, publishing, trend: undefined, season: undefined, firstTime }
  }
  const grid = toGrid(points, periodSeconds)
  const season = findSeason(grid, periodSeconds)
  const trend = findTrend(withoutSeason(grid, season))
  return { values, publishing, trend, season, firstTime }
}
