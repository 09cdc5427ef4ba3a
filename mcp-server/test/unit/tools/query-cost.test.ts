import { expect } from 'chai'
import { costText, estimateBytes, groupsNamedIn } from '../../../src/tools/query-cost.ts'

describe('costText', () => {
  for (const [bytes, expected] of [
    [0, 'less than $0.01'],
    [1024 ** 3, 'less than $0.01'],
    [10 * 1024 ** 3, 'about $0.05'],
    [1024 ** 4, 'about $5.12'],
  ] as const) {
    it(`says ${expected} for ${bytes} bytes, with the price that it rests on`, () => {
      expect(costText(bytes)).to.equal(
        `${expected} at $0.005 per GB scanned (list price of us-east-1)`,
      )
    })
  }
})

describe('estimateBytes', () => {
  const now = new Date('2026-01-31T00:00:00Z')
  const days = (count: number) => new Date(now.getTime() - count * 86_400_000)
  const group = (storedBytes: number, retentionInDays?: number, age = 300) => ({
    storedBytes,
    creationTime: days(age).getTime(),
    ...(retentionInDays !== undefined && { retentionInDays }),
  })
  const range = (from: number, to = 0) => ({ start: days(from), end: days(to) })

  for (const [title, groups, asked, expected] of [
    ['a day of ten that are kept', [group(1_000, 10)], range(1), 100],
    ['a day of the time since a group began that never expires', [group(3_000)], range(1), 10],
    ['a group younger than its retention', [group(1_000, 10, 2)], range(1), 500],
    ['everything for a range longer than the retention', [group(1_000, 10)], range(90), 1_000],
    ['nothing for a range before the retention', [group(1_000, 10)], range(90, 20), 0],
    ['the part of a range inside the retention', [group(1_000, 10)], range(15, 5), 500],
    ['the sum of several', [group(1_000, 10), group(2_000, 10)], range(1), 300],
    ['nothing for an empty group', [group(0, 10), {}], range(1), 0],
    ['no more than is stored for a group of this minute', [group(1_000, 10, 0)], range(1), 1_000],
  ] as const) {
    it(`takes ${title}`, () => {
      expect(Math.round(estimateBytes(groups, asked, now))).to.equal(expected)
    })
  }
})

describe('groupsNamedIn', () => {
  for (const [query, expected] of [
    ['SELECT * FROM `/shop/checkout` LIMIT 5', ['/shop/checkout']],
    ['select a.x from `/a` a join `/b` b on a.id = b.id join `/a` c', ['/a', '/b']],
    [
      "SELECT * FROM `logGroups(logGroupIdentifier: ['/a', 'arn:aws:logs:x:1:log-group:/b'])`",
      ['/a', 'arn:aws:logs:x:1:log-group:/b'],
    ],
    ["SOURCE logGroups(namePrefix: ['/shop'])", undefined],
    ["SELECT * FROM `logGroups(namePrefix: ['/shop'])`", undefined],
    ['fields @message', undefined],
  ] as const) {
    it(`finds ${expected?.join(' and ') ?? 'none'} in ${query}`, () => {
      const found = groupsNamedIn(query)?.filter((name) => !name.startsWith('logGroups('))
      expect(found).to.deep.equal(expected)
    })
  }
})
