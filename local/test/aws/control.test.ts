import { request } from 'node:http'
import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch'
import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { expect } from 'chai'
import { type Fixture, failureOf, startFixture, type Triple } from './aws-fixture.ts'

describe('faults and calls', () => {
  let fixture: Fixture
  let triple: Triple

  beforeEach(async () => {
    fixture = await startFixture()
    triple = await fixture.assume({
      claims: { 'https://aws.amazon.com/source_identity': 'alice@shop.example' },
    })
  })
  afterEach(() => fixture.close())

  const groups = (options: object = {}) =>
    fixture.logs(triple).send(new DescribeLogGroupsCommand({}), options)

  it('throttle as each service throttles, as often as asked', async () => {
    await fixture.faults([
      { service: 'logs', operation: 'DescribeLogGroups', kind: 'throttle', times: 1 },
      { service: 'cloudwatch', operation: '*', kind: 'throttle', times: 1 },
      { service: 'sts', operation: 'AssumeRoleWithWebIdentity', kind: 'throttle', times: 1 },
    ])
    expect((await failureOf(groups())).name).to.equal('ThrottlingException')
    const alarms = () => fixture.cloudwatch(triple).send(new DescribeAlarmsCommand({}))
    expect((await failureOf(alarms())).name).to.equal('Throttling')
    expect((await failureOf(fixture.assume())).name).to.equal('Throttling')
    await groups()
    await alarms()
    await fixture.assume()
  })

  it('fail, answer any error, garbage, or nothing at all', async () => {
    const operation = 'DescribeLogGroups'
    await fixture.faults([
      { operation, kind: 'fail', times: 1 },
      { operation, kind: 'error', code: 'ServiceUnavailableException', status: 503, times: 1 },
      { operation, kind: 'garbage', times: 1 },
      { operation, kind: 'reset', times: 1 },
    ])
    expect((await failureOf(groups())).name).to.equal('InternalFailure')
    const unavailable = await failureOf(groups())
    expect(unavailable.name).to.equal('ServiceUnavailableException')
    expect(unavailable).to.have.nested.property('$metadata.httpStatusCode', 503)
    expect((await failureOf(groups())).name).to.equal('SyntaxError')
    expect(await failureOf(groups())).to.include({ code: 'ECONNRESET' })
    await groups()
  })

  it('stay until they are cleared when no number is given', async () => {
    await fixture.faults({ operation: '*', kind: 'fail' })
    await failureOf(groups())
    await failureOf(groups())
    await fetch(`${fixture.endpoint}/_local/faults`, { method: 'DELETE' })
    await groups()
  })

  it('stall, and a caller who leaves is written down as aborted', async () => {
    await fixture.faults({ operation: 'DescribeLogGroups', kind: 'stall', times: 1 })
    const lastCall = async (outcome: string) => {
      for (;;) {
        const last = (await fixture.calls()).at(-1)
        if (last?.operation === 'DescribeLogGroups' && last.outcome === outcome) return last
      }
    }
    const abort = new AbortController()
    const call = failureOf(groups({ abortSignal: abort.signal }))
    await lastCall('pending')
    abort.abort()
    expect((await call).name).to.equal('AbortError')
    expect(await lastCall('aborted')).to.include({ fault: 'stall' })
  })

  it('stall for a while and then answer', async () => {
    const fault = { operation: 'DescribeLogGroups', kind: 'stall', times: 1, milliseconds: 120 }
    await fixture.faults(fault)
    const startedAt = performance.now()
    await groups()
    expect(performance.now() - startedAt).to.be.greaterThan(110)
  })

  const wrong: ReadonlyArray<readonly [string, unknown]> = [
    ['an unknown kind', { operation: '*', kind: 'explode' }],
    ['an unknown service', { service: 's3', kind: 'fail' }],
    ['an unknown member', { kind: 'fail', sometimes: true }],
    ['a number of times below one', { kind: 'fail', times: 0 }],
    ['an error without its code', { kind: 'error' }],
    ['something that is no object', ['fail']],
  ]
  for (const [title, fault] of wrong) {
    it(`are refused with ${title}`, async () => {
      const response = await fixture.faults(fault)
      expect(response.status).to.equal(400)
      expect(await response.json())
        .to.have.property('error')
        .that.is.a('string')
      await groups()
    })
  }

  it('list what happened, in order, by whom, and no secret', async () => {
    await groups()
    await failureOf(
      fixture.logs({ ...triple, secretAccessKey: 'wrong' }).send(new DescribeLogGroupsCommand({})),
    )
    const calls = await fixture.calls()
    expect(calls).to.have.length(3)
    expect(calls[0]).to.include({
      service: 'sts',
      operation: 'AssumeRoleWithWebIdentity',
      callerArn: 'arn:aws:sts::111122223333:assumed-role/CloudWatchSre/alice',
      sourceIdentity: 'alice@shop.example',
      accessKeyId: triple.accessKeyId,
      outcome: 'ok',
      status: 200,
    })
    expect(calls[1]).to.include({
      service: 'logs',
      operation: 'DescribeLogGroups',
      region: 'us-east-1',
      callerArn: calls[0]?.callerArn,
      outcome: 'ok',
    })
    expect(calls[2]).to.include({
      outcome: 'error',
      errorCode: 'InvalidSignatureException',
      accessKeyId: triple.accessKeyId,
    })
    expect(calls[2]).not.to.have.property('callerArn')
    const text = JSON.stringify(calls)
    expect(text).not.to.contain(triple.secretAccessKey)
    expect(text).not.to.contain(triple.sessionToken)

    await fetch(`${fixture.endpoint}/_local/calls`, { method: 'DELETE' })
    expect(await fixture.calls()).to.deep.equal([])
  })

  it('are not for pages in a browser, under this name or another', async () => {
    const ask = (headers: Record<string, string>) =>
      new Promise<number | undefined>((resolve, reject) => {
        const req = request(`${fixture.endpoint}/_local/calls`, { headers }, (res) => {
          res.resume()
          resolve(res.statusCode)
        })
        req.on('error', reject).end()
      })
    expect(await ask({})).to.equal(200)
    expect(await ask({ origin: 'https://evil.example' })).to.equal(403)
    expect(await ask({ host: 'evil.example' })).to.equal(403)
  })

  it('answer health to anyone, and 404 to what is not there', async () => {
    const health = await fetch(`${fixture.endpoint}/_local/health`)
    expect([health.status, await health.json()]).to.deep.equal([200, { status: 'ok' }])
    expect((await fetch(`${fixture.endpoint}/_local/nothing`)).status).to.equal(404)
    expect((await fetch(`${fixture.endpoint}/nothing`)).status).to.equal(404)
  })

  it('do not let a large body in', async () => {
    const response = await fetch(fixture.endpoint, {
      method: 'POST',
      headers: { 'x-amz-target': 'Logs_20140328.DescribeLogGroups' },
      body: 'x'.repeat(1024 * 1024 + 1),
    })
    expect(response.status).to.equal(413)
  })
})
