import { expect } from 'chai'
import { valuesOf } from '../support/raw-upstream.ts'
import { PUBLIC_URL } from '../support/running-gateway.ts'
import { besiege, written } from './siege.ts'

/** The policy decides by a path; the MCP server must not be asked for another one. */
describe('path confusion', () => {
  const siege = besiege()
  let forDefault: string
  let forProd: string

  before(async () => {
    const { tokenOf } = siege.world()
    forDefault = await tokenOf('generic')
    forProd = await tokenOf('generic', { aud: `${PUBLIC_URL}/mcp/prod`, groups: ['prod'] })
  })

  const TRICKS = [
    '/mcp/prod/',
    '/mcp//prod',
    '/mcp/./prod',
    '/mcp/x/../prod',
    '/mcp/prod/..',
    '/mcp/prod/../../mcp',
    '/mcp/prod%2f..',
    '/mcp%2fprod',
    '/mcp%252fprod',
    '/mcp\\prod',
    '/mcp%5cprod',
    '/mcp/prod%00',
    '/mcp/prod%23',
    '/mcp/prod%3f',
    '/mcp/prod#',
    '/mcp/prod;a=b',
    '/mcp;/prod',
    '/mcp/pr%6fd',
    '/mcp/PROD',
    '/mcp/prod.',
    '/mcp/prod%20',
    '/mcp/prod%09',
    '/mcp/default',
    '/./mcp',
    '/mcp/.',
    '/;/mcp',
    '/mcp\t/prod',
    `http://other/mcp/prod`,
    `${PUBLIC_URL}/mcp/prod`,
    '//other/mcp/prod',
    '@other/mcp',
    '.mcp',
    '?/mcp',
    '/mcp\xa0',
    '/mcp\xef\xbc\x8fprod',
  ]
  for (const target of TRICKS) {
    it(`by ${JSON.stringify(target)} reaches no target, whatever the token`, async () => {
      for (const token of [forDefault, forProd]) {
        const { status } = await siege.exchange(written({ target, token }))
        expect(status).to.be.oneOf([400, 404])
      }
      siege.expectNothingPassed()
    })
  }

  it('between two targets: a token is good at its own and gets what belongs to it', async () => {
    const outcome = async (token: string, target: string) => {
      const seen = siege.upstream().requests.length
      const { status } = await siege.exchange(written({ target, token }))
      const arrived = siege.upstream().requests[seen]
      return [status, arrived && valuesOf(arrived, 'x-aws-region')[0], arrived?.line]
    }
    const LINE = 'POST /mcp HTTP/1.1'
    expect(await outcome(forDefault, '/mcp')).to.deep.equal([200, 'us-east-1', LINE])
    expect(await outcome(forProd, '/mcp/prod')).to.deep.equal([200, 'eu-west-1', LINE])
    expect(await outcome(forDefault, '/mcp/prod')).to.deep.equal([401, undefined, undefined])
    expect(await outcome(forProd, '/mcp')).to.deep.equal([401, undefined, undefined])
  })

  it('by the query stays without effect: the MCP server is asked for its one path', async () => {
    for (const query of [
      '?/../prod',
      '?x=%2e%2e%2fprod',
      '?http://evil',
      '?@evil',
      '?;/prod',
      '?%00',
    ]) {
      const seen = siege.upstream().requests.length
      const { status } = await siege.exchange(
        written({ target: `/mcp${query}`, token: forDefault }),
      )
      expect(status, query).to.equal(200)
      const arrived = siege.upstream().requests[seen]
      expect(arrived?.line).to.equal('POST /mcp HTTP/1.1')
      expect(arrived && valuesOf(arrived, 'x-aws-region')).to.deep.equal(['us-east-1'])
    }
  })
})
