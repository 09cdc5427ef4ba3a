import { ROLES } from '../../world.ts'
import type { LogGroup, Place } from './log-group.ts'
import { randomFrom } from './random.ts'
import { type QueryLanguage, uuidOf } from './saved-queries.ts'

/** A query that somebody ran before the program started; times are milliseconds since 1970. */
export type PastQuery = Readonly<{
  id: string
  language: QueryLanguage
  text: string
  logGroupName: string
  createdAt: number
  milliseconds: number
  bytesScanned: number
  userIdentity: string
  status: 'Complete' | 'Failed' | 'Cancelled'
}>

type Habit = Readonly<{
  /** How many days in the last thirty have this query. */
  days: number
  group: string
  person: string
  language?: QueryLanguage
  text: (pick: (length: number) => string) => string
  /** The part of what the group holds that the query read. */
  share: number
  status?: PastQuery['status']
}>

/** What the team looks for: one order or request at a time, in groups that have no index on either. */
const HABITS: readonly Habit[] = [
  {
    days: 21,
    group: '/shop/payments',
    person: 'alice',
    text: (pick) =>
      `fields @timestamp, level, message | filter requestId = "${pick(16)}" | sort @timestamp asc`,
    share: 0.33,
  },
  {
    days: 14,
    group: '/shop/checkout',
    person: 'alice',
    text: (pick) => `fields @timestamp, message | filter orderId = "o-${pick(8)}"`,
    share: 0.33,
  },
  {
    days: 9,
    group: '/shop/checkout',
    person: 'dana',
    text: () => 'filter level = "ERROR" | stats count(*) as errors by error.type, version',
    share: 1,
  },
  {
    days: 6,
    group: '/shop/checkout',
    person: 'dana',
    text: (pick) => `fields @timestamp, @message | filter requestId = "${pick(16)}"`,
    share: 0.1,
  },
  {
    days: 4,
    group: '/shop/frontend',
    person: 'dana',
    language: 'SQL',
    text: () => 'SELECT `http.status`, COUNT(*) FROM `/shop/frontend` GROUP BY `http.status`',
    share: 0.33,
  },
  {
    days: 3,
    group: '/shop/frontend',
    person: 'dana',
    language: 'PPL',
    text: () => 'source = `/shop/frontend` | where level = "ERROR" | stats count() by `http.path`',
    share: 0.33,
  },
  {
    days: 2,
    group: '/shop/cart',
    person: 'dana',
    text: () => 'fields @timestamp, @message | sort @timestamp desc',
    share: 1,
    status: 'Cancelled',
  },
]

const DAY_MS = 86_400_000

/** The queries of the last thirty days, newest first, as DescribeQueries keeps them. */
export function pastQueriesOf(place: Place, groups: readonly LogGroup[]): readonly PastQuery[] {
  const random = randomFrom(`${place.account}:${place.region}:past queries`)
  const pick = (length: number) =>
    Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('')
  const sizes = new Map<string, number>()
  const sizeOf = (name: string) => {
    const known = sizes.get(name)
    if (known !== undefined) return known
    const size = groups.find((group) => group.name === name)?.storedBytes(place.startMinute) ?? 0
    sizes.set(name, size)
    return size
  }
  return HABITS.flatMap((habit) =>
    Array.from({ length: habit.days }, (_, at): PastQuery => {
      const daysAgo = 1 + ((at * 29) / habit.days) * (0.9 + 0.1 * random())
      const share = habit.share * (0.8 + 0.4 * random())
      return {
        id: uuidOf(`${place.region}:${habit.group}:${habit.days}:${at}`),
        language: habit.language ?? 'CWLI',
        text: habit.text(pick),
        logGroupName: habit.group,
        createdAt: Math.round(place.startMinute - daysAgo * DAY_MS),
        milliseconds: Math.round(900 + 4000 * share),
        bytesScanned: Math.round(sizeOf(habit.group) * Math.min(1, share)),
        userIdentity: `${ROLES.sre.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/${habit.person}`,
        status: habit.status ?? 'Complete',
      }
    }),
  ).sort((left, right) => right.createdAt - left.createdAt)
}
