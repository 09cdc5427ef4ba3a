const NOTHING = Symbol('AWS::NoValue')

const PSEUDO = {
  'AWS::AccountId': '111122223333',
  'AWS::Partition': 'aws',
  'AWS::Region': 'us-east-1',
  'AWS::StackName': 'stack',
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::NoValue': NOTHING,
}

/**
 * What a template becomes with these parameters, as CloudFormation would resolve it: resources and outputs whose condition
 * holds, functions replaced by their values. A reference to a resource becomes `<LogicalId>`, to an attribute
 * `<LogicalId.Attribute>`. `problems` are parameters that CloudFormation refuses and rules that do not hold.
 */
export function evaluate(template, given, pseudo = {}) {
  const { values, problems } = parametersOf(template, given)
  const names = { ...PSEUDO, ...pseudo }
  const held = new Map()

  const ref = (name) => {
    if (name in values) return values[name]
    if (name in names) return names[name]
    if (name in template.Resources) return `<${name}>`
    throw new Error(`Ref to ${name}, which is nowhere`)
  }
  const condition = (name) => {
    if (!held.has(name)) held.set(name, resolve(template.Conditions[name]))
    return held.get(name)
  }
  const substitute = (argument) => {
    const [text, own] = Array.isArray(argument) ? argument : [argument, {}]
    return text.replaceAll(/\$\{([^!}][^}]*)\}/g, (_, name) => {
      if (name in own) return resolve(own[name])
      return name.includes('.') && !name.startsWith('AWS::') ? `<${name}>` : ref(name)
    })
  }
  const functions = {
    Ref: ref,
    Condition: condition,
    'Fn::If': ([name, yes, no]) => resolve(condition(name) ? yes : no),
    'Fn::Sub': substitute,
    'Fn::Join': ([between, parts]) => resolve(parts).join(between),
    'Fn::Split': ([between, text]) => resolve(text).split(between),
    'Fn::Select': ([index, list]) => resolve(list)[index],
    'Fn::GetAtt': ([id, attribute]) => `<${id}.${attribute}>`,
    'Fn::FindInMap': (path) => resolve(path).reduce((map, key) => map[key], template.Mappings),
    'Fn::Equals': (sides) => String(resolve(sides[0])) === String(resolve(sides[1])),
    'Fn::Not': ([one]) => !resolve(one),
    'Fn::And': (all) => all.every((one) => resolve(one)),
    'Fn::Or': (any) => any.some((one) => resolve(one)),
    'Fn::Contains': ([list, text]) => resolve(list).includes(text),
  }

  function resolve(value) {
    if (Array.isArray(value)) return value.map(resolve).filter((item) => item !== NOTHING)
    if (value === null || typeof value !== 'object') return value
    const entries = Object.entries(value)
    const [[name, argument] = []] = entries
    if (entries.length === 1 && Object.hasOwn(functions, name)) {
      // A policy has a key "Condition" too; its value is then no name.
      if (name !== 'Condition' || typeof argument === 'string') return functions[name](argument)
    }
    return Object.fromEntries(
      entries.flatMap(([key, item]) => {
        const resolved = resolve(item)
        return resolved === NOTHING ? [] : [[key, resolved]]
      }),
    )
  }

  const made = (section = {}) =>
    Object.fromEntries(
      Object.entries(section).flatMap(([id, { Condition, ...rest }]) =>
        Condition === undefined || condition(Condition) ? [[id, resolve(rest)]] : [],
      ),
    )
  for (const { RuleCondition, Assertions } of Object.values(template.Rules ?? {})) {
    if (RuleCondition !== undefined && !resolve(RuleCondition)) continue
    for (const { Assert, AssertDescription } of Assertions) {
      if (!resolve(Assert)) problems.push(AssertDescription)
    }
  }
  // Nothing is resolved from parameters that CloudFormation would not take.
  if (problems.length > 0) return { problems, resources: {}, outputs: {} }
  return { problems, resources: made(template.Resources), outputs: made(template.Outputs) }
}

function parametersOf({ Parameters = {} }, given) {
  const problems = Object.keys(given)
    .filter((name) => !(name in Parameters))
    .map((name) => `${name} is no parameter`)
  const values = {}
  for (const [name, parameter] of Object.entries(Parameters)) {
    const value = given[name] ?? parameter.Default
    if (value === undefined) {
      problems.push(`${name} is missing`)
      continue
    }
    const list = /^(CommaDelimitedList|List<)/.test(parameter.Type)
    const items = list ? String(value).split(',') : [String(value)]
    for (const item of items) {
      const { AllowedPattern: pattern, AllowedValues: allowed } = parameter
      if (pattern !== undefined && !new RegExp(pattern).test(item)) {
        problems.push(`${name}: ${item} does not match ${pattern}`)
      }
      if (allowed !== undefined && !allowed.map(String).includes(item)) {
        problems.push(`${name}: ${item} is none of ${allowed.join(', ')}`)
      }
      if (Number(item) < parameter.MinValue || Number(item) > parameter.MaxValue) {
        problems.push(`${name}: ${item} is out of range`)
      }
    }
    values[name] = list ? items : String(value)
  }
  return { values, problems }
}
