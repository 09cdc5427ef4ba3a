/** One argument of a tool as a person looks it up; those inside lists and objects come after it, by their path. */
export type Argument = Readonly<{
  path: string
  type: string
  required: boolean
  default: string
  meaning: string
}>

type Schema = Readonly<{
  type?: string
  description?: string
  default?: unknown
  enum?: readonly unknown[]
  items?: Schema
  properties?: Readonly<Record<string, Schema>>
  required?: readonly string[]
  minimum?: number
  maximum?: number
  maxItems?: number
}>

/** The arguments that a JSON Schema of an object describes, depth first. */
export function argumentsOf(schema: unknown, prefix = ''): readonly Argument[] {
  // What tools publish: made by this repository, of the members above and others that say nothing to a person.
  const { properties = {}, required = [] } = schema as Schema
  return Object.entries(properties).flatMap(([name, property]) => {
    const path = `${prefix}${name}`
    const own: Argument = {
      path,
      type: typeOf(property),
      required: required.includes(name),
      default: property.default === undefined ? '' : JSON.stringify(property.default),
      meaning: property.description ?? '',
    }
    const inner =
      property.type === 'array'
        ? argumentsOf(property.items ?? {}, `${path}[].`)
        : argumentsOf(property, `${path}.`)
    return [own, ...inner]
  })
}

function typeOf({ type = 'any', enum: values, items, minimum, maximum, maxItems }: Schema): string {
  if (values !== undefined) return values.map((value) => JSON.stringify(value)).join(', ')
  if (type === 'array') {
    const most = maxItems === undefined ? '' : `, at most ${maxItems}`
    return `list of ${typeOf(items ?? {})}${most}`
  }
  // Bounds that only keep numbers representable say nothing.
  const bounded = minimum !== undefined && maximum !== undefined && maximum < 1e9
  return bounded ? `${type} from ${minimum} to ${maximum}` : type
}
