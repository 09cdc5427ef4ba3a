import { expect } from 'chai'
import { AwsError } from '../../src/aws/aws-error.ts'
import { parseQuery } from '../../src/aws/insights/parse-query.ts'
import { eventRow } from '../../src/aws/insights/record.ts'
import { runQuery } from '../../src/aws/insights/run-query.ts'

const NOON = Date.UTC(2026, 0, 2, 12)

/** Five records, oldest first; the last one is plain text. */
const MESSAGES = [
  { level: 'INFO', path: '/cart', ms: 10, http: { status: 200 }, user: 'a' },
  { level: 'ERROR', path: '/checkout', ms: 3000, http: { status: 504 }, user: 'b' },
  { level: 'INFO', path: '/checkout', ms: 40, http: { status: 200 }, user: 'a' },
  { level: 'ERROR', path: '/checkout', ms: 3100, http: { status: 504 } },
  'user=carol, took 7 ms, "done"',
].map((message) => (typeof message === 'string' ? message : JSON.stringify(message)))

const ROWS = MESSAGES.map((message, at) =>
  eventRow(
    {
      id: String(at),
      timestamp: NOON + at * 60_000,
      ingestionTime: NOON + at * 60_000 + 500,
      stream: `s${at % 2}`,
      message,
    },
    '111122223333:/shop/checkout',
    `ptr${at}`,
  ),
).reverse()

/** The result as objects, without the pointer. */
function run(query: string, limit = 10_000) {
  return runQuery(parseQuery(query), ROWS, limit).rows.map((row) =>
    Object.fromEntries(
      row.filter((one) => one.field !== '@ptr').map((one) => [one.field, one.value]),
    ),
  )
}
const column = (query: string, name: string) => run(query).map((row) => row[name])

