import { ACCOUNTS } from '../../world.ts'
import type { Alarm } from './alarms.ts'
import { anomaliesOf, detectorsOf, type LogAnomaly, type LogAnomalyDetector } from './anomalies.ts'
import { type Dashboard, dashboardsOf } from './dashboards.ts'
import { deploymentLines } from './deployments.ts'
import { importLines } from './import-lines.ts'
import { type LogGroup, logGroup, writtenLogGroup } from './log-group.ts'
import { checkoutLines, mailerLines, paymentsLines, plainLines } from './log-lines.ts'
import { type MuteRule, muteRulesOf } from './mute-rules.ts'
import { type PastQuery, pastQueriesOf } from './past-queries.ts'
import { type SavedQuery, savedQueriesOf } from './saved-queries.ts'
import { gaugeSeries, type Series, serviceSeries } from './series.ts'
import { alarmsOf } from './shop-alarms.ts'
import { strangeLines } from './strange-lines.ts'
import {
  checkoutTraffic,
  frontendTraffic,
  mailerTraffic,
  OLD_VERSION,
  paymentsTraffic,
  steadyTraffic,
} from './traffic.ts'

/** What one account has in one region. */
export type Region = Readonly<{
  account: string
  logGroups: readonly LogGroup[]
  series: readonly Series[]
  alarms: readonly Alarm[]
  muteRules: readonly MuteRule[]
  savedQueries: readonly SavedQuery[]
  pastQueries: readonly PastQuery[]
  detectors: readonly LogAnomalyDetector[]
  anomalies: readonly LogAnomaly[]
}>

export type Story = Readonly<{
  region: (account: string, region: string) => Region
  /** Dashboards belong to an account, whatever region is asked. */
  dashboards: (account: string) => readonly Dashboard[]
  /** The accounts that share what they observe with `account`; without itself. */
  linkedTo: (account: string) => readonly string[]
}>

function emptyRegion(account: string): Region {
  return {
    account,
    logGroups: [],
    series: [],
    alarms: [],
    muteRules: [],
    savedQueries: [],
    pastQueries: [],
    detectors: [],
    anomalies: [],
  }
}

/**
 * The story: two weeks of ordinary days with one short trouble in them, then a deploy of checkout 42 minutes before
 * `startedAt` that goes wrong and stays wrong. Minutes are made when somebody asks for them, also the ones that pass
 * while the program runs; so is everything that a region has.
 */
export function createStory(startedAt: Date): Story {
  const startMinute = Math.floor(startedAt.getTime() / 60_000) * 60_000
  const regions = new Map<string, () => Region>([
    [`${ACCOUNTS.shop} us-east-1`, once(() => shop(startMinute, 'us-east-1', 10, true))],
    [`${ACCOUNTS.shop} eu-west-1`, once(() => shop(startMinute, 'eu-west-1', 3, false))],
    [`${ACCOUNTS.catalog} us-east-1`, once(() => catalog(startMinute))],
  ])
  const place = { startMinute, account: ACCOUNTS.shop, region: 'us-east-1' }
  const dashboards = once(() => dashboardsOf(place))
  return {
    region: (account, region) => regions.get(`${account} ${region}`)?.() ?? emptyRegion(account),
    dashboards: (account) => (account === ACCOUNTS.shop ? dashboards() : []),
    // The shop's account is the monitoring account of the two.
    linkedTo: (account) => (account === ACCOUNTS.shop ? [ACCOUNTS.catalog] : []),
  }
}

function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}

