/** Headers as the gateway sets them; a key set to undefined is left out. */
export function callerHeaders(
  overrides: Readonly<Record<string, string | undefined>> = {},
): Record<string, string> {
  const all: Record<string, string | undefined> = {
    'x-aws-access-key-id': 'ASIAALICE00000000001',
    'x-aws-secret-access-key': 'secret/alice/0123456789+abcdefghijklmnop',
    'x-aws-session-token': 'token-of-alice-0123456789==',
    'x-aws-credentials-expiration': '2099-01-01T00:00:00Z',
    'x-aws-region': 'us-east-1',
    'x-aws-role-arn': 'arn:aws:iam::111122223333:role/CloudWatchSre',
    'x-mcp-principal': 'https%3A%2F%2Fissuer.example%7Calice',
    'x-mcp-tools': '*',
    'x-request-id': 'request-1',
    ...overrides,
  }
  const given = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  )
  return Object.fromEntries(given)
}

/** The same as Node lists them. */
export function rawHeaders(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers).flat()
}
