import type { Call, Input, Operation } from '../call.ts'
import { optionalString, optionalStrings } from '../input.ts'
import { DEFAULT_INDEXES, INDEX_POLICIES } from '../story/field-indexes.ts'
import type { LogGroup } from '../story/log-group.ts'
import type { Story } from '../story/story.ts'
import { authorizedGroup, invalidParameter, noGroupResource } from './log-groups.ts'

const MAX_GROUPS = 100
const CATEGORIES = ['DEFAULT', 'CUSTOM', 'AUTO', 'INACTIVE']
const POLICY_AGE_MS = 21 * 86_400_000

/** DescribeIndexPolicies: the index policies that log groups have of their own; groups without one are left out. */
export function describeIndexPolicies(story: Story): Operation {
  return (input, call) => {
    const groups = readGroups(story, input, call, 'logs:DescribeIndexPolicies')
    return {
      indexPolicies: groups.flatMap((group) => {
        const fields = INDEX_POLICIES[group.name]
        if (fields === undefined) return []
        return [
          {
            logGroupIdentifier: group.arn,
            lastUpdateTime: group.creationTime + POLICY_AGE_MS,
            policyDocument: JSON.stringify({ Fields: fields }),
            source: 'LOG_GROUP',
          },
        ]
      }),
    }
  }
}

/** DescribeFieldIndexes: the indexed fields of log groups, with the events that the indexes cover. */
export function describeFieldIndexes(story: Story): Operation {
  return (input, call) => {
    const groups = readGroups(story, input, call, 'logs:DescribeFieldIndexes')
    const categories = optionalStrings(input, 'indexCategories') ?? [
      'DEFAULT',
      'CUSTOM',
      'INACTIVE',
    ]
    if (!categories.every((one) => CATEGORIES.includes(one))) {
      throw invalidParameter(`indexCategories must be among ${CATEGORIES.join(', ')}`)
    }
    const now = call.now.getTime()
    return {
      fieldIndexes: groups.flatMap((group) => {
        const indexed = {
          DEFAULT: DEFAULT_INDEXES,
          CUSTOM: INDEX_POLICIES[group.name] ?? [],
        }
        return Object.entries(indexed)
          .filter(([category]) => categories.includes(category))
          .flatMap(([category, names]) => names.map((name) => toApi(group, name, category, now)))
      }),
    }
  }
}

/** DescribeAccountPolicies: the account has none, of no type. */
export const describeAccountPolicies: Operation = (input, call) => {
  call.authorize('logs:DescribeAccountPolicies', [noGroupResource(call)])
  if (optionalString(input, 'policyType') === undefined) {
    throw invalidParameter('policyType is required')
  }
  return { accountPolicies: [] }
}

function readGroups(story: Story, input: Input, call: Call, action: string): readonly LogGroup[] {
  const identifiers = optionalStrings(input, 'logGroupIdentifiers') ?? []
  if (identifiers.length === 0 || identifiers.length > MAX_GROUPS) {
    throw invalidParameter(`logGroupIdentifiers must have 1 to ${MAX_GROUPS} members`)
  }
  if (optionalString(input, 'nextToken') !== undefined) {
    throw invalidParameter('The specified nextToken is invalid.')
  }
  return identifiers.map((one) => authorizedGroup(story, call, action, one))
}

function toApi(group: LogGroup, name: string, category: string, now: number) {
  const kept = now - group.retentionInDays * 86_400_000
  return {
    logGroupIdentifier: group.arn,
    fieldIndexName: name,
    lastScanTime: now,
    firstEventTime: Math.max(kept, group.creationTime),
    lastEventTime: now,
    type: 'FIELD_INDEX',
    indexCategory: category,
  }
}