function shop(startMinute: number, region: string, perMinute: number, breaks: boolean): Region {
  const seed = `shop ${region}`
  const place = { startMinute, account: ACCOUNTS.shop, region }
  const checkout = checkoutTraffic(seed, perMinute, breaks)
  const payments = paymentsTraffic(seed, checkout)
  const cart = steadyTraffic({
    seed,
    service: 'cart',
    perMinute: perMinute / 2,
    medianMs: 45,
    failingShare: 0.002,
    version: '3.8.1',
    paths: ['/cart', '/cart/items'],
  })
  const frontend = frontendTraffic(seed, perMinute * 0.75, breaks)
  const mailer = mailerTraffic(seed, checkout)
  const service = (name: string) => [{ Name: 'Service', Value: name }]
  const strange = breaks ? (index: number) => strangeLines(seed, index) : undefined
  const series = [
    ...serviceSeries(startMinute, 'Shop/Checkout', service('checkout'), checkout),
    ...serviceSeries(startMinute, 'Shop/Checkout', service('cart'), cart),
    ...serviceSeries(startMinute, 'Shop/Checkout', service('payments'), payments),
    ...serviceSeries(startMinute, 'Shop/Payments', service('payments'), payments),
    // The agent that measured it was switched off twelve days ago.
    gaugeSeries(
      startMinute,
      {
        namespace: 'Shop/Payments',
        metricName: 'QueueDepth',
        dimensions: service('payments'),
        unit: 'Count',
      },
      5,
      -12 * 1440,
      (index) => payments(index).filter((request) => request.latencyMs > 100).length,
    ),
    ...serviceSeries(
      startMinute,
      'AWS/Lambda',
      [{ Name: 'FunctionName', Value: 'order-mailer' }],
      mailer,
    ),
    ...serviceSeries(
      startMinute,
      'AWS/ApplicationELB',
      [{ Name: 'LoadBalancer', Value: 'app/shop-frontend/50dc6c495c0c9188' }],
      frontend,
    ),
  ]
  const logGroups = [
    logGroup(place, '/aws/lambda/order-mailer', mailer, mailerLines),
    logGroup(place, '/shop/cart', cart, plainLines('cart')),
    logGroup(place, '/shop/checkout', checkout, checkoutLines, strange),
    writtenLogGroup(place, '/shop/deployments', deploymentLines(breaks)),
    logGroup(place, '/shop/frontend', frontend, plainLines('frontend')),
    // Only one region has it: nobody imports twice.
    ...(breaks ? [writtenLogGroup(place, '/shop/imports', importLines(seed))] : []),
    logGroup(place, '/shop/payments', payments, paymentsLines),
  ]
  const lazy = {
    alarms: once(() => alarmsOf(place, { checkout, payments, cart }, breaks)),
    pastQueries: once(() => (breaks ? pastQueriesOf(place, logGroups) : [])),
    detectors: once(() => detectorsOf(place, logGroups)),
  }
  return {
    account: place.account,
    logGroups,
    series,
    get alarms() {
      return lazy.alarms()
    },
    muteRules: breaks ? muteRulesOf(place) : [],
    savedQueries: savedQueriesOf(place),
    get pastQueries() {
      return lazy.pastQueries()
    },
    get detectors() {
      return lazy.detectors()
    },
    get anomalies() {
      return breaks ? anomaliesOf(place, lazy.detectors()) : []
    },
  }
}

function catalog(startMinute: number): Region {
  const place = { startMinute, account: ACCOUNTS.catalog, region: 'us-east-1' }
  const traffic = (service: string, perMinute: number, medianMs: number) =>
    steadyTraffic({
      seed: 'catalog',
      service,
      perMinute,
      medianMs,
      failingShare: 0.004,
      version: OLD_VERSION,
      paths: [`/${service}/products`, `/${service}/categories`],
    })
  const [api, search] = [traffic('api', 6, 60), traffic('search', 4, 140)]
  return {
    ...emptyRegion(place.account),
    logGroups: [
      logGroup(place, '/catalog/api', api, plainLines('api')),
      logGroup(place, '/catalog/search', search, plainLines('search')),
    ],
    series: [
      ...serviceSeries(startMinute, 'Shop/Catalog', [{ Name: 'Service', Value: 'api' }], api),
      ...serviceSeries(startMinute, 'Shop/Catalog', [{ Name: 'Service', Value: 'search' }], search),
    ],
  }
}
