import { expect } from 'chai'
import { presentedClient } from '../../../../src/login/clients/presented-client.ts'
import { OAuthError } from '../../../../src/login/oauth-error.ts'

const fromHeader = (authorization: string) => presentedClient({ form: new Map(), authorization })
const basicOf = (text: string) => `Basic ${Buffer.from(text, 'latin1').toString('base64')}`

describe('presentedClient', () => {
  for (const [text, id, secret] of [
    ['id:secret', 'id', 'secret'],
    ['id:', 'id', ''],
    ['id:a:b', 'id', 'a:b'],
    ['https%3A%2F%2Fa.example%2Fb:s', 'https://a.example/b', 's'],
    ['id:a+b%2Bc%20d', 'id', 'a b+c d'],
    ['z%C3%B6e:%E2%82%AC', 'zöe', '€'],
  ] as const) {
    it(`reads ${text} from HTTP Basic as RFC 6749 §2.3.1 has it encoded`, () => {
      const expected = { id, method: 'client_secret_basic', secret }
      expect(fromHeader(basicOf(text))).to.deep.equal(expected)
    })
  }

  for (const [what, authorization] of [
    ['no text', 'Basic '],
    ['bits left over', 'Basic aTpzZR=='],
    ['padding that is missing', 'Basic aTpzZQ'],
    ['padding that is too much', 'Basic aTpz=='],
    ['the alphabet of URLs', 'Basic aTo_-_8='],
    ['spaces within', 'Basic aTpz ZWNy'],
    ['another header behind it', 'Basic aTpz, Basic aTpz'],
    ['no colon', basicOf('id')],
    ['no id', basicOf(':secret')],
    ['a percent sign alone', basicOf('id:%')],
    ['bytes that are not UTF-8', basicOf('id:%ff')],
    ['bytes beyond ASCII', basicOf('id:\xff')],
    ['control characters', basicOf('id:a\r\nb')],
  ] as const) {
    it(`refuses HTTP Basic with ${what}`, () => {
      expect(() => fromHeader(authorization))
        .to.throw(OAuthError)
        .with.property('code', 'invalid_client')
    })
  }
})
