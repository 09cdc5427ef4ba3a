import type { Operation } from '../call.ts'
import {
  limitOf,
  optionalOneOf,
  optionalString,
  optionalStrings,
  optionalStructures,
} from '../input.ts'
import { pageOf, requestScope } from '../page.ts'
import { DEFAULT_INDEXES, INDEX_POLICIES } from '../story/field-indexes.ts'
import type { Story } from '../story/story.ts'
import { groupsOfAccounts, invalidParameter, noGroupResource } from './log-groups.ts'

const MAX_PARTS = 5
const CLASSES = ['STANDARD', 'INFREQUENT_ACCESS', 'DELIVERY', 'ESSENTIALS'] as const

/**
 * ListLogGroups: by a pattern of up to five alternatives with 3 to 24 characters, each of which may begin with `^`;
 * by class, by account and by field index. The groups of the story have no tags and no data sources.
 */
export function listLogGroups(story: Story): Operation {
  return (input, call) => {
    call.authorize('logs:ListLogGroups', [noGroupResource(call)])
    const matches = compileNamePattern(optionalString(input, 'logGroupNamePattern'))
    const logClass = optionalOneOf(input, 'logGroupClass', CLASSES)
    const indexes = optionalStrings(input, 'fieldIndexNames') ?? []
    const nothing = [
      optionalStructures(input, 'dataSources'),
      optionalStructures(input, 'logGroupTags'),
    ].some((filters) => filters !== undefined && filters.length > 0)
    const limit = limitOf(input, 'limit', { min: 1, max: 1000, fallback: 50 })
    const found = groupsOfAccounts(story, input, call).filter(
      (group) =>
        matches(group.name) &&
        (logClass ?? 'STANDARD') === 'STANDARD' &&
        !nothing &&
        indexes.every((name) =>
          [...DEFAULT_INDEXES, ...(INDEX_POLICIES[group.name] ?? [])].includes(name),
        ),
    )
    const scope = requestScope(call, input)
    const token = optionalString(input, 'nextToken')
    const reject = () => invalidParameter('The specified nextToken is invalid.')
    const { page, nextToken } = pageOf(found, limit, token, scope, reject)
    return {
      logGroups: page.map((group) => ({
        logGroupName: group.name,
        logGroupArn: group.arn,
        logGroupClass: 'STANDARD',
      })),
      ...(nextToken === undefined ? {} : { nextToken }),
    }
  }
}

function compileNamePattern(pattern: string | undefined): (name: string) => boolean {
  if (pattern === undefined) return () => true
  const parts = pattern.split('|')
  if (parts.length > MAX_PARTS || !parts.every((part) => /^\^?[\w./#-]{3,24}$/.test(part))) {
    throw invalidParameter(
      'logGroupNamePattern must have at most 5 patterns of 3 to 24 characters, separated by |',
    )
  }
  return (name) =>
    parts.some((part) =>
      part.startsWith('^') ? name.startsWith(part.slice(1)) : name.includes(part),
    )
}
