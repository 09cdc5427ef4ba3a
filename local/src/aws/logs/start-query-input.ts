import { AwsError } from '../aws-error.ts'
import type { Call, Input } from '../call.ts'
import {
  limitOf,
  optionalOneOf,
  optionalString,
  optionalStrings,
  requiredNumber,
  requiredString,
} from '../input.ts'
import { parsePpl } from '../insights/parse-ppl.ts'
import { parseQuery } from '../insights/parse-query.ts'
import { parseSql } from '../insights/parse-sql.ts'
import type { Command } from '../insights/syntax.ts'
import type { LogGroup } from '../story/log-group.ts'
import type { QueryLanguage } from '../story/saved-queries.ts'
import type { Story } from '../story/story.ts'
import { authorizedGroup, checkedName, invalidParameter } from './log-groups.ts'

export const LANGUAGES = ['CWLI', 'SQL', 'PPL'] as const

const MAX_GROUPS = 50
/** Rows that a query may have; only the Insights language reaches the larger number. */
const MAX_ROWS = { CWLI: 100_000, SQL: 10_000, PPL: 10_000 } as const
const MAX_CHARACTERS = 10_000

/** What StartQuery is asked: every group proven to be readable, times in milliseconds since 1970. */
export type QueryRequest = Readonly<{
  language: QueryLanguage
  text: string
  commands: readonly Command[]
  groups: readonly LogGroup[]
  from: number
  /** The last millisecond: the end is inclusive and counts whole seconds. */
  to: number
  limit: number
}>

/** Reads and checks the input of StartQuery. */
export function readQueryRequest(story: Story, input: Input, call: Call): QueryRequest {
  const language = optionalOneOf(input, 'queryLanguage', LANGUAGES) ?? 'CWLI'
  const text = requiredString(input, 'queryString')
  if (text.length > MAX_CHARACTERS) {
    throw invalidParameter(`The query string must have at most ${MAX_CHARACTERS} characters`)
  }
  const { groups, commands } = readLanguage(story, input, call, language, text)
  const from = requiredNumber(input, 'startTime') * 1000
  const to = requiredNumber(input, 'endTime') * 1000
  const limit = limitOf(input, 'limit', { min: 1, max: MAX_ROWS[language], fallback: 10_000 })
  if (from > to) throw invalidParameter('Query start time must not be after its end time')
  checkRetention(groups, from, to, call.now.getTime())
  return { language, text, commands, groups, from, to: to + 999, limit }
}

/** The Insights language names no groups, so that the right to read them is proven before the text is read. */
function readLanguage(
  story: Story,
  input: Input,
  call: Call,
  language: QueryLanguage,
  text: string,
): Pick<QueryRequest, 'groups' | 'commands'> {
  if (language === 'CWLI') {
    const groups = authorizedGroups(story, input, call, [], language)
    return { groups, commands: parseQuery(text) }
  }
  const { groups: named, commands } = language === 'SQL' ? parseSql(text) : parsePpl(text)
  return { groups: authorizedGroups(story, input, call, named, language), commands }
}

/** The groups of a query: named in the request, or in the text where the language can do that. */
function authorizedGroups(
  story: Story,
  input: Input,
  call: Call,
  named: readonly string[],
  language: QueryLanguage,
): readonly LogGroup[] {
  const name = optionalString(input, 'logGroupName')
  const given = [
    name === undefined ? undefined : [checkedName(name, 'logGroupName')],
    optionalStrings(input, 'logGroupNames')?.map((one) => checkedName(one, 'logGroupNames')),
    optionalStrings(input, 'logGroupIdentifiers'),
    named.length === 0 ? undefined : named,
  ].filter((list) => list !== undefined)
  const [identifiers] = given
  if (language === 'SQL' && given.length > 1) {
    throw invalidParameter('The log groups of a SQL query are named in its FROM clause only')
  }
  if (identifiers === undefined || given.length !== 1 || identifiers.length === 0) {
    throw invalidParameter(
      'Exactly one of logGroupName, logGroupNames and logGroupIdentifiers must be given',
    )
  }
  if (identifiers.length > MAX_GROUPS) {
    throw invalidParameter(`A query can have at most ${MAX_GROUPS} log groups`)
  }
  return [...new Set(identifiers)].map((identifier) =>
    authorizedGroup(story, call, 'logs:StartQuery', identifier),
  )
}

function checkRetention(groups: readonly LogGroup[], from: number, to: number, now: number): void {
  const reachable = groups.some(
    (group) =>
      to >= Math.max(group.creationTime, now - group.retentionInDays * 86_400_000) && from <= now,
  )
  if (reachable) return
  throw new AwsError(
    'MalformedQueryException',
    "Query's end date and time is either before the log groups creation time or exceeds the " +
      `log groups log retention settings ([${from / 1000},${to / 1000}])`,
  )
}
