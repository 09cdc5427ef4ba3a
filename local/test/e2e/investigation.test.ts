import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { expect } from 'chai'
import { CHECKOUT_DEPLOYMENT } from '../../src/aws/story/deployments.ts'
import { DEPLOY_MINUTE } from '../../src/aws/story/traffic.ts'
import { readAnswer } from '../../src/demo-answer.ts'
import { connectSignedIn } from '../../src/demo-client.ts'
import { investigate } from '../../src/demo-investigation.ts'
import { signIn } from '../../src/identity-provider/sign-in.ts'
import { type RunningStack, runStack } from '../support/running-stack.ts'

/** No call may name these before an answer has told of them. */
const TOLD_BY_ANSWERS = [
  'checkout',
  'payments',
  'deployments',
  'shop-health',
  'Shop/',
  'Service',
  'timed out',
  CHECKOUT_DEPLOYMENT.version,
]

describe('an investigation by tool calls alone', () => {
  let stack: RunningStack
  let client: Client
  before(async function () {
    this.timeout(60_000)
    stack = await runStack()
    client = await connectSignedIn(new URL(`${stack.origins.gateway}/mcp`), {
      signIn: (authorizeUrl) => signIn(authorizeUrl, 'alice'),
    })
  })
  after(async function () {
    this.timeout(30_000)
    await client?.close()
    await stack?.stop()
  })

  it('finds the deploy that broke checkout, from the alarms on', async function () {
    this.timeout(60_000)
    const calls: string[] = []
    const findings: string[] = []
    let read = ''
    const conclusion = await investigate(
      async (tool, input) => {
        calls.push(tool)
        const asked = JSON.stringify(input)
        for (const word of TOLD_BY_ANSWERS.filter((one) => asked.includes(one))) {
          expect(read, `${word}, which ${tool} is asked about`).to.contain(word)
        }
        const result = await client.callTool({ name: tool, arguments: { ...input } })
        const text = JSON.stringify(result.content)
        expect(result.isError ?? false, text).to.equal(false)
        const [part]: Array<{ text?: string }> = Array.isArray(result.content) ? result.content : []
        read += part?.text ?? ''
        return readAnswer(part?.text ?? '')
      },
      { question: () => undefined, finding: (text) => findings.push(text) },
    )
    expect(conclusion).to.include({
      service: CHECKOUT_DEPLOYMENT.service,
      version: CHECKOUT_DEPLOYMENT.version,
      previous: CHECKOUT_DEPLOYMENT.previous,
      deployment: CHECKOUT_DEPLOYMENT.id,
      change: CHECKOUT_DEPLOYMENT.change,
      error: 'payment authorization timed out after 3000 ms',
    })
    expect(conclusion.cause).to.contain('no free connection to the acquirer')
    // The story's share is 18 % once it has fully shown.
    expect(conclusion.failedPercent).to.be.within(10, 26)
    const sinceMinutes = (Date.now() - Date.parse(conclusion.since)) / 60_000
    expect(sinceMinutes).to.be.within(-DEPLOY_MINUTE - 6, -DEPLOY_MINUTE + 6)
    expect(findings).to.have.length(calls.length)
    expect(conclusion.sentence).to.contain(CHECKOUT_DEPLOYMENT.id).and.not.contain('undefined')
    console.log(`    ${calls.length} calls: ${calls.join(', ')}\n    ${conclusion.sentence}`)
  })
})
