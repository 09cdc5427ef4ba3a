import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { expect } from 'chai'
import { MACHINE } from '../../src/identity-provider/clients.ts'
import { issuersAt, LOCAL_GATEWAY, ROLES, SCOPE } from '../../src/world.ts'
import { eventually, type RunningStack, runStack } from '../support/running-stack.ts'

const run = promisify(execFile)
const AWS_TOKEN = fileURLToPath(
  new URL('../../../../gateway/dist/src/aws-token/main.js', import.meta.url),
)

describe('callers that are no people', () => {
  let stack: RunningStack
  before(async function () {
    this.timeout(60_000)
    stack = await runStack()
  })
  after(async function () {
    this.timeout(30_000)
    await stack?.stop()
  })

  const mcp = () => `${stack.origins.gateway}/mcp`
  const call = async (token: string, name = 'list_log_groups') => {
    const response = await fetch(mcp(), {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name, arguments: {} },
      }),
    })
    return { status: response.status, body: await response.text() }
  }

  const machineToken = async () => {
    const { token_endpoint } = JSON.parse(
      await (
        await fetch(
          `${issuersAt(stack.origins.identityProvider).generic}/.well-known/openid-configuration`,
        )
      ).text(),
    )
    const response = await fetch(token_endpoint, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${MACHINE.id}:${MACHINE.secret}`).toString('base64')}`,
      },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        scope: SCOPE,
        resource: mcp(),
      }),
    })
    return JSON.parse(await response.text()).access_token as string // a 200 of the token endpoint
  }

  it('get a role that the gateway assumes for them, with their own name and source identity', async () => {
    const { status, body } = await call(await machineToken())
    expect(status, body).to.equal(200)
    expect(body).to.contain('/shop/checkout')
    const calls = await stack.calls()
    expect(calls.map(({ operation }) => operation)).to.include('AssumeRole')
    const record = await eventually(() =>
      stack.audits().find(({ rule, mcp_tool }) => rule === 'ci' && mcp_tool !== null),
    )
    expect(record).to.include({ machine: true, exchange: 'assume-role', role_arn: ROLES.sre })
    expect(record.source_identity).to.match(/-[0-9a-f]{12}$/)
  })

  const signedBy = async (resource: string) => {
    const sts = new STSClient({
      region: 'us-east-1',
      endpoint: stack.origins.aws,
      credentials: LOCAL_GATEWAY,
    })
    const { Credentials } = await sts.send(
      new AssumeRoleCommand({
        RoleArn: ROLES.sre,
        RoleSessionName: 'nightly-report',
        ExternalId: LOCAL_GATEWAY.externalId,
        SourceIdentity: 'nightly-report',
      }),
    )
    sts.destroy()
    const { stdout } = await run(process.execPath, [AWS_TOKEN, '--resource', resource], {
      env: {
        PATH: process.env.PATH,
        AWS_REGION: 'us-east-1',
        AWS_ENDPOINT_URL_STS: stack.origins.aws,
        AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId,
        AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey,
        AWS_SESSION_TOKEN: Credentials?.SessionToken,
      },
    })
    return stdout.trim()
  }

  it('need no OAuth where they can sign with AWS credentials', async () => {
    const token = await signedBy(mcp())
    const { status, body } = await call(token)
    expect(status, body).to.equal(200)
    expect(body).to.contain('/shop/checkout')
    const record = await eventually(() => stack.audits().find(({ rule }) => rule === 'aws-callers'))
    expect(record.subject).to.match(/:assumed-role\/CloudWatchSre\/nightly-report$/)
    expect(stack.lines.join('\n')).to.not.contain(token.slice(20))
  })

  it('are refused with an identity that was signed for another gateway', async () => {
    const { status, body } = await call(await signedBy('https://other.example/mcp'))
    expect(status, body).to.equal(401)
    expect(body).to.contain('invalid_token')
  })

  it('are refused with an identity whose signature was changed', async () => {
    const token = await signedBy(mcp())
    const url = Buffer.from(token.slice('aws-iam-v1.'.length), 'base64url').toString()
    const forged = url.replace(
      /(X-Amz-Signature=)(.)/,
      (_, name, digit) => `${name}${digit === '0' ? '1' : '0'}`,
    )
    const { status } = await call(`aws-iam-v1.${Buffer.from(forged).toString('base64url')}`)
    expect(status).to.equal(401)
  })
})
