import { expect } from 'chai'
import type { AuditRecord } from '../../src/audit/audit-record.ts'
import { type Siege, type Written, written } from './siege.ts'

/** Sends a body and expects its very bytes at the MCP server; gives what the audit record says of it. */
export async function expectExactBody(
  siege: Siege,
  body: string | Buffer,
  parts: Omit<Written, 'body'> = {},
): Promise<Pick<AuditRecord, 'mcp_method' | 'mcp_tool'>> {
  const token = await siege.world().tokenOf('generic')
  const bytes = Buffer.from(body).toString('latin1')
  const seen = siege.upstream().requests.length
  const answer = await siege.exchange(written({ token, ...parts, body: bytes }))
  expect(answer.status, answer.body).to.equal(200)
  const arrived = siege.upstream().requests.slice(seen)
  expect(arrived.map((request) => request.body === bytes)).to.deep.equal([true])
  const { mcp_method, mcp_tool } = await siege.auditOf(answer)
  return { mcp_method, mcp_tool }
}
