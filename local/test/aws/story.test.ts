import { expect } from 'chai'
import { stateOf } from '../../src/aws/story/alarms.ts'
import { createStory } from '../../src/aws/story/story.ts'
import { CONTROL_TEXT, INJECTED_TEXT } from '../../src/aws/story/strange-lines.ts'
import { ACCOUNTS } from '../../src/world.ts'

const START = new Date('2026-03-04T05:06:40Z')
const NOW = START.getTime()
const MINUTE = 60_000

function checkoutAt(start = START) {
  const region = createStory(start).region(ACCOUNTS.shop, 'us-east-1')
  const group = region.logGroups.find((one) => one.name === '/shop/checkout')
  const series = (name: string) =>
    region.series.find((one) => one.metricName === name && one.dimensions[0]?.Value === 'checkout')
  if (group === undefined) throw new Error('no checkout')
  return { region, group, series }
}

/** The requests among the lines of checkout, as the objects they are. */
function requestsBetween(from: number, to: number) {
  return checkoutAt()
    .group.events(from, to, NOW)
    .filter((event) => event.message.includes('latencyMs'))
    .map((event) => JSON.parse(event.message))
}

describe('the story', () => {
  it('is the same every time it begins at the same minute', () => {
    const lines = () =>
      checkoutAt()
        .group.events(NOW - 60 * MINUTE, NOW, NOW)
        .map((event) => `${event.timestamp} ${event.message}`)
    expect(lines()).to.deep.equal(lines())
  })

  it('is quiet for a day, then 18 % of checkouts fail', () => {
    const share = (from: number, to: number) => {
      const requests = requestsBetween(NOW + from * MINUTE, NOW + to * MINUTE)
      return requests.filter((one) => one.level === 'ERROR').length / requests.length
    }
    expect(share(-1440, -43)).to.be.within(0.0005, 0.005)
    expect(share(-34, 0)).to.be.within(0.13, 0.23)
  })

  it('blames the new version, which times out at payments', () => {
    const failed = requestsBetween(NOW - 35 * MINUTE, NOW).filter((one) => one.level === 'ERROR')
    expect(
      new Set(failed.map((one) => `${one.version} ${one.error.type} ${one.http.status}`)),
    ).to.include('2.14.0 PaymentTimeoutError 504')
    const before = requestsBetween(NOW - 300 * MINUTE, NOW - 43 * MINUTE)
    expect(new Set(before.map((one) => one.version))).to.deep.equal(new Set(['2.13.4']))
  })

  it('lets metrics and logs say the same, minute by minute', () => {
    const { group, series } = checkoutAt()
    const minuteOf = (time: number) => Math.floor(time / MINUTE) * MINUTE
    const from = minuteOf(NOW) - 120 * MINUTE
    const counted = new Map<number, { requests: number; errors: number; latency: number }>()
    for (const event of group.events(from, NOW, NOW)) {
      if (!event.message.includes('latencyMs')) continue
      const fields = JSON.parse(event.message)
      const minute = minuteOf(event.timestamp)
      const sum = counted.get(minute) ?? { requests: 0, errors: 0, latency: 0 }
      sum.requests += 1
      sum.errors += fields.level === 'ERROR' ? 1 : 0
      sum.latency += fields.latencyMs
      counted.set(minute, sum)
    }
    const measured = new Map<number, { requests: number; errors: number; latency: number }>()
    const members = [
      ['Requests', 'requests'],
      ['Errors', 'errors'],
      ['Latency', 'latency'],
    ] as const
    for (const [name, member] of members) {
      for (const { timestamp, value } of series(name)?.samples(from, NOW + MINUTE, NOW) ?? []) {
        const sum = measured.get(timestamp) ?? { requests: 0, errors: 0, latency: 0 }
        sum[member] += value
        measured.set(timestamp, sum)
      }
    }
    expect(measured).to.deep.equal(counted)
    expect(counted.size).to.equal(121)
  })

  it('goes on while the program runs, and never into the future', () => {
    const { group } = checkoutAt()
    expect(group.events(NOW + 1, NOW + 10 * MINUTE, NOW)).to.deep.equal([])
    const later = NOW + 10 * MINUTE
    const events = group.events(NOW + 1, later, later)
    expect(events.length).to.be.greaterThan(50)
    expect(Math.max(...events.map((event) => event.timestamp))).to.be.at.most(later)
  })

  it('has one line that talks to models and one that talks to terminals in the last hour', () => {
    const messages = checkoutAt()
      .group.events(NOW - 60 * MINUTE, NOW, NOW)
      .map((event) => event.message)
    expect(messages.filter((one) => one.includes(INJECTED_TEXT))).to.have.length(1)
    expect(messages.filter((one) => one === CONTROL_TEXT)).to.have.length(1)
    expect(CONTROL_TEXT).to.contain('\u001b[2J')
  })

  it('is well in the other region and unknown elsewhere', () => {
    const story = createStory(START)
    const healthy = story
      .region(ACCOUNTS.shop, 'eu-west-1')
      .logGroups.flatMap((group) => group.events(NOW - 40 * MINUTE, NOW, NOW))
    expect(healthy.filter((event) => event.message.includes('timed out'))).to.deep.equal([])
    expect(story.region(ACCOUNTS.catalog, 'eu-west-1').logGroups).to.deep.equal([])
    expect(story.region('999999999999', 'us-east-1').logGroups).to.deep.equal([])
  })

  for (const start of ['2026-01-01T00:00:00Z', '2026-07-15T13:37:59Z', '2027-12-31T23:59:59Z']) {
    it(`has both alarms on whenever it begins, as at ${start}`, () => {
      const states = checkoutAt(new Date(start)).region.alarms.map(
        (one) => `${one.name} ${stateOf(one)}`,
      )
      expect(states).to.deep.equal([
        'cart-errors OK',
        'checkout-error-rate ALARM',
        'checkout-latency-p99 ALARM',
        'payments-queue-depth INSUFFICIENT_DATA',
        'shop-health ALARM',
      ])
    })
  }

  it('is made of a few ten thousand events at most', () => {
    const { logGroups } = createStory(START).region(ACCOUNTS.shop, 'us-east-1')
    const count = logGroups.reduce((sum, group) => sum + group.events(0, NOW, NOW).length, 0)
    expect(count).to.be.within(20_000, 70_000)
  })
})
