import type { AccountNeeds } from './account-needs.ts'

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
  const roles = needs.roles.map((role) => [
    `Role${role.name.replaceAll(/[^A-Za-z0-9]/g, '')}`,
    {
      Type: 'AWS::IAM::Role',
      ...(providers.length === 0 ? {} : { DependsOn: providers.map(([name]) => name) }),
      Properties: {
        RoleName: role.name,
        Path: role.path,
        MaxSessionDuration: role.maxSessionSeconds,
        AssumeRolePolicyDocument: role.trust,
        Policies: [{ PolicyName: 'CloudWatchRead', PolicyDocument: role.permissions }],
      },
    },
  ])
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `What the CloudWatch MCP gateway needs in the account ${needs.account}`,
    Resources: Object.fromEntries([...providers, ...roles]),
  }
}
