import { expect } from 'chai'
import { responseHeaders } from '../../../src/upstream/response-headers.ts'

describe('responseHeaders', () => {
  it('passes listed headers and mcp-* ones only', () => {
    const headers = {
      'content-type': 'application/json',
      'mcp-session-id': 's',
      'x-mcp-principal': 'p',
      mcp_session_id: 's',
      vary: 'origin',
      'set-cookie': ['a=b'],
    }
    expect(responseHeaders(headers)).to.deep.equal({
      'content-type': 'application/json',
      'mcp-session-id': 's',
    })
  })

  it('drops what Connection nominates', () => {
    const headers = {
      connection: 'close, Cache-Control',
      'cache-control': 'no-store',
      allow: 'POST',
    }
    expect(responseHeaders(headers)).to.deep.equal({ allow: 'POST' })
  })
})