describe('Logs Insights queries', () => {
  it('show time and message of the newest record first when they name no fields', () => {
    expect(run('limit 2')).to.deep.equal([
      { '@timestamp': '2026-01-02 12:04:00.000', '@message': MESSAGES[4] },
      { '@timestamp': '2026-01-02 12:03:00.000', '@message': MESSAGES[3] },
    ])
  })

  it('carry a pointer on every record, and none on rows of stats', () => {
    expect(runQuery(parseQuery('limit 1'), ROWS, 10).rows[0]?.at(-1)).to.deep.equal({
      field: '@ptr',
      value: 'ptr4',
    })
    expect(run('stats count(*)')).to.deep.equal([{ 'count(*)': '5' }])
    expect(runQuery(parseQuery('stats count(*)'), ROWS, 10).rows[0]).to.have.length(1)
  })

  it('count what the filters let through, before any aggregation', () => {
    const matched = (query: string) => runQuery(parseQuery(query), ROWS, 10).recordsMatched
    expect(matched('filter level = "ERROR" | stats count(*)')).to.equal(2)
    expect(matched('filter ispresent(level) | limit 1')).to.equal(4)
    expect(matched('fields @message')).to.equal(5)
  })

  const filters: ReadonlyArray<readonly [string, number]> = [
    ['level = "ERROR"', 2],
    ["level = 'ERROR'", 2],
    ['level != "ERROR"', 2],
    ['ms > 40', 2],
    ['ms >= 40', 3],
    ['ms < 40', 1],
    ['ms <= 40', 2],
    ['http.status = 504', 2],
    ['http.status = "504"', 2],
    ['@message like "checkout"', 3],
    ['@message like /CHECKOUT/', 0],
    ['@message like /CHECKOUT/i', 3],
    ['@message like /(?i)CHECKOUT/', 3],
    ['@message =~ /took \\d+ ms/', 1],
    ['@message not like /checkout/', 2],
    ['path not in ["/cart"]', 4],
    ['path in ["/cart", "/other"]', 1],
    ['ms in [10, 40]', 2],
    ['isPresent(user)', 3],
    ['not ispresent(level)', 1],
    ['level = "INFO" and user = "a"', 2],
    ['level = "INFO" AND path = "/cart" or ms = 3100', 2],
    ['level = "INFO" and (path = "/cart" or ms = 3100)', 1],
    ['ms / 10 = 1', 1],
    ['ms % 100 = 0', 2],
    ['2 ^ 3 = 8', 5],
    ['-ms = -10', 1],
    ['1 + 2 * 3 = 7', 5],
    ['strlen(user) = 1', 3],
    ['strcontains(path, "check")', 3],
    ['toupper(user) = "A"', 2],
    ['@logStream = "s1"', 2],
    ['@log like "/shop/checkout"', 5],
    ['`http.status` = 200', 2],
    ['ms > 40 # a comment\n', 2],
    ['coalesce(user, "none") = "none"', 2],
    ['abs(0 - ms) = 10', 1],
    ['missing != "x"', 0],
    ['@timestamp >= 1767355440000', 1],
  ]
  for (const [filter, count] of filters) {
    it(`keep ${count} of 5 records with ${JSON.stringify(filter)}`, () => {
      expect(run(`filter ${filter}`)).to.have.length(count)
    })
  }

  it('compute columns and name them by alias or by their text', () => {
    expect(run('fields ms * 2 as double, concat(level, "!") | filter ms = 10')).to.deep.equal([
      { double: '20', 'concat(level, "!")': 'INFO!' },
    ])
  })

  it('collect the columns of several fields commands, and show only those of display', () => {
    expect(run('filter ms=10 | fields level | fields path')).to.deep.equal([
      { level: 'INFO', path: '/cart' },
    ])
    expect(run('filter ms=10 | fields level, path | display path')).to.deep.equal([
      { path: '/cart' },
    ])
  })

  it('show a nested object as JSON and leave out what a record lacks', () => {
    expect(run('filter ms = 10 | fields http, nothing')).to.deep.equal([{ http: '{"status":200}' }])
  })

  it('sort by several keys, records without a value last', () => {
    expect(column('fields ms | sort level asc, ms desc', 'ms')).to.deep.equal([
      '3100',
      '3000',
      '40',
      '10',
      undefined,
    ])
    expect(column('fields user | sort user desc', 'user').slice(0, 3)).to.deep.equal([
      'b',
      'a',
      'a',
    ])
  })

  it('take the first of each combination with dedup', () => {
    expect(column('fields ms, level, path | sort ms asc | dedup level, path', 'ms')).to.deep.equal([
      '10',
      '40',
      '3000',
      undefined,
    ])
  })

  it('parse with globs', () => {
    const parsed = run('parse @message "user=*, took * ms" as who, time | filter ispresent(who)')
    expect(parsed).to.have.length(1)
    expect(
      column(
        'parse @message "user=*, took * ms, *" as who, time, rest | fields who, time, rest | filter time = 7',
        'rest',
      ),
    ).to.deep.equal(['"done"'])
  })

  it('parse with named groups, and from a field that an earlier command made', () => {
    expect(
      column(
        'parse @message /user=(?<who>\\w+)/ | filter who = "carol" | fields toupper(who) as w | parse w "C*" as x | display x',
        'x',
      ),
    ).to.deep.equal(['AROL'])
  })

  it('aggregate by fields', () => {
    const rows = run(
      'filter ispresent(level) | stats count(*) as n, sum(ms), avg(ms), min(ms), max(ms), pct(ms, 50), ' +
        'count_distinct(user) as users by level | sort level',
    )
    expect(rows).to.deep.equal([
      {
        level: 'ERROR',
        n: '2',
        'sum(ms)': '6100',
        'avg(ms)': '3050',
        'min(ms)': '3000',
        'max(ms)': '3100',
        'pct(ms, 50)': '3000',
        users: '1',
      },
      {
        level: 'INFO',
        n: '2',
        'sum(ms)': '50',
        'avg(ms)': '25',
        'min(ms)': '10',
        'max(ms)': '40',
        'pct(ms, 50)': '10',
        users: '1',
      },
    ])
  })

  it('aggregate by time, and calculate with aggregates', () => {
    expect(
      run(
        'stats count(*) as n, sum(level = "ERROR") / count(*) * 100 as rate by bin(3m) | sort bin(3m) asc',
      ),
    ).to.deep.equal([
      { 'bin(3m)': '2026-01-02 12:00:00.000', n: '3', rate: '33.3333' },
      { 'bin(3m)': '2026-01-02 12:03:00.000', n: '2', rate: '50' },
    ])
  })

  it('bin by months, quarters and years of the calendar', () => {
    expect(column('stats count(*) by bin(1mo)', 'bin(1mo)')).to.deep.equal([
      '2026-01-01 00:00:00.000',
    ])
    expect(column('stats count(*) by bin(2q)', 'bin(2q)')).to.deep.equal([
      '2026-01-01 00:00:00.000',
    ])
    expect(column('stats count(*) by datefloor(@timestamp, 10y) as d', 'd')).to.deep.equal([
      '2020-01-01 00:00:00.000',
    ])
  })

  it('count the records that have a field', () => {
    expect(
      run('stats count(user) as u, count() as all, earliest(ms) as e, latest(ms) as l'),
    ).to.deep.equal([{ u: '3', all: '5', e: '10' }])
  })

  it('go on after stats with what stats made', () => {
    expect(
      run(
        'stats count(*) as n by level | filter n > 1 | fields n * 10 as ten | sort level | limit 1',
      ),
    ).to.deep.equal([{ level: 'ERROR', n: '2', ten: '20' }])
    expect(run('stats count(*) as n by level, path | stats max(n) as most')).to.deep.equal([
      { most: '2' },
    ])
    expect(
      column('stats count(*) by level | sort count(*) desc | limit 1', 'count(*)'),
    ).to.deep.equal(['2'])
  })

  it('obey the limit of the request and that of the query, whichever is smaller', () => {
    expect(run('limit 3', 2)).to.have.length(2)
    expect(run('limit 2', 3)).to.have.length(2)
  })

  it('span lines', () => {
    expect(run('fields level # what\n| filter level = "ERROR"\n| limit 1')).to.have.length(1)
  })
})

