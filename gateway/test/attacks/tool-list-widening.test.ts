import { expect } from 'chai'
import { PUBLIC_URL } from '../support/running-gateway.ts'
import { besiege, written } from './siege.ts'

const folded = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')

/** Which tools a principal may see and call the MCP server learns from one header, and only the rules write it. */
describe('widening the list of tools', () => {
  const siege = besiege()

  const FORGERIES: readonly (readonly string[])[] = [
    ['X-Mcp-Tools: *'],
    ['x-mcp-tools: *'],
    ['X_Mcp_Tools: *'],
    ['X-MCP_Tools: *'],
    ['X-Mcp-Tools:', 'X-Mcp-Tools: *'],
    ['X.Mcp.Tools: *'],
    ['Connection: x-mcp-tools', 'X-Mcp-Tools: *'],
    ['Connection: keep-alive, X-Mcp-Tools'],
    ['Mcp-Tools: *'],
    ['Mcp-Param-X-Mcp-Tools: *'],
    ['X-Mcp-Principal: root'],
    ['X-Aws-Role-Arn: arn:aws:iam::111122223333:role/Admin', 'X-Aws-Region: us-gov-west-1'],
  ]
  for (const lines of FORGERIES) {
    it(`by ${JSON.stringify(lines)} leaves what the rule says`, async () => {
      const token = await siege
        .world()
        .tokenOf('generic', { aud: `${PUBLIC_URL}/mcp/prod`, groups: ['prod'] })
      const answer = await siege.exchange(written({ token, target: '/mcp/prod', lines }))
      expect(answer.status).to.equal(200)
      const headers = siege.upstream().requests.at(-1)?.headers ?? []
      const alike = (name: string) => headers.filter(([key]) => folded(key) === folded(name))
      expect(alike('x-mcp-tools')).to.deep.equal([['x-mcp-tools', 'get_*,list_*']])
      expect(alike('x-aws-region')).to.deep.equal([['x-aws-region', 'eu-west-1']])
      expect(alike('x-aws-role-arn').map(([, value]) => value)).to.not.match(/Admin/)
      expect(alike('x-mcp-principal')[0]?.[1]).to.match(/u-alice$/)
    })
  }

  it('by calling a hidden tool is left to the MCP server, which is told the same list', async () => {
    const token = await siege
      .world()
      .tokenOf('generic', { aud: `${PUBLIC_URL}/mcp/prod`, groups: ['prod'] })
    for (const name of ['query_logs', 'GET_metric', ' get_x', 'get_*', '../query_logs']) {
      const body = JSON.stringify({ method: 'tools/call', params: { name } })
      const answer = await siege.exchange(written({ token, target: '/mcp/prod', body }))
      const arrived = siege.upstream().requests.at(-1)
      expect(arrived?.body).to.equal(body)
      expect(arrived?.headers.filter(([key]) => key === 'x-mcp-tools')).to.deep.equal([
        ['x-mcp-tools', 'get_*,list_*'],
      ])
      expect((await siege.auditOf(answer)).mcp_tool).to.equal(name)
    }
  })
})
