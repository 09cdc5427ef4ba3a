import { createHash } from 'node:crypto'
import type { Place } from './log-group.ts'

export type QueryLanguage = 'CWLI' | 'SQL' | 'PPL'

export type SavedQuery = Readonly<{
  id: string
  name: string
  language: QueryLanguage
  text: string
  logGroupNames: readonly string[]
  parameters: ReadonlyArray<Readonly<{ name: string; defaultValue: string; description: string }>>
  /** Milliseconds since 1970. */
  lastModified: number
}>

const DAY_MS = 86_400_000

/** What the shop's team saved: the questions that it asks again and again. */
export function savedQueriesOf(place: Place): readonly SavedQuery[] {
  const make = (
    daysAgo: number,
    query: Pick<SavedQuery, 'name' | 'text' | 'logGroupNames'> & Partial<SavedQuery>,
  ): SavedQuery => ({
    id: uuidOf(`${place.account}:${place.region}:${query.name}`),
    language: 'CWLI',
    parameters: [],
    lastModified: place.startMinute - daysAgo * DAY_MS,
    ...query,
  })
  return [
    make(40, {
      name: 'checkout/errors by type',
      text: 'filter level = "ERROR"\n| stats count(*) as errors by error.type, version\n| sort errors desc',
      logGroupNames: ['/shop/checkout'],
    }),
    make(33, {
      name: 'checkout/slowest requests',
      text: 'fields @timestamp, requestId, latencyMs, version\n| sort latencyMs desc\n| limit 20',
      logGroupNames: ['/shop/checkout'],
    }),
    make(12, {
      name: 'one order everywhere',
      text: 'fields @timestamp, @log, level, message\n| filter orderId = "{{orderId}}"\n| sort @timestamp asc',
      logGroupNames: ['/shop/checkout', '/shop/payments', '/aws/lambda/order-mailer'],
      parameters: [
        {
          name: 'orderId',
          defaultValue: 'o-00000000',
          description: 'The order, such as o-1a2b3c4d',
        },
      ],
    }),
    make(9, {
      name: 'payments/pool by minute',
      text: 'stats max(pool.inUse) as inUse by bin(1m)\n| sort inUse desc\n| limit 100',
      logGroupNames: ['/shop/payments'],
    }),
    make(5, {
      name: 'sql/requests by status',
      language: 'SQL',
      text: 'SELECT `http.status`, COUNT(*) AS requests FROM `/shop/frontend` GROUP BY `http.status` ORDER BY requests DESC LIMIT 20',
      logGroupNames: [],
    }),
  ]
}

/** A UUID that depends on nothing but the text. */
export function uuidOf(text: string): string {
  const digits = createHash('sha1').update(text).digest('hex')
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `4${digits.slice(13, 16)}`,
    `8${digits.slice(17, 20)}`,
    digits.slice(20, 32),
  ].join('-')
}
