import {
  GetQueryResultsCommand,
  type QueryLanguage,
  StartQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { expect } from 'chai'
import { AwsError } from '../../src/aws/aws-error.ts'
import { parsePpl } from '../../src/aws/insights/parse-ppl.ts'
import { parseSql } from '../../src/aws/insights/parse-sql.ts'
import { eventRow } from '../../src/aws/insights/record.ts'
import { runQuery } from '../../src/aws/insights/run-query.ts'
import { type Fixture, startFixture } from './aws-fixture.ts'

const NOON = Date.UTC(2026, 0, 2, 12)
const ROWS = [
  { level: 'INFO', path: '/cart', ms: 10, http: { status: 200 } },
  { level: 'ERROR', path: '/checkout', ms: 3000, http: { status: 504 } },
  { level: 'INFO', path: '/checkout', ms: 40, http: { status: 200 } },
  { level: 'ERROR', path: '/checkout', ms: 3100, http: { status: 504 } },
  { level: 'WARN', path: '/cart' },
].map((message, at) =>
  eventRow(
    {
      id: String(at),
      timestamp: NOON + at * 60_000,
      ingestionTime: NOON,
      stream: `s${at}`,
      message: JSON.stringify(message),
    },
    '1:/g',
    `ptr${at}`,
  ),
)

type Parse = typeof parseSql

/** The rows as text, columns in the order in which they are shown. */
function run(parse: Parse, query: string): string[] {
  return runQuery(parse(query).commands, ROWS, 10_000).rows.map((row) =>
    row
      .filter((one) => one.field !== '@ptr')
      .map((one) => `${one.field}=${one.value}`)
      .join(' '),
  )
}

function failure(parse: Parse, query: string): unknown {
  try {
    parse(query)
  } catch (error) {
    return error
  }
  return undefined
}

describe('SQL', () => {
  const queries: ReadonlyArray<readonly [string, string[]]> = [
    [
      "SELECT path, ms FROM `g` WHERE level = 'ERROR'",
      ['path=/checkout ms=3000', 'path=/checkout ms=3100'],
    ],
    ['SELECT ms FROM `g` ORDER BY ms DESC LIMIT 2', ['ms=3100', 'ms=3000']],
    ['select `http.status` as status from `g` where ms < 40', ['status=200']],
    ["SELECT ms FROM `g` WHERE path LIKE '%art' AND ms IS NOT NULL", ['ms=10']],
    ['SELECT level FROM `g` WHERE ms IS NULL', ['level=WARN']],
    ['SELECT ms FROM `g` WHERE ms BETWEEN 40 AND 3000', ['ms=3000', 'ms=40']],
    ["SELECT ms FROM `g` WHERE level IN ('WARN', 'INFO') AND NOT ms > 20", ['ms=10']],
    ["SELECT ms FROM `g` WHERE level <> 'ERROR' AND path NOT LIKE '/cart'", ['ms=40']],
    ['SELECT UPPER(path) AS p, ms / 10 AS tens FROM `g` WHERE ms = 10', ['p=/CART tens=1']],
    ['SELECT COUNT(*) FROM `g`', ['COUNT(*)=5']],
    [
      'SELECT level, COUNT(*) AS n, AVG(ms) AS mean FROM `g` GROUP BY level ORDER BY n DESC, level',
      ['level=ERROR n=2 mean=3050', 'level=INFO n=2 mean=25', 'level=WARN n=1'],
    ],
    [
      'SELECT MAX(ms) AS most, path FROM `g` GROUP BY path ORDER BY COUNT(*) DESC LIMIT 1',
      ['most=3100 path=/checkout'],
    ],
    [
      'SELECT level FROM `g` GROUP BY level HAVING COUNT(*) > 1 ORDER BY level',
      ['level=ERROR', 'level=INFO'],
    ],
    ['SELECT COUNT(DISTINCT path) AS paths FROM `g`;', ['paths=2']],
    [
      'SELECT * FROM `g` LIMIT 1',
      [
        `@timestamp=2026-01-02 12:00:00.000 @logStream=s0 @message=${JSON.stringify({ level: 'INFO', path: '/cart', ms: 10, http: { status: 200 } })}`,
      ],
    ],
  ]
  for (const [query, rows] of queries) {
    it(`answers ${query}`, () => {
      expect(run(parseSql, query)).to.deep.equal(rows)
    })
  }

  it('names its log groups, one, several, or in logGroups()', () => {
    expect(parseSql('SELECT ms FROM `/shop/a`').groups).to.deep.equal(['/shop/a'])
    expect(parseSql('SELECT ms FROM `/shop/a`, `/shop/b`').groups).to.deep.equal([
      '/shop/a',
      '/shop/b',
    ])
    expect(
      parseSql("SELECT ms FROM `logGroups(logGroupIdentifier: ['/shop/a', '/shop/b'])`").groups,
    ).to.deep.equal(['/shop/a', '/shop/b'])
  })

  const malformed: ReadonlyArray<readonly [string, string]> = [
    ['', 'unexpected symbol found <EOF> at line 1 and position 0'],
    ['SELECT', 'unexpected symbol found <EOF> at line 1 and position 6'],
    ['SELECT ms', 'unexpected symbol found <EOF> at line 1 and position 9'],
    ['SELECT ms FROM g', 'unexpected symbol found g at line 1 and position 15'],
    ['SELECT ms FROM `g`\nWHERE', 'unexpected symbol found <EOF> at line 2 and position 5'],
    ['SELECT DISTINCT ms FROM `g`', 'unexpected symbol found DISTINCT at line 1 and position 7'],
    ['SELECT ms FROM `g` JOIN `h`', 'unexpected symbol found JOIN at line 1 and position 19'],
    ['SELECT nope(ms) FROM `g`', 'unknown function nope at line 1 and position 7'],
    [
      'SELECT path, COUNT(*) FROM `g`',
      'the column path is neither aggregated nor in GROUP BY at line 1 and position 7',
    ],
    [
      'SELECT ms FROM `g` WHERE COUNT(*) > 1',
      'aggregation functions are not allowed in WHERE at line 1 and position 19',
    ],
    [
      'SELECT level FROM `g` GROUP BY level ORDER BY ms',
      'unknown symbols found in or after stats: ms at line 1 and position 46',
    ],
    [
      'SELECT ms FROM `g` LIMIT 10001',
      'the limit must be between 1 and 10000, not 10001 at line 1 and position 25',
    ],
    ['fields @message | limit 5', 'unexpected symbol found fields at line 1 and position 0'],
  ]
  for (const [query, message] of malformed) {
    it(`says what is wrong with ${JSON.stringify(query)}`, () => {
      const error = failure(parseSql, query)
      expect(error).to.be.instanceOf(AwsError)
      expect(error).to.include({ code: 'MalformedQueryException', message })
    })
  }
})

describe('PPL', () => {
  const queries: ReadonlyArray<readonly [string, string[]]> = [
    [
      'source = `g` | where level = "ERROR" | fields path, ms',
      ['path=/checkout ms=3000', 'path=/checkout ms=3100'],
    ],
    ['fields ms | sort - ms | head 2', ['ms=3100', 'ms=3000']],
    ['where isnull(ms) | fields level', ['level=WARN']],
    ['where isnotnull(ms) and like(path, "%art") | fields ms', ['ms=10']],
    ["where level in ('WARN', 'INFO') or ms = 3100 | fields level | head 1", ['level=INFO']],
    ['eval tens = ms / 10 | where tens = 4 | fields tens', ['tens=4']],
    [
      'source = `g` | stats count() as n, avg(ms) as mean by level | sort - n, + level',
      ['level=ERROR n=2 mean=3050', 'level=INFO n=2 mean=25', 'level=WARN n=1'],
    ],
    [
      'stats count() by span(@timestamp, 3m) as t | sort t',
      ['t=2026-01-02 12:00:00.000 count()=3', 't=2026-01-02 12:03:00.000 count()=2'],
    ],
    ['stats distinct_count(path) as paths, max(ms)', ['paths=2 max(ms)=3100']],
    ['fields level | dedup level | head', ['level=INFO', 'level=ERROR', 'level=WARN']],
    [
      'stats count() as n by `http.status` | where n > 1 | sort n desc | fields `http.status`',
      ['http.status=200', 'http.status=504'],
    ],
  ]
  for (const [query, rows] of queries) {
    it(`answers ${query}`, () => {
      expect(run(parsePpl, query)).to.deep.equal(rows)
    })
  }

  it('names its log groups or leaves that to the request', () => {
    expect(parsePpl('source = `/shop/a`').groups).to.deep.equal(['/shop/a'])
    expect(parsePpl('source = [`/shop/a`, `/shop/b`] | head 5').groups).to.have.length(2)
    expect(parsePpl('head 5').groups).to.deep.equal([])
  })

  const malformed: ReadonlyArray<readonly [string, string]> = [
    ['', 'unexpected symbol found <EOF> at line 1 and position 0'],
    ['source = `g` where a = 1', 'unexpected symbol found where at line 1 and position 13'],
    ['source = `g` | top 5 level', 'unexpected symbol found top at line 1 and position 15'],
    ['stats ms by level', 'stats needs an aggregation function, not ms at line 1 and position 0'],
    [
      'where count() > 1',
      'aggregation functions are not allowed in where at line 1 and position 0',
    ],
    ['head 0', 'the limit must be between 1 and 10000, not 0 at line 1 and position 5'],
    ['where nope(a) = 1', 'unknown function nope at line 1 and position 6'],
    [
      'stats count() by level | where ms > 1',
      'unknown symbols found in or after stats: ms at line 1 and position 31',
    ],
  ]
  for (const [query, message] of malformed) {
    it(`says what is wrong with ${JSON.stringify(query)}`, () => {
      const error = failure(parsePpl, query)
      expect(error).to.be.instanceOf(AwsError)
      expect(error).to.include({ code: 'MalformedQueryException', message })
    })
  }
})

describe('queries in SQL and PPL over the wire', () => {
  let fixture: Fixture
  let logs: ReturnType<Fixture['logs']>

  before(async () => {
    fixture = await startFixture()
    logs = fixture.logs(await fixture.assume())
  })
  after(() => fixture.close())

  async function ask(queryLanguage: QueryLanguage, queryString: string, groups?: string[]) {
    const now = Math.floor(fixture.now().getTime() / 1000)
    const { queryId } = await logs.send(
      new StartQueryCommand({
        queryLanguage,
        queryString,
        logGroupNames: groups,
        startTime: now - 1800,
        endTime: now,
      }),
    )
    for (;;) {
      const answer = await logs.send(new GetQueryResultsCommand({ queryId }))
      if (answer.status === 'Complete') return answer
    }
  }

  it('find the errors of checkout by type', async () => {
    const sql = await ask(
      'SQL',
      "SELECT `error.type`, COUNT(*) AS errors FROM `/shop/checkout` WHERE level = 'ERROR' GROUP BY `error.type` ORDER BY errors DESC",
    )
    expect(sql.queryLanguage).to.equal('SQL')
    expect(sql.results?.[0]?.[0]?.value).to.equal('PaymentTimeoutError')
    const ppl = await ask(
      'PPL',
      'where level = "ERROR" | stats count() as errors by `error.type` | sort - errors',
      ['/shop/checkout'],
    )
    expect(ppl.results?.[0]?.map((one) => one.field)).to.deep.equal(['error.type', 'errors'])
    expect(Number(ppl.results?.[0]?.[1]?.value)).to.be.within(30, 120)
    expect(ppl.statistics?.bytesScanned).to.be.greaterThan(50_000)
  })
})
