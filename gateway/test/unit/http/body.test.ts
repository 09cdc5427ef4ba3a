import { expect } from 'chai'
import { GatewayError } from '../../../src/errors.ts'
import { answerRefusal } from '../../../src/http/answer.ts'
import { readBody } from '../../../src/http/body.ts'
import { createMailbox } from '../../support/mailbox.ts'
import { chunk, httpText, LAST_CHUNK } from '../../support/raw-socket.ts'
import { listenPerTest } from './listener-per-test.ts'

const MAX_BYTES = 1024

describe('readBody', () => {
  const listen = listenPerTest()

  const startReading = async () => {
    const results = createMailbox<string>('result of reading a body')
    const { connect } = await listen(async (req, res) => {
      try {
        const body = await readBody(req, res, { maxBytes: MAX_BYTES })
        results.put(`body ${body.toString('latin1')}`)
        res.end()
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error
        results.put(error.reason)
        answerRefusal(res, error.reason)
      }
    })
    return { results, client: await connect() }
  }

  const READ: ReadonlyArray<readonly [string, string, readonly string[], string, string]> = [
    ['a body with a length', 'POST', ['Content-Length: 3'], 'abc', 'body abc'],
    ['an empty body', 'POST', ['Content-Length: 0'], '', 'body '],
    ['no body', 'POST', [], '', 'body '],
    [
      'chunks',
      'POST',
      ['Transfer-Encoding: chunked'],
      chunk('ab') + chunk('c') + LAST_CHUNK,
      'body abc',
    ],
    ['an empty chunked body', 'POST', ['Transfer-Encoding: chunked'], LAST_CHUNK, 'body '],
    [
      'the identity encoding',
      'POST',
      ['Content-Encoding: Identity', 'Content-Length: 1'],
      'a',
      'body a',
    ],
    [
      'a body of the largest size',
      'POST',
      [`Content-Length: ${MAX_BYTES}`],
      'x'.repeat(MAX_BYTES),
      `body ${'x'.repeat(MAX_BYTES)}`,
    ],
    ['a GET without a body', 'GET', [], '', 'body '],
    ['a DELETE of length 0', 'DELETE', ['Content-Length: 0'], '', 'body '],
  ]
  for (const [what, method, lines, body, expected] of READ) {
    it(`reads ${what}`, async () => {
      const { results, client } = await startReading()
      client.write(httpText([`${method} / HTTP/1.1`, 'Host: a', ...lines], body))
      expect(await results.take()).to.equal(expected)
      expect((await client.readHead()).headers.connection).to.deep.equal(['keep-alive'])
    })
  }

  const REFUSED: ReadonlyArray<readonly [string, string, readonly string[], string, string]> = [
    [
      'a length beyond the limit before any byte comes',
      'POST',
      [`Content-Length: ${MAX_BYTES + 1}`],
      '',
      'body_too_large',
    ],
    [
      'chunks as soon as they exceed the limit',
      'POST',
      ['Transfer-Encoding: chunked'],
      chunk('x'.repeat(MAX_BYTES)) + chunk('y'),
      'body_too_large',
    ],
    ['gzip', 'POST', ['Content-Encoding: gzip', 'Content-Length: 3'], '', 'encoding_not_supported'],
    [
      'a list of encodings',
      'POST',
      ['Content-Encoding: identity, br', 'Content-Length: 3'],
      '',
      'encoding_not_supported',
    ],
    ['a GET with a length', 'GET', ['Content-Length: 3'], '', 'body_not_allowed'],
    ['a DELETE with chunks', 'DELETE', ['Transfer-Encoding: chunked'], '', 'body_not_allowed'],
    ['an OPTIONS with chunks', 'OPTIONS', ['Transfer-Encoding: chunked'], '', 'body_not_allowed'],
  ]
  for (const [what, method, lines, body, reason] of REFUSED) {
    it(`refuses ${what}`, async () => {
      const { results, client } = await startReading()
      client.write(httpText([`${method} / HTTP/1.1`, 'Host: a', ...lines], body))
      expect(await results.take()).to.equal(reason)
      // The answer is here although the client still owes its body.
      expect((await client.readResponse()).headers.connection).to.deep.equal(['close'])
      client.socket.end()
      await client.ended()
    })
  }

  for (const [what, lines, body] of [
    ['with a length', ['Content-Length: 10'], 'abc'],
    ['in chunks', ['Transfer-Encoding: chunked'], chunk('abc')],
  ] as const) {
    it(`refuses a body ${what} that ends early`, async () => {
      const { results, client } = await startReading()
      client.write(httpText(['POST / HTTP/1.1', 'Host: a', ...lines], body))
      client.socket.end()
      expect(await results.take()).to.equal('body_incomplete')
    })
  }
})
