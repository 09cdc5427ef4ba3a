import { ACCOUNTS } from '../../world.ts'
import { type Alarm, alarmsOf } from './alarms.ts'
import { type LogGroup, logGroup } from './log-group.ts'
import { checkoutLines, mailerLines, paymentsLines, plainLines } from './log-lines.ts'
import { type Series, serviceSeries } from './series.ts'
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
  logGroups: readonly LogGroup[]
  series: readonly Series[]
  alarms: readonly Alarm[]
}>

export type Story = Readonly<{ region: (account: string, region: string) => Region }>

const EMPTY: Region = { logGroups: [], series: [], alarms: [] }

/**
 * The story: a quiet day, then a deploy of checkout 42 minutes before `startedAt` that goes wrong and stays wrong.
 * Minutes are made when somebody asks for them, also the ones that pass while the program runs.
 */
export function createStory(startedAt: Date): Story {
  const startMinute = Math.floor(startedAt.getTime() / 60_000) * 60_000
  const regions = new Map<string, Region>([
    [`${ACCOUNTS.shop} us-east-1`, shop(startMinute, 'us-east-1', 10, true)],
    [`${ACCOUNTS.shop} eu-west-1`, shop(startMinute, 'eu-west-1', 3, false)],
    [`${ACCOUNTS.catalog} us-east-1`, catalog(startMinute)],
  ])
  return { region: (account, region) => regions.get(`${account} ${region}`) ?? EMPTY }
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
  return {
    logGroups: [
      logGroup(place, '/aws/lambda/order-mailer', mailer, mailerLines),
      logGroup(place, '/shop/cart', cart, plainLines('cart')),
      logGroup(place, '/shop/checkout', checkout, checkoutLines, strange),
      logGroup(place, '/shop/frontend', frontend, plainLines('frontend')),
      logGroup(place, '/shop/payments', payments, paymentsLines),
    ],
    series,
    alarms: alarmsOf(place, checkout, breaks),
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
  return {
    logGroups: [
      logGroup(place, '/catalog/api', traffic('api', 6, 60), plainLines('api')),
      logGroup(place, '/catalog/search', traffic('search', 4, 140), plainLines('search')),
    ],
    series: [],
    alarms: [],
  }
}
