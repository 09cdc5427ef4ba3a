import { z } from 'zod'
import { ConfigSchema, ProviderSchema, RuleSchema } from './schema.ts'

/** One option for the generated documentation. */
export type OptionDescription = Readonly<{
  key: string
  env: string | undefined
  default: string | undefined
  description: string
}>

/** The options of the gateway by group, in the order of their schemas, for `docs/configuration.md`. */
export function describeOptions(): Readonly<
  Record<'gateway' | 'provider' | 'rule', readonly OptionDescription[]>
> {
  return {
    gateway: describe(ConfigSchema),
    provider: describe(ProviderSchema),
    rule: describe(RuleSchema),
  }
}

function describe(schema: z.ZodObject): readonly OptionDescription[] {
  return Object.entries(schema.shape).map(([key, field]) => {
    const option = field as z.ZodType // a field of an object schema is a schema
    const meta = option.meta()
    return {
      key,
      env: meta?.env,
      default: option instanceof z.ZodDefault ? JSON.stringify(option.def.defaultValue) : undefined,
      description: meta?.description ?? '',
    }
  })
}
