import { expect } from 'chai'
import { chunk, LAST_CHUNK } from '../support/raw-socket.ts'
import { besiege, type Written as Parts, written } from './siege.ts'

/** A refused request leaves bytes behind; they must not become the next request on the connection. */
describe('an unread body', () => {
  const siege = besiege()
  let token: string
  let poor: string
  let smuggled: string

  before(async () => {
    const { tokenOf } = siege.world()
    token = await tokenOf('generic')
    poor = await tokenOf('generic', { groups: [] })
    smuggled = written({ token, lines: ['X-Aws-Access-Key-Id: FORGED'] })
    await siege.expectForwarded(token)
  })

  const REFUSED: ReadonlyArray<readonly [string, number, () => Parts]> = [
    ['without a token', 401, () => ({})],
    ['with a bad token', 401, () => ({ token: 'a.b.c' })],
    ['with an opaque token', 401, () => ({ token: 'opaque' })],
    ['with a malformed header', 400, () => ({ lines: ['Authorization: Bearer'] })],
    ['with two tokens', 400, () => ({ token, lines: [`Authorization: Bearer ${token}`] })],
    ['without a role', 403, () => ({ token: poor })],
    ['for a foreign host', 403, () => ({ token, host: 'evil.example' })],
    ['from a foreign page', 403, () => ({ token, lines: ['Origin: https://evil.example'] })],
    ['at an unknown path', 404, () => ({ token, target: '/nothing' })],
    ['at a malformed path', 400, () => ({ token, target: '/mcp/../mcp' })],
    ['at a public path', 405, () => ({ token, target: '/healthz' })],
    ['by a method that has no body', 400, () => ({ token, method: 'DELETE' })],
    ['by a method that MCP does not use', 405, () => ({ token, method: 'PUT' })],
    ['compressed', 415, () => ({ token, lines: ['Content-Encoding: gzip'] })],
    ['with an odd expectation', 417, () => ({ token, lines: ['Expect: 200-ok'] })],
  ]
  /**
   * Writes a request and another behind it. The connection ends with the first answer, or what follows the body is the
   * second request: 404. Never is a part of the body answered.
   */
  const statusesOf = async (request: string): Promise<readonly number[]> => {
    const client = await siege.connect()
    client.write(request)
    client.write(written({ method: 'GET', target: '/nothing', lines: ['Connection: close'] }))
    await client.ended()
    siege.expectNothingPassed()
    return [...client.received().matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, code]) => Number(code))
  }
  const inChunks = ({ lines = [], ...others }: Parts) =>
    written({ ...others, body: '', lines: [...lines, 'Transfer-Encoding: chunked'] }) +
    chunk(smuggled) +
    LAST_CHUNK

  for (const [what, expected, parts] of REFUSED) {
    it(`of a request ${what} is no request, at once or in chunks`, async () => {
      for (const request of [written({ ...parts(), body: smuggled }), inChunks(parts())]) {
        expect(await statusesOf(request)).to.be.deep.oneOf([[expected], [expected, 404]])
      }
    })

    it(`of a request ${what} that never comes whole ends the connection`, async () => {
      const client = await siege.connect()
      client.write(written({ ...parts(), body: smuggled }).slice(0, -10))
      const { status, headers } = await client.readResponse()
      expect([status, headers.connection]).to.deep.equal([expected, ['close']])
      client.write(smuggled)
      await client.ended()
      expect(client.received().match(/HTTP\/1\.1/g)).to.have.lengthOf(1)
      siege.expectNothingPassed()
    })
  }

  for (const target of ['/', '/healthz', '/readyz', '/.well-known/oauth-protected-resource']) {
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      it(`of ${method} ${target} is no request`, async () => {
        for (const request of [
          written({ method, target, body: smuggled }),
          inChunks({ method, target }),
        ]) {
          const [first, ...others] = await statusesOf(request)
          expect(first).to.be.oneOf([200, 204, 405])
          expect(others).to.be.deep.oneOf([[], [404]])
        }
      })
    }
  }

  it('of a preflight request is no request', async () => {
    const preflight = ['Origin: http://localhost:6274', 'Access-Control-Request-Method: POST']
    for (const lines of [[], preflight]) {
      for (const request of [
        written({ method: 'OPTIONS', body: smuggled, lines }),
        inChunks({ method: 'OPTIONS', lines }),
      ]) {
        expect(await statusesOf(request)).to.deep.equal([204, 404])
      }
    }
  })

  it('is not even invited where the token is bad', async () => {
    for (const bad of [undefined, 'a.b.c', poor]) {
      const client = await siege.connect()
      const [head] = written({ token: bad, lines: ['Expect: 100-continue'] }).split('\r\n\r\n')
      client.write(`${head}\r\n\r\n`)
      expect((await client.readResponse()).status).to.be.oneOf([401, 403])
      await client.ended()
      expect(client.received()).to.not.contain('100 Continue')
    }
    siege.expectNothingPassed()
  })
})
