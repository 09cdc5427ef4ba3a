import { expect } from 'chai'
import { percentile } from '../../src/aws/insights/aggregates.ts'
import { evaluateRule } from '../../src/aws/story/alarm-evaluation.ts'
import { stateOf } from '../../src/aws/story/alarms.ts'
import { DIFFICULT_TEXT, LARGEST_MESSAGE_BYTES } from '../../src/aws/story/import-lines.ts'
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
    it(`has its alarms on whenever it begins, as at ${start}`, () => {
      const states = checkoutAt(new Date(start)).region.alarms.map(
        (one) => `${one.name} ${stateOf(one)}`,
      )
      expect(states).to.deep.equal([
        'cart-errors OK',
        'checkout-error-rate ALARM',
        'checkout-latency-p99 ALARM',
        'payments-queue-depth INSUFFICIENT_DATA',
        'shop-errors-by-service ALARM',
        'payments-pool-in-logs ALARM',
        'shop-health ALARM',
      ])
    })
  }

  it('has had no other alarms in two weeks than it says', () => {
    const { alarms, series } = checkoutAt().region
    const start = Math.floor(NOW / MINUTE) * MINUTE
    const from = start - 14 * 1440 * MINUTE
    const byMinute = (name: string) => {
      const found = new Map<number, number[]>()
      const one = series.find(
        (candidate) =>
          candidate.metricName === name && candidate.dimensions[0]?.Value === 'checkout',
      )
      for (const { timestamp, value } of one?.samples(from, start, NOW) ?? []) {
        const values = found.get(timestamp)
        if (values === undefined) found.set(timestamp, [value])
        else values.push(value)
      }
      return found
    }
    const [errors, latencies] = [byMinute('Errors'), byMinute('Latency')]
    const rate = (time: number) => {
      const values = errors.get(time)
      return values && (100 * values.reduce((sum, value) => sum + value)) / values.length
    }
    const ranges = [{ from: from + 60 * MINUTE, to: start }]
    const changes = (name: string) => {
      const found = alarms.find((alarm) => alarm.name === name)?.changes ?? []
      return found.slice(1).map((change) => `${change.to} ${change.at}`)
    }
    const shown = (evaluated: ReturnType<typeof evaluateRule>) =>
      evaluated.map((change) => `${change.to} ${change.at}`)
    expect(
      shown(evaluateRule({ threshold: 5, needed: 5, of: 10, periodSeconds: 60 }, rate, ranges)),
    ).to.deep.equal(changes('checkout-error-rate'))
    expect(
      shown(
        evaluateRule(
          { threshold: 1500, needed: 3, of: 5, periodSeconds: 60 },
          (time) => percentile(latencies.get(time) ?? [], 99),
          ranges,
        ),
      ),
    ).to.deep.equal(changes('checkout-latency-p99'))
  })

  it('lets the alarm on latency go on and off before, and the composite alarm with it', () => {
    const changes = (name: string) =>
      checkoutAt()
        .region.alarms.find((alarm) => alarm.name === name)
        ?.changes.map((change) => `${change.from}>${change.to}`)
    const expected = [
      'INSUFFICIENT_DATA>OK',
      ...['OK>ALARM', 'ALARM>OK', 'OK>ALARM', 'ALARM>OK', 'OK>ALARM', 'ALARM>OK'],
      'OK>ALARM',
    ]
    expect(changes('checkout-latency-p99')).to.deep.equal(expected)
    expect(changes('shop-health')).to.deep.equal(expected)
  })

  it('has two weeks of metrics with a day as their season, made in a moment', () => {
    const requests = checkoutAt().series('Requests')
    const hours = new Map<number, number>()
    const begun = performance.now()
    for (const { timestamp } of requests?.samples(NOW - 14 * 1440 * MINUTE, NOW, NOW) ?? []) {
      const hour = Math.floor(timestamp / (60 * MINUTE))
      hours.set(hour, (hours.get(hour) ?? 0) + 1)
    }
    expect(performance.now() - begun).to.be.lessThan(5000)
    const list = [...hours.values()].slice(1, -1)
    expect(list.length).to.be.within(334, 336)
    const mean = (values: readonly number[]) =>
      values.reduce((sum, value) => sum + value, 0) / values.length
    const correlation = (lag: number) => {
      const average = mean(list)
      const variance = mean(list.map((value) => (value - average) ** 2))
      const shifted = list.slice(lag)
      return (
        mean(shifted.map((value, at) => (value - average) * ((list[at] ?? 0) - average))) / variance
      )
    }
    expect(correlation(24)).to.be.greaterThan(0.85)
    expect(correlation(12)).to.be.lessThan(-0.85)
  })

  it('tells of the deploy in a log of its own, just before checkout fails', () => {
    const group = checkoutAt().region.logGroups.find((one) => one.name === '/shop/deployments')
    const lines = (group?.events(NOW - 60 * MINUTE, NOW, NOW) ?? []).map((event) => ({
      minutes: Math.round((event.timestamp - NOW) / MINUTE),
      ...JSON.parse(event.message),
    }))
    expect(lines.map((line) => `${line.minutes} ${line.event} ${line.version}`)).to.deep.equal([
      '-44 deployment.started 2.14.0',
      '-43 deployment.rolling 2.14.0',
      '-39 deployment.completed 2.14.0',
    ])
    expect(lines[0]).to.include({ previous: '2.13.4', deployment: 'd-7Q2M4XK9A' })
    const elsewhere = createStory(START)
      .region(ACCOUNTS.shop, 'eu-west-1')
      .logGroups.find((one) => one.name === '/shop/deployments')
    expect(elsewhere?.events(NOW - 60 * MINUTE, NOW, NOW)).to.deep.equal([])
  })

  it('forgets log events after three days, and says about how many bytes it keeps', () => {
    const { group } = checkoutAt()
    const later = NOW + 2 * 1440 * MINUTE
    const events = group.events(0, later, later)
    expect(events[0]?.timestamp).to.be.within(later - 3 * 1440 * MINUTE, later - 1439 * 2 * MINUTE)
    const bytes = group
      .events(0, NOW, NOW)
      .reduce((sum, event) => sum + Buffer.byteLength(event.message) + 26, 0)
    expect(group.storedBytes(NOW) / bytes).to.be.within(0.95, 1.05)
  })

  it('has the lines that are hard to handle: the largest there are, and difficult text', () => {
    const group = checkoutAt().region.logGroups.find((one) => one.name === '/shop/imports')
    const messages = (group?.events(NOW - 7 * 60 * MINUTE, NOW, NOW) ?? []).map(
      (event) => event.message,
    )
    const largest = messages.filter((message) => message.length > 1000)
    expect(largest.map((message) => Buffer.byteLength(message))).to.deep.equal([
      LARGEST_MESSAGE_BYTES,
      LARGEST_MESSAGE_BYTES,
    ])
    expect(JSON.parse(largest[0] ?? '').payload).to.contain('größe')
    const odd = messages.filter((message) => message.includes('odd product name'))
    expect(odd).to.have.length(7)
    expect(JSON.parse(odd[0] ?? '').name).to.equal(DIFFICULT_TEXT)
  })

  it('begins in a moment, because nothing is made before somebody asks', () => {
    const begun = performance.now()
    createStory(START)
    expect(performance.now() - begun).to.be.lessThan(50)
  })

  it('is made of a few hundred thousand events at most', () => {
    const { logGroups } = createStory(START).region(ACCOUNTS.shop, 'us-east-1')
    const count = logGroups.reduce((sum, group) => sum + group.events(0, NOW, NOW).length, 0)
    expect(count).to.be.within(100_000, 250_000)
  })
})
