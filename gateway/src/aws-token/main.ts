import { STSClient } from '@aws-sdk/client-sts'
import { presignIdentity } from './presign-identity.ts'

const USAGE = `usage: aws-token --resource URL [--expires SECONDS]

Prints a bearer token for a gateway with the provider aws-iam, signed with the AWS credentials that the AWS SDK finds
(environment, profile, role). URL is the gateway's address as clients use it, such as https://cloudwatch.example.com/mcp.
SECONDS are 300 unless given, 900 at most.
`

const { resource, expires } = readArguments(process.argv.slice(2))
// The SDK's own way to region and credentials; nothing is sent.
const client = new STSClient()
try {
  const token = await presignIdentity({
    credentials: await client.config.credentials(),
    region: await client.config.region(),
    endpoint: process.env.AWS_ENDPOINT_URL_STS,
    resource,
    expiresSeconds: expires,
    now: new Date(),
  })
  process.stdout.write(`${token}\n`)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : 'cannot sign'}\n`)
  process.exitCode = 1
}

function readArguments(words: readonly string[]) {
  const values = new Map<string, string>()
  for (let at = 0; at < words.length; at += 2) {
    const [option = '', value] = words.slice(at, at + 2)
    if (!['--resource', '--expires'].includes(option) || value === undefined) usage(option)
    else values.set(option, value)
  }
  const resource = values.get('--resource') ?? ''
  const expires = Number(values.get('--expires') ?? 300)
  if (!URL.canParse(resource) || !Number.isInteger(expires) || expires < 1 || expires > 900)
    usage('')
  return { resource, expires }
}

function usage(option: string): never {
  const help = option === '--help'
  ;(help ? process.stdout : process.stderr).write(USAGE)
  process.exit(help ? 0 : 2)
}
