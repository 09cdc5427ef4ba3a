import { type AccountNeeds, type PolicyDocument, UNKNOWN_GATEWAY_ROLE } from './account-needs.ts'

/** A CloudFormation template, ready for JSON. */
export type Template = Readonly<Record<string, unknown>>

/** An account's OIDC providers and roles as a CloudFormation template. */
export function cloudFormationTemplate(needs: AccountNeeds): Template {
  const providers = needs.oidcProviders.map((provider, index) => [
    `OidcProvider${index + 1}`,
    {
      Type: 'AWS::IAM::OIDCProvider',
      Properties: { Url: provider.url, ClientIdList: provider.clientIds },
    },
  ])
  // A logical id has letters and digits only, and two names may differ in nothing else.
  const roles = needs.roles.map((role, index) => [
    `Role${index + 1}${role.name.replaceAll(/[^A-Za-z0-9]/g, '')}`,
    {
      Type: 'AWS::IAM::Role',
      ...(providers.length === 0 ? {} : { DependsOn: providers.map(([name]) => name) }),
      Properties: {
        RoleName: role.name,
        Path: role.path,
        MaxSessionDuration: role.maxSessionSeconds,
        AssumeRolePolicyDocument: withParameter(role.trust),
        Policies: [{ PolicyName: 'CloudWatchRead', PolicyDocument: role.permissions }],
      },
    },
  ])
  const asksForGateway = JSON.stringify(needs.roles).includes(UNKNOWN_GATEWAY_ROLE)
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `What the CloudWatch MCP gateway needs in the account ${needs.account}`,
    ...(asksForGateway && {
      Parameters: {
        [GATEWAY_ROLE]: { Type: 'String', Description: "ARN of the gateway's own role" },
      },
    }),
    Resources: Object.fromEntries([...providers, ...roles]),
  }
}

const GATEWAY_ROLE = 'GatewayRoleArn'

/** A trust policy that asks, when the stack is made, for what is not known now. */
function withParameter(trust: PolicyDocument): PolicyDocument {
  return {
    ...trust,
    Statement: trust.Statement.map((statement) =>
      Object(statement.Principal).AWS === UNKNOWN_GATEWAY_ROLE
        ? { ...statement, Principal: { AWS: { Ref: GATEWAY_ROLE } } }
        : statement,
    ),
  }
}
