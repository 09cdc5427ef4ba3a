import { isStructure } from '../input.ts'

export type Condition = Readonly<{ operator: string; key: string; values: readonly string[] }>

export type Statement = Readonly<{
  effect: 'Allow' | 'Deny'
  actions: readonly string[]
  notActions: readonly string[]
  resources: readonly string[]
  notResources: readonly string[]
  /** ARNs of `Principal.Federated`; only trust policies have them. */
  federated: readonly string[]
  /** `Principal.AWS`: ARNs of roles and role sessions, and accounts by number or as `…:root`. */
  principals: readonly string[]
  conditions: readonly Condition[]
}>

export type Policy = readonly Statement[]

/** Why a policy document cannot be read. */
export class PolicySyntaxError extends Error {
  override readonly name = 'PolicySyntaxError'
}

const STATEMENT_MEMBERS = [
  'Sid',
  'Effect',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Principal',
  'Condition',
]

/** Reads a policy document given as JSON text. */
export function parsePolicyText(text: string): Policy {
  try {
    return parsePolicy(JSON.parse(text))
  } catch (cause) {
    if (cause instanceof PolicySyntaxError) throw cause
    throw new PolicySyntaxError('This policy contains invalid Json', { cause })
  }
}

/** Reads a policy document. A member that this reader does not know is an error: ignoring one could widen rights. */
export function parsePolicy(document: unknown): Policy {
  if (!isStructure(document)) throw new PolicySyntaxError('Syntax errors in policy.')
  for (const member of Object.keys(document)) {
    if (!['Version', 'Id', 'Statement'].includes(member)) {
      throw new PolicySyntaxError(`Syntax errors in policy: unknown element ${member}`)
    }
  }
  const { Version, Statement } = document
  if (Version !== undefined && Version !== '2012-10-17' && Version !== '2008-10-17') {
    throw new PolicySyntaxError('The policy must contain a valid version string')
  }
  const statements = Array.isArray(Statement) ? Statement : [Statement]
  if (statements.length === 0) throw new PolicySyntaxError('Syntax errors in policy.')
  return statements.map(parseStatement)
}

function parseStatement(value: unknown): Statement {
  if (!isStructure(value)) throw new PolicySyntaxError('Syntax errors in policy.')
  const unknown = Object.keys(value).find((member) => !STATEMENT_MEMBERS.includes(member))
  if (unknown !== undefined) {
    throw new PolicySyntaxError(`Syntax errors in policy: unknown element ${unknown}`)
  }
  const { Effect } = value
  if (Effect !== 'Allow' && Effect !== 'Deny') {
    throw new PolicySyntaxError('Syntax errors in policy: Effect must be Allow or Deny')
  }
  const statement: Statement = {
    effect: Effect,
    actions: strings(value.Action, 'Action'),
    notActions: strings(value.NotAction, 'NotAction'),
    resources: strings(value.Resource, 'Resource'),
    notResources: strings(value.NotResource, 'NotResource'),
    ...principalsOf(value.Principal),
    conditions: conditionsOf(value.Condition),
  }
  if ((statement.actions.length === 0) === (statement.notActions.length === 0)) {
    throw new PolicySyntaxError('Policy statement must contain actions.')
  }
  return statement
}

function principalsOf(value: unknown): Pick<Statement, 'federated' | 'principals'> {
  if (value === undefined) return { federated: [], principals: [] }
  const known = ['Federated', 'AWS']
  if (!isStructure(value) || !Object.keys(value).every((kind) => known.includes(kind))) {
    throw new PolicySyntaxError('Only Principal.Federated and Principal.AWS are understood here')
  }
  const principals = strings(value.AWS, 'Principal.AWS')
  if (principals.includes('*')) {
    throw new PolicySyntaxError('Principal.AWS must name somebody here')
  }
  return { federated: strings(value.Federated, 'Principal.Federated'), principals }
}

function conditionsOf(value: unknown): readonly Condition[] {
  if (value === undefined) return []
  if (!isStructure(value)) throw new PolicySyntaxError('Syntax errors in policy: Condition')
  return Object.entries(value).flatMap(([operator, block]) => {
    if (!isStructure(block)) throw new PolicySyntaxError(`Syntax errors in policy: ${operator}`)
    return Object.entries(block).map(([key, given]) => ({
      operator,
      key,
      values: strings(given, key),
    }))
  })
}

function strings(value: unknown, name: string): readonly string[] {
  if (value === undefined) return []
  const values = Array.isArray(value) ? value : [value]
  return values.map((one) => {
    if (typeof one === 'string') return one
    if (typeof one === 'boolean' || typeof one === 'number') return String(one)
    throw new PolicySyntaxError(`Syntax errors in policy: ${name}`)
  })
}
