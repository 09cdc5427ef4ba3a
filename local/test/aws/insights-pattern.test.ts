import { expect } from 'chai'
import { parseQuery } from '../../src/aws/insights/parse-query.ts'
import { findPatterns } from '../../src/aws/insights/pattern.ts'
import { eventRow } from '../../src/aws/insights/record.ts'
import { runQuery } from '../../src/aws/insights/run-query.ts'

const NOON = Date.UTC(2026, 0, 2, 12)

function run(query: string, messages: readonly string[]) {
  const rows = messages.map((message, at) =>
    eventRow(
      { id: String(at), timestamp: NOON + at, ingestionTime: NOON, stream: 's', message },
      '111122223333:/shop/checkout',
      `ptr${at}`,
    ),
  )
  const result = runQuery(parseQuery(query), rows, 100)
  return {
    matched: result.recordsMatched,
    rows: result.rows.map(
      (row): Partial<Record<string, string>> =>
        Object.fromEntries(row.map((one) => [one.field, one.value])),
    ),
  }
}

const texts = (messages: readonly string[]) =>
  findPatterns(messages, (message) => message).map((pattern) => pattern.text)

describe('the pattern command', () => {
  const MESSAGES = [
    'ERROR order 17 of 10.0.0.1 failed after 3000 ms',
    'ERROR order 18 of 10.0.0.2 failed after 3000 ms',
    'INFO order 19 placed',
    'ERROR order 20 of 10.0.0.1 failed after 3000 ms',
  ]

  it('groups messages that differ in numbers, ids and addresses, the most frequent first', () => {
    const { rows, matched } = run('pattern @message', MESSAGES)
    expect(matched).to.equal(4)
    expect(rows).to.have.length(2)
    expect(rows[0]).to.include({
      '@pattern': 'ERROR order <Number-1> of <IPAddress-2> failed after 3000 ms',
      '@sampleCount': '3',
      '@ratio': '0.75',
      '@severityLabel': 'ERROR',
    })
    expect(rows[1]).to.include({ '@pattern': 'INFO order 19 placed', '@sampleCount': '1' })
  })

  it('gives the tokens with the values found, and some samples', () => {
    const [first] = run('pattern @message', MESSAGES).rows
    const tokens = JSON.parse(first?.['@tokens'] ?? '')
    expect(tokens[3]).to.deep.equal({
      dynamicTokenPosition: 2,
      isDynamic: true,
      tokenString: '<*>',
      inferredTokenName: 'IPAddress-2',
      enumerations: { '10.0.0.1': 2, '10.0.0.2': 1 },
    })
    expect(tokens[4]).to.deep.equal({ isDynamic: false, tokenString: ' failed after 3000 ms' })
    const samples = JSON.parse(first?.['@logSamples'] ?? '')
    expect(samples[0]).to.deep.equal({ timestamp: NOON, message: MESSAGES[0] })
  })

  it('works after filter and parse, and before sort, filter and limit', () => {
    expect(run('filter @message like /placed/ | pattern @message', MESSAGES).rows).to.have.length(1)
    expect(
      run(
        'parse @message "* order" as level | pattern level | sort @sampleCount asc | limit 1',
        MESSAGES,
      ).rows[0]?.['@pattern'],
    ).to.equal('INFO')
    expect(
      run('pattern @message | filter @severityLabel = "ERROR" | fields @pattern', MESSAGES).rows,
    ).to.have.length(1)
    expect(run('pattern @message | display @sampleCount, @ratio', MESSAGES).rows[1]).to.deep.equal({
      '@sampleCount': '1',
      '@ratio': '0.25',
    })
  })

  const kinds: ReadonlyArray<readonly [string, string, string]> = [
    ['UUID', '0a1b2c3d-0000-4000-8000-0123456789ab', '9a1b2c3d-0000-4000-8000-0123456789ab'],
    ['Timestamp', '2026-01-02T03:04:05.678Z', '2026-01-02 03:04:05'],
    ['Time', '03:04:05', '04:05:06,789'],
    ['IPAddress', '192.168.0.1', '10.20.30.40'],
    ['Hash', '1a2b3c4d5e6f', '0123456789'],
    ['Version', '2.13.4', '2.14.0'],
    ['Number', '12', '3.5'],
  ]
  for (const [kind, first, second] of kinds) {
    it(`takes ${first} and ${second} for a ${kind}`, () => {
      expect(texts([`a ${first} b`, `a ${second} b`])).to.deep.equal([`a <${kind}-1> b`])
    })
  }

  it('keeps words apart, and digits inside of words', () => {
    expect(texts(['user alice', 'user bob'])).to.have.length(2)
    expect(texts(['http2 on', 'http3 on'])).to.have.length(2)
  })
})
