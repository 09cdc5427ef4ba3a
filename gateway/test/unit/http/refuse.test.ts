import { createServer } from 'node:http'
import { expect } from 'chai'
import { answerTo, GatewayError, REASONS } from '../../../src/errors.ts'
import { createRefuse } from '../../../src/http/refuse.ts'
import { createLog } from '../../../src/log.ts'
import { listen, stop } from '../../support/loopback.ts'
import { send } from '../../support/send.ts'

describe('createRefuse', () => {
  let thrown: unknown
  let lines: string[] = []
  let port = 0
  const refuse = createRefuse({
    metadataUrlOf: (target) => `https://gw.example/metadata/${target}`,
    scopes: ['default/scope'],
    log: createLog('debug', (line) => lines.push(line)),
  })
  const server = createServer((_req, res) => {
    refuse(res, thrown, { target: 'prod', requestId: 'request-1', allow: 'GET, HEAD' })
  })

  before(async () => {
    port = await listen(server)
  })
  after(() => stop(server))
  beforeEach(() => {
    lines = []
  })

  const answerFor = (error: unknown) => {
    thrown = error
    return send(port, {})
  }

  for (const [reason, answer] of REASONS) {
    it(`answers ${reason} as the table says`, async () => {
      const { status, headers, json } = await answerFor(new GatewayError(reason))
      expect(status).to.equal(answer.status)
      expect(headers['content-type']).to.match(/^application\/json/)
      expect(headers['cache-control']).to.equal('no-store')
      expect(json()).to.deep.equal({
        error: answer.error ?? reason,
        error_description: answer.text,
      })
      const seconds = answer.retryAfterSeconds
      expect(headers['retry-after']).to.equal(seconds === undefined ? undefined : String(seconds))
      expect(headers.allow).to.equal(reason === 'method_not_allowed' ? 'GET, HEAD' : undefined)
      const challenged = status === 401 || status === 403 || answer.error !== undefined
      expect(headers['www-authenticate'] !== undefined).to.equal(challenged)
    })
  }

  it('names the metadata of the target and the scopes to ask for', async () => {
    const { headers } = await answerFor(new GatewayError('token_missing'))
    expect(headers['www-authenticate']).to.equal(
      'Bearer resource_metadata="https://gw.example/metadata/prod", scope="default/scope"',
    )
  })

  it('asks for the scopes that the refusal names', async () => {
    const { headers } = await answerFor(new GatewayError('scope_missing', { scopes: ['a', 'b'] }))
    expect(headers['www-authenticate']).to.match(/error="insufficient_scope".*scope="a b"$/)
  })

  it('tells the log why, and the client only that', async () => {
    const cause = new Error('outer', { cause: new TypeError('inner') })
    const { text } = await answerFor(new GatewayError('sts_unavailable', { cause }))
    expect(text).to.not.match(/outer|inner/)
    expect(lines).to.have.lengthOf(1)
    expect(JSON.parse(lines[0] ?? '')).to.deep.include({
      level: 'error',
      reason: 'sts_unavailable',
      request_id: 'request-1',
      target: 'prod',
      cause: 'Error: outer <- TypeError: inner',
    })
  })

  it('logs nothing where there is nothing to add to the audit record', async () => {
    await answerFor(new GatewayError('token_missing'))
    expect(lines).to.deep.equal([])
  })

  for (const bug of [new TypeError('a bug with details'), 'a word', undefined, null]) {
    it(`takes ${String(bug)} for a bug of the gateway`, async () => {
      const { status, text } = await answerFor(bug)
      expect(status).to.equal(500)
      expect(text).to.not.contain('details')
      expect(text).to.contain(answerTo('internal_error').text)
    })
  }

  it('logs a bug as an error', async () => {
    await answerFor(new TypeError('a bug with details'))
    expect(JSON.parse(lines[0] ?? '')).to.include({
      level: 'error',
      cause: 'TypeError: a bug with details',
    })
  })
})
