import { expect } from 'chai'
import { createMailbox } from '../../support/mailbox.ts'
import { always, OK_JSON, valuesOf } from '../../support/raw-upstream.ts'
import { bare, post, startPerTest } from './per-test.ts'

const FORGED = ['X-Aws-Access-Key-Id: FORGED', 'X_Aws_Access_Key_Id: FORGED']

describe('Expect: 100-continue', () => {
  const start = startPerTest()

  it('does not let a forged credential header pass', async () => {
    const { upstream, connect } = await start(always(OK_JSON))
    const client = await connect()
    client.write(post('{}', ['Expect: 100-continue', ...FORGED]))
    expect((await client.readHead()).status).to.equal(100)
    expect((await client.readResponse()).status).to.equal(200)
    const [request] = upstream.requests
    expect(request && valuesOf(request, 'x-aws-access-key-id')).to.deep.equal(['ASIAGATEWAY'])
    expect(request?.connection.bytes()).not.to.match(/FORGED|expect/i)
  })

  it('invites the body only after the request was let through', async () => {
    const asked = createMailbox<() => void>('request that asks to be let through')
    const { connect } = await start(always(OK_JSON), {
      beforeBody: () => new Promise((resolve) => asked.put(resolve)),
    })
    const client = await connect()
    const [head = '', body = ''] = post('{}', ['Expect: 100-continue']).split('\r\n\r\n')
    client.write(`${head}\r\n\r\n`)
    const letThrough = await asked.take()
    // A second connection is answered meanwhile: whatever the first was sent has left the process.
    const other = await connect()
    other.write(bare('GET', [], '/unknown'))
    expect((await other.readResponse()).status).to.equal(404)
    expect(client.received()).to.equal('')
    letThrough()
    expect((await client.readHead()).status).to.equal(100)
    client.write(body)
    expect((await client.readResponse()).status).to.equal(200)
  })

  it('never invites the body of a request that is refused, and closes', async () => {
    const { upstream, connect } = await start(always(OK_JSON))
    const client = await connect()
    const [head = ''] = post('{}', ['Expect: 100-continue'], '/unknown').split('\r\n\r\n')
    client.write(`${head}\r\n\r\n`)
    const { status, headers } = await client.readResponse()
    expect(status).to.equal(404)
    expect(headers.connection).to.deep.equal(['close'])
    await client.ended()
    expect(client.received()).not.to.contain('100 Continue')
    expect(upstream.connections).to.have.length(0)
  })

  it('invites no body that is announced as too large', async () => {
    const { connect } = await start(always(OK_JSON), { maxBodyBytes: 16 })
    const client = await connect()
    const [head = ''] = post('x'.repeat(17), ['Expect: 100-continue']).split('\r\n\r\n')
    client.write(`${head}\r\n\r\n`)
    expect((await client.readResponse()).status).to.equal(413)
    await client.ended()
  })

  it('is nothing to wait for without a body', async () => {
    const { upstream, connect } = await start(always(OK_JSON))
    const client = await connect()
    client.write(bare('GET', ['Expect: 100-continue', ...FORGED]))
    expect((await client.readResponse()).status).to.equal(200)
    expect(upstream.connections[0]?.bytes()).not.to.match(/FORGED|expect/i)
  })

  for (const value of ['200-ok', '100-continue, 200-ok', 'x100-continue', '"100-continue"']) {
    it(`answers 417 to Expect: ${value}`, async () => {
      const { upstream, connect } = await start(always(OK_JSON))
      const client = await connect()
      client.write(post('{}', [`Expect: ${value}`, ...FORGED]))
      expect((await client.readResponse()).status).to.equal(417)
      await client.ended()
      expect(upstream.connections).to.have.length(0)
    })
  }
})
