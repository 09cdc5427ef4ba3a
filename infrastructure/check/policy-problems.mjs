/** Actions that AWS knows no resources for, or whose resources are not log groups: reading CloudWatch, and the login to ECR. */
const FOR_ANY_RESOURCE =
  /^(cloudwatch:(Describe|Get|List)\w+|logs:(Describe|Get|List)\w+|logs:StopQuery|ecr:GetAuthorizationToken)$/

/** Services that take a role on behalf of somebody else, and must say on whose. */
const DEPUTIES = new Set(['ecs-tasks.amazonaws.com', 'pods.eks.amazonaws.com'])

/** What is wrong with the policies of the roles among evaluated resources. */
export function policyProblems(resources) {
  return Object.entries(resources)
    .filter(([, { Type }]) => Type === 'AWS::IAM::Role')
    .flatMap(([id, { Properties }]) => [
      ...statementsOf(Properties.AssumeRolePolicyDocument).flatMap((statement) =>
        trustProblems(statement).map((problem) => `${id}, trust: ${problem}`),
      ),
      ...(Properties.ManagedPolicyArns ?? []).map((arn) => `${id}: has the managed policy ${arn}`),
      ...(Properties.Policies ?? []).flatMap(({ PolicyName, PolicyDocument }) =>
        statementsOf(PolicyDocument).flatMap((statement) =>
          permissionProblems(statement).map((problem) => `${id}, ${PolicyName}: ${problem}`),
        ),
      ),
    ])
}

function statementsOf(document) {
  return [typeof document === 'string' ? JSON.parse(document).Statement : document.Statement].flat()
}

function trustProblems({ Principal, Action, Condition = {} }) {
  const problems = []
  const principals = typeof Principal === 'string' ? [Principal] : Object.values(Principal).flat()
  if (principals.some((principal) => principal.includes('*'))) {
    problems.push('a principal has a wildcard')
  }
  if (principals.some((principal) => /:root$|^\d{12}$/.test(principal))) {
    problems.push('trusts a whole account')
  }
  if ([Action].flat().some((action) => action.includes('*'))) problems.push('an action has *')
  const equals = Condition.StringEquals ?? {}
  if (Principal.Federated !== undefined) {
    const audiences = Object.entries(equals).filter(([key]) => key.endsWith(':aud'))
    const named = audiences.flatMap(([, value]) => value).filter((value) => value !== '')
    if (named.length === 0) problems.push('trusts tokens for any audience')
    if (named.some((value) => value.includes('*'))) problems.push('an audience has a wildcard')
    const [name] = [Principal.Federated].flat()[0].split(':oidc-provider/').slice(-1)
    if (audiences.some(([key]) => key !== `${name}:aud`)) {
      problems.push(`the condition is for another issuer than ${name}`)
    }
  }
  if (Principal.AWS !== undefined && !JSON.stringify(Condition).includes('sts:SourceIdentity')) {
    problems.push('does not ask for whom')
  }
  if (DEPUTIES.has(Principal.Service) && equals['aws:SourceAccount'] === undefined) {
    problems.push(`${Principal.Service} may act for any account`)
  }
  return problems
}

function permissionProblems({ Effect, Action, NotAction, Resource, NotResource }) {
  const actions = [Action ?? []].flat()
  const resources = [Resource ?? []].flat()
  const problems = []
  if (Effect !== 'Allow') return []
  if (NotAction !== undefined || NotResource !== undefined) problems.push('allows by exception')
  if (actions.some((action) => action.includes('*'))) problems.push('an action has *')
  if (actions.includes('logs:Unmask')) problems.push('allows to see masked data')
  if (resources.length === 0) problems.push('names no resource')
  if (resources.includes('*')) {
    const wide = actions.filter((action) => !FOR_ANY_RESOURCE.test(action))
    if (wide.length > 0) problems.push(`${wide.join(', ')} on *`)
  }
  if (actions.some((action) => action.startsWith('sts:')) && String(resources).includes('*')) {
    problems.push('may assume roles that it does not name')
  }
  return problems
}
