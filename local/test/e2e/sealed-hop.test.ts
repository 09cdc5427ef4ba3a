import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { connectSignedIn } from '../../src/demo-client.ts'
import { signIn } from '../../src/identity-provider/sign-in.ts'
import { type RunningStack, runStack } from '../support/running-stack.ts'

describe('a stack whose credentials travel sealed', () => {
  let stack: RunningStack
  before(async function () {
    this.timeout(60_000)
    stack = await runStack({ sealKeys: randomBytes(32).toString('base64') })
  })
  after(async function () {
    this.timeout(30_000)
    await stack?.stop()
  })

  it('serves alice as a plain one does', async () => {
    const client = await connectSignedIn(new URL(`${stack.origins.gateway}/mcp`), {
      signIn: (url) => signIn(url, 'alice'),
    })
    const result = await client.callTool({ name: 'list_log_groups', arguments: {} })
    expect(JSON.stringify(result.content)).to.contain('/shop/checkout')
    await client.close()
  })

  it('does not take plain credentials at the server, however real they look', async () => {
    const response = await fetch(`${stack.origins.server}/mcp`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'x-aws-access-key-id': 'ASIAABCDEFGHIJKLMNOP',
        'x-aws-secret-access-key': 'a'.repeat(40),
        'x-aws-session-token': 'b'.repeat(400),
        'x-aws-region': 'us-east-1',
        'x-mcp-tools': '*',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
    })
    expect(response.status).to.equal(401)
    expect(await response.text()).to.contain('credentials_unsealed')
  })
})
