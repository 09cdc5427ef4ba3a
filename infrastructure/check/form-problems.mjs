const GROUPS = 'AWS::CloudFormation::Interface'

/** Resources that lose something for good when they go. */
const KEEPS = {
  'AWS::Cognito::UserPool': ['Retain'],
  'AWS::Logs::LogGroup': ['Retain', 'Delete'],
  'AWS::SecretsManager::Secret': ['Retain', 'Delete'],
}

/** The longest template that goes to CloudFormation without a bucket, in bytes. */
const MAX_BYTES = 51_200

/** What somebody who deploys a template would miss in it. */
export function formProblems(template, text) {
  const { Parameters = {}, Outputs = {}, Resources, Metadata = {} } = template
  const problems = []
  if (Buffer.byteLength(text) > MAX_BYTES) problems.push('is too long to deploy without a bucket')
  if (Buffer.byteLength(template.Description ?? '') > 1024) problems.push('Description is too long')
  if (template.Description === undefined) problems.push('has no description')

  const grouped = (Metadata[GROUPS]?.ParameterGroups ?? []).flatMap((group) => group.Parameters)
  for (const name of new Set([...grouped, ...Object.keys(Parameters)])) {
    const times = grouped.filter((other) => other === name).length
    if (Parameters[name] === undefined) problems.push(`${name} is in a group and no parameter`)
    else if (times !== 1) problems.push(`${name} is in ${times} groups`)
  }
  const body = JSON.stringify([template.Resources, template.Conditions, template.Rules, Outputs])
  for (const [name, parameter] of Object.entries(Parameters)) {
    const { Description = '', Type, AllowedPattern, AllowedValues, MinValue } = parameter
    if (Description === '' || Description.length > 4000) problems.push(`${name} is not described`)
    const bounded = AllowedPattern ?? AllowedValues ?? MinValue
    if (bounded === undefined && /^(String|Number|CommaDelimitedList)$/.test(Type)) {
      problems.push(`${name} takes anything`)
    }
    if (!new RegExp(`"${name}"|\\$\\{${name}\\}`).test(body)) problems.push(`${name} is not used`)
  }
  for (const [name, { Description, Export }] of Object.entries(Outputs)) {
    if (Description === undefined) problems.push(`output ${name} is not described`)
    const exported = Export?.Name?.['Fn::Sub']
    if (exported !== undefined && exported !== `\${AWS::StackName}-${name}`) {
      problems.push(`output ${name} is exported as ${exported}`)
    }
  }
  for (const [id, { Type, DeletionPolicy, UpdateReplacePolicy }] of Object.entries(Resources)) {
    const allowed = KEEPS[Type]
    if (allowed === undefined) continue
    if (!allowed.includes(DeletionPolicy) || !allowed.includes(UpdateReplacePolicy)) {
      problems.push(`${id} does not say what becomes of it: ${allowed.join(' or ')}`)
    }
  }
  if (/["'\s]arn:aws:/.test(JSON.stringify(Resources))) problems.push('names the partition aws')
  return problems
}
