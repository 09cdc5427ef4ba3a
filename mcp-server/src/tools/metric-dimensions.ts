import type { Dimension } from '@aws-sdk/client-cloudwatch'
import { z } from 'zod'

/** The exact dimensions of one metric, as an argument; the same bounds as at AWS. */
export const DimensionsArgument = z
  .array(z.strictObject({ name: z.string().min(1).max(255), value: z.string().min(1).max(1_024) }))
  .max(30)

export type DimensionsInput = z.infer<typeof DimensionsArgument>

/** Dimensions as AWS takes them. */
export function toDimensions(dimensions: DimensionsInput): Dimension[] {
  return dimensions.map(({ name, value }) => ({ Name: name, Value: value }))
}

/** Dimensions as an answer shows them, `{FunctionName=checkout}`; empty when there are none. */
export function dimensionsText(dimensions: readonly Dimension[] | undefined): string {
  if (dimensions === undefined || dimensions.length === 0) return ''
  return `{${dimensions.map(({ Name, Value }) => `${Name}=${Value}`).join(', ')}}`
}
