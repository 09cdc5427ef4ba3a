import type { Context } from './conditions.ts'

/** The tags of a resource by its ARN: a log group of `/shop/…` or `/catalog/…` carries that team as `team`. */
export function tagsOfResource(arn: string): Readonly<Record<string, string>> {
  const team = /^arn:aws:logs:[^:]*:\d{12}:log-group:\/(shop|catalog)\//.exec(arn)?.[1]
  return team === undefined ? {} : { team }
}

/** The same as condition keys. */
export function resourceTags(arn: string): Context {
  return Object.fromEntries(
    Object.entries(tagsOfResource(arn)).map(([key, value]) => [`aws:ResourceTag/${key}`, [value]]),
  )
}
