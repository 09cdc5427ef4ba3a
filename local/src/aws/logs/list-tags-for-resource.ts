import { AwsError } from '../aws-error.ts'
import type { Operation } from '../call.ts'
import { requiredString } from '../input.ts'
import type { Story } from '../story/story.ts'
import { groupsOf } from './log-groups.ts'

/** ListTagsForResource: the log groups of the story have no tags. */
export function listTagsForResource(story: Story): Operation {
  return (input, call) => {
    const arn = requiredString(input, 'resourceArn')
    call.authorize('logs:ListTagsForResource', [arn])
    if (groupsOf(story, call).some((group) => group.arn === arn)) return { tags: {} }
    throw new AwsError('ResourceNotFoundException', 'The specified resource does not exist.')
  }
}
