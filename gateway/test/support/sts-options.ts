import type { StsOptions } from '../../src/credentials/sts-client.ts'

/** STS at an address of this machine, asked once and not for long. */
export function stsOptions(endpoint: string, over: Partial<StsOptions> = {}): StsOptions {
  return {
    region: 'us-east-1',
    endpoint,
    connectTimeoutMs: 500,
    requestTimeoutMs: 300,
    maxAttempts: 1,
    mayUseHttp: () => true,
    ...over,
  }
}
