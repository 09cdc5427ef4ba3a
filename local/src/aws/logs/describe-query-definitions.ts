import type { Operation } from '../call.ts'
import { limitOf, optionalOneOf, optionalString } from '../input.ts'
import { pageOf, requestScope } from '../page.ts'
import type { SavedQuery } from '../story/saved-queries.ts'
import type { Story } from '../story/story.ts'
import { invalidParameter, noGroupResource } from './log-groups.ts'

/** DescribeQueryDefinitions: the queries that the account saved, by the beginning of their names. */
export function describeQueryDefinitions(story: Story): Operation {
  return (input, call) => {
    call.authorize('logs:DescribeQueryDefinitions', [noGroupResource(call)])
    const prefix = optionalString(input, 'queryDefinitionNamePrefix') ?? ''
    const language = optionalOneOf(input, 'queryLanguage', ['CWLI', 'SQL', 'PPL'] as const)
    const limit = limitOf(input, 'maxResults', { min: 1, max: 1000, fallback: 1000 })
    const found = story
      .region(call.session.account, call.region)
      .savedQueries.filter(
        (query) => query.name.startsWith(prefix) && (language ?? query.language) === query.language,
      )
    const scope = requestScope(call, input)
    const token = optionalString(input, 'nextToken')
    const reject = () => invalidParameter('The specified nextToken is invalid.')
    const { page, nextToken } = pageOf(found, limit, token, scope, reject)
    return {
      queryDefinitions: page.map(toApi),
      ...(nextToken === undefined ? {} : { nextToken }),
    }
  }
}

function toApi(query: SavedQuery) {
  return {
    queryLanguage: query.language,
    queryDefinitionId: query.id,
    name: query.name,
    queryString: query.text,
    lastModified: query.lastModified,
    ...(query.logGroupNames.length === 0 ? {} : { logGroupNames: query.logGroupNames }),
    ...(query.parameters.length === 0 ? {} : { parameters: query.parameters }),
  }
}
