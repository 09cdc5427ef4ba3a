import type { ExchangeRequest } from '../../src/credentials/exchange.ts'
import type { RoleBinding } from '../../src/role/role-binding.ts'

/** A request for credentials, with what a test wants to be different. */
export function exchangeRequest(
  over: Partial<Omit<ExchangeRequest, 'role'>> & { role?: Partial<RoleBinding> } = {},
): ExchangeRequest {
  return {
    token: 'header.claims.signature',
    tokenExpiresAt: Date.now() + 3_600_000,
    issuer: 'https://issuer.example',
    subject: 'u-1',
    clientId: 'client',
    groups: ['sre'],
    scopes: ['cloudwatch/read'],
    claims: {},
    ...over,
    role: {
      rule: 'sre',
      roleArn: 'arn:aws:iam::111122223333:role/CloudWatchSre',
      sessionName: 'alice-0123456789ab',
      sessionSeconds: 3600,
      mode: 'web-identity',
      externalId: undefined,
      sourceIdentity: undefined,
      tags: [],
      transitiveTagKeys: [],
      policyArns: [],
      policy: '{"Version":"2012-10-17","Statement":[]}',
      tools: ['*'],
      target: 'default',
      region: 'us-east-1',
      regions: ['us-east-1'],
      ...over.role,
    },
  }
}