describe('malformed queries', () => {
  const cases: ReadonlyArray<readonly [string, string]> = [
    ['', 'unexpected symbol found <EOF> at line 1 and position 0'],
    ['bogus @message', 'unexpected symbol found bogus at line 1 and position 0'],
    ['fields @message | bogus', 'unexpected symbol found bogus at line 1 and position 18'],
    ['fields @message |', 'unexpected symbol found <EOF> at line 1 and position 17'],
    ['| fields @message', 'unexpected symbol found | at line 1 and position 0'],
    ['fields', 'unexpected symbol found <EOF> at line 1 and position 6'],
    ['fields @message,', 'unexpected symbol found <EOF> at line 1 and position 16'],
    ['fields @message\n| filter level ==', 'unexpected symbol found = at line 2 and position 16'],
    ['filter level = "open', 'unexpected symbol found " at line 1 and position 15'],
    ['filter (level = 1', 'unexpected symbol found <EOF> at line 1 and position 17'],
    ['filter level in "ERROR"', 'unexpected symbol found ERROR at line 1 and position 16'],
    ['filter level like 5', 'unexpected symbol found 5 at line 1 and position 18'],
    ['filter level not = 5', 'unexpected symbol found = at line 1 and position 17'],
    ['filter @message like /(/', 'invalid regular expression ( at line 1 and position 21'],
    ['filter @message like /a/g', 'invalid regular expression flags g at line 1 and position 21'],
    ['filter nope(level) = 1', 'unknown function nope at line 1 and position 7'],
    [
      'filter strlen() = 1',
      'wrong number of arguments for function strlen at line 1 and position 7',
    ],
    ['filter constructor(level)', 'unknown function constructor at line 1 and position 7'],
    ['stats level', 'stats needs an aggregation function, not level at line 1 and position 0'],
    ['stats count(*) by bin(5)', 'unexpected symbol found 5 at line 1 and position 22'],
    ['stats count(*) by bin(1x)', 'unexpected symbol found 1 at line 1 and position 22'],
    ['stats sum(*)', 'unexpected symbol found * at line 1 and position 10'],
    [
      'filter count(*) > 1',
      'aggregation functions are only allowed in stats at line 1 and position 0',
    ],
    [
      'sort count(*) desc',
      'aggregation functions are only allowed in stats: count(*) at line 1 and position 5',
    ],
    [
      'stats count(*) as n by level | fields path',
      'unknown symbols found in or after stats: path at line 1 and position 38',
    ],
    ['limit', 'unexpected symbol found <EOF> at line 1 and position 5'],
    ['limit -1', 'unexpected symbol found - at line 1 and position 6'],
    ['limit 0', 'limit must be between 1 and 100000, not 0 at line 1 and position 6'],
    ['limit 1.5', 'unexpected symbol found 1.5 at line 1 and position 6'],
    ['dedup level | sort level', 'unexpected symbol found sort at line 1 and position 14'],
    [
      'parse @message "a * b" as x, y',
      'parse has 1 wildcards and 2 names at line 1 and position 15',
    ],
    ['parse @message "a * b"', 'unexpected symbol found <EOF> at line 1 and position 22'],
    ['parse @message /a(b)/', 'parse needs named groups (?<name>…) at line 1 and position 6'],
    [
      'pattern @message | diff',
      'the command diff is not supported by this local stand-in at line 1 and position 19',
    ],
    ['pattern', 'unexpected symbol found <EOF> at line 1 and position 7'],
    [
      'pattern @message | filter level = "ERROR"',
      'unknown symbols found in or after stats: level at line 1 and position 26',
    ],
    [
      'filter @message like "x" | SOURCE logGroups()',
      'the command source is not supported by this local stand-in at line 1 and position 27',
    ],
    [
      'SOURCE logGroups()',
      'the command source is not supported by this local stand-in at line 1 and position 0',
    ],
    ['fields @message limit 5', 'unexpected symbol found limit at line 1 and position 16'],
    ['SELECT * FROM x', 'unexpected symbol found SELECT at line 1 and position 0'],
  ]
  for (const [query, message] of cases) {
    it(`say what is wrong with ${JSON.stringify(query)}`, () => {
      let failure: unknown
      try {
        parseQuery(query)
      } catch (error) {
        failure = error
      }
      expect(failure).to.be.instanceOf(AwsError)
      expect(failure).to.include({ code: 'MalformedQueryException', message })
    })
  }
})
