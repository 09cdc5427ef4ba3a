import { expect } from 'chai'
import { TOOL_CALL } from '../integration/gateway/world.ts'
import { besiege, written } from './siege.ts'

describe('bearer confusion', () => {
  const siege = besiege()
  let token: string

  before(async () => {
    token = await siege.world().tokenOf('generic')
  })

  const LINES: ReadonlyArray<readonly [string, (token: string) => readonly string[], number]> = [
    [
      'two headers, both good',
      (t) => [`Authorization: Bearer ${t}`, `Authorization: Bearer ${t}`],
      400,
    ],
    [
      'two headers in two spellings',
      (t) => [`authorization: Bearer ${t}`, `AUTHORIZATION: Bearer ${t}`],
      400,
    ],
    [
      'a bad header before the good one',
      (t) => ['Authorization: Basic YTpi', `Authorization: Bearer ${t}`],
      400,
    ],
    [
      'an empty header before the good one',
      (t) => ['Authorization:', `Authorization: Bearer ${t}`],
      400,
    ],
    ['two tokens behind a comma', (t) => [`Authorization: Bearer ${t}, Bearer ${t}`], 400],
    ['a comma and a space', (t) => [`Authorization: Bearer ${t} ,`], 400],
    ['two words', (t) => [`Authorization: Bearer a ${t}`], 400],
    ['two schemes', (t) => [`Authorization: Bearer Bearer ${t}`], 400],
    ['another scheme', (t) => [`Authorization: Token ${t}`], 401],
    ['DPoP as the scheme', (t) => [`Authorization: DPoP ${t}`], 401],
    ['a longer scheme', (t) => [`Authorization: Bearers ${t}`], 401],
    ['no scheme', (t) => [`Authorization: ${t}`], 401],
    ['a colon', (t) => [`Authorization: Bearer: ${t}`], 401],
    ['an equals sign', (t) => [`Authorization: Bearer=${t}`], 401],
    ['quotes', (t) => [`Authorization: Bearer "${t}"`], 400],
    ['a parameter', (t) => [`Authorization: Bearer token="${t}"`], 400],
    ['the scheme alone', () => ['Authorization: Bearer'], 400],
    ['the scheme and a space', () => ['Authorization: Bearer '], 400],
    ['two spaces', (t) => [`Authorization: Bearer  ${t}`], 400],
    ['a tab', (t) => [`Authorization: Bearer\t${t}`], 400],
    ['a space that does not break', (t) => [`Authorization: Bearer\xa0${t}`], 400],
    ['a form feed', (t) => [`Authorization: Bearer\x0c${t}`], 400],
    ['a NUL', (t) => [`Authorization: Bearer ${t}\0`], 400],
    ['a byte beyond ASCII', (t) => [`Authorization: Bearer ${t}\xe9`], 400],
    ['an obsolete line fold', (t) => ['Authorization: Bearer', ` ${t}`], 400],
    ['a bare line feed', (t) => [`Authorization: Bearer\n ${t}`], 400],
    ['a space before the colon', (t) => [`Authorization : Bearer ${t}`], 400],
    ['an underscore in the name', (t) => [`Authorization_: Bearer ${t}`], 401],
    ['Proxy-Authorization', (t) => [`Proxy-Authorization: Bearer ${t}`], 401],
    ['X-Authorization', (t) => [`X-Authorization: Bearer ${t}`], 401],
    ['X-Forwarded-Access-Token', (t) => [`X-Forwarded-Access-Token: ${t}`], 401],
    ['X-Amzn-Oidc-Data', (t) => [`X-Amzn-Oidc-Data: ${t}`], 401],
    ['a cookie', (t) => [`Cookie: access_token=${t}; Authorization=Bearer ${t}`], 401],
    ['a WebSocket protocol', (t) => [`Sec-WebSocket-Protocol: bearer, ${t}`], 401],
    [
      'a name that Connection removes',
      (t) => ['Connection: authorization', `X-Auth: Bearer ${t}`],
      401,
    ],
  ]
  for (const [what, lines, expected] of LINES) {
    it(`by ${what} lets nobody in`, async () => {
      const answer = await siege.exchange(written({ lines: lines(token) }))
      expect(answer.status).to.equal(expected)
      expect(answer.text + answer.body).to.not.contain(token)
      siege.expectNothingPassed()
    })
  }

  for (const [where, parts] of [
    ['the query', (t: string) => ({ target: `/mcp?access_token=${t}` })],
    [
      'a query that says Authorization',
      (t: string) => ({ target: `/mcp?Authorization=Bearer%20${t}` }),
    ],
    ['the path', (t: string) => ({ target: `/mcp/${t.slice(0, 100)}` })],
    ['a form', (t: string) => ({ body: `access_token=${t}` })],
    [
      'the JSON body',
      (t: string) => ({ body: JSON.stringify({ ...JSON.parse(TOOL_CALL), access_token: t }) }),
    ],
  ] as const) {
    it(`in ${where} lets nobody in`, async () => {
      const answer = await siege.exchange(written(parts(token)))
      expect(answer.status).to.be.oneOf([401, 404])
      siege.expectNothingPassed()
    })
  }

  it('in a trailer lets nobody in', async () => {
    const client = await siege.connect()
    client.write(
      `${written({ body: '', lines: ['Trailer: Authorization', 'Transfer-Encoding: chunked'] })}2\r\n{}\r\n0\r\nAuthorization: Bearer ${token}\r\n\r\n`,
    )
    expect((await client.readResponse()).status).to.equal(401)
    siege.expectNothingPassed()
  })

  for (const scheme of ['Bearer', 'bearer', 'BEARER', 'bEaReR']) {
    it(`does not concern the scheme in any case: ${scheme} is understood`, async () => {
      const answer = await siege.exchange(
        written({ lines: [`AuThOrIzAtIoN:  ${scheme} ${token}\t `] }),
      )
      expect(answer.status).to.equal(200)
    })
  }
})
