import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { TOOL_CALL } from '../integration/gateway/world.ts'
import { chunk, LAST_CHUNK } from '../support/raw-socket.ts'
import { valuesOf } from '../support/raw-upstream.ts'
import { expectExactBody } from './body-trial.ts'
import { besiege, written } from './siege.ts'

const CALL = { mcp_method: 'tools/call', mcp_tool: 'query_logs' }
const UNREAD = { mcp_method: null, mcp_tool: null }

describe('body encoding confusion', () => {
  const siege = besiege()

  // What our own server, or a stricter one, makes of the bytes is its business: it gets exactly them. What the record
  // says is what a reader of UTF-8 JSON would run, or nothing.
  const BODIES: ReadonlyArray<readonly [string, string | Buffer, object]> = [
    ['a byte order mark', `\ufeff${TOOL_CALL}`, CALL],
    ['white space around', `\r\n\t ${TOOL_CALL}\n\n`, CALL],
    ['UTF-16', Buffer.from(TOOL_CALL, 'utf16le'), UNREAD],
    ['UTF-16 with its mark', Buffer.from(`\ufeff${TOOL_CALL}`, 'utf16le'), UNREAD],
    ['UTF-7', TOOL_CALL.replaceAll('"', '+ACI-'), UNREAD],
    ['two byte order marks', `\ufeff\ufeff${TOOL_CALL}`, UNREAD],
    [
      'bytes that are no UTF-8',
      Buffer.concat([Buffer.from(TOOL_CALL), Buffer.from([0xff])]),
      UNREAD,
    ],
    [
      'bytes that are no UTF-8 in a value',
      Buffer.from(TOOL_CALL.replace('"id":1', '"id":"\xff"'), 'latin1'),
      CALL,
    ],
    ['two documents', TOOL_CALL + TOOL_CALL, UNREAD],
    ['two documents in lines', `${TOOL_CALL}\n${TOOL_CALL}`, UNREAD],
    ['rubbish behind', `${TOOL_CALL}x`, UNREAD],
    ['rubbish before', `x${TOOL_CALL}`, UNREAD],
    ['a guard against scripts before', `)]}'\n${TOOL_CALL}`, UNREAD],
    ['a NUL behind', `${TOOL_CALL}\0`, UNREAD],
    ['a comment', `/* */${TOOL_CALL}`, UNREAD],
    ['a comma too many', TOOL_CALL.replace(/}$/, ',}'), UNREAD],
    ['single quotes', TOOL_CALL.replaceAll('"', "'"), UNREAD],
    ['every byte that there is', Buffer.from(Array.from({ length: 256 }, (_, at) => at)), UNREAD],
    ['a form', 'method=tools/call&name=query_logs', UNREAD],
    [
      'a multipart form',
      '--x\r\ncontent-disposition: form-data; name=a\r\n\r\n{}\r\n--x--',
      UNREAD,
    ],
    ['XML', '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>', UNREAD],
    ['a request line', 'GET /admin HTTP/1.1\r\nHost: a\r\n\r\n', UNREAD],
  ]
  for (const [what, body, recorded] of BODIES) {
    it(`by ${what} changes no byte on the way, and no record`, async () => {
      expect(await expectExactBody(siege, body)).to.deep.equal(recorded)
    })
  }

  const TYPES: ReadonlyArray<readonly [string, string]> = [
    ['another charset', 'application/json; charset=utf-16'],
    ['UTF-7', 'application/json;charset="utf-7"'],
    ['plain text', 'text/plain'],
    ['a form', 'application/x-www-form-urlencoded'],
    ['multipart', 'multipart/form-data; boundary=x'],
    ['nothing', ''],
    ['a list', 'application/json, text/plain'],
    ['bytes', 'application/octet-stream'],
  ]
  for (const [what, type] of TYPES) {
    it(`by the content type of ${what} changes nothing: it passes as it is`, async () => {
      const token = await siege.world().tokenOf('generic')
      const request = written({ token }).replace('application/json', type)
      const answer = await siege.exchange(request)
      expect(answer.status).to.equal(200)
      const arrived = siege.upstream().requests.at(-1)
      expect(arrived?.body).to.equal(TOOL_CALL)
      expect(arrived && valuesOf(arrived, 'content-type')).to.deep.equal([type])
      expect(await siege.auditOf(answer)).to.include(CALL)
    })
  }

  it('by two content types is refused', async () => {
    const token = await siege.world().tokenOf('generic')
    const answer = await siege.exchange(written({ token, lines: ['Content-Type: text/plain'] }))
    expect(answer.status).to.equal(400)
    siege.expectNothingPassed()
  })

  const bomb = gzipSync(Buffer.alloc(8 * 1024 * 1024, ' ')).toString('latin1')
  for (const encoding of [
    'gzip',
    'GZIP',
    'br',
    'deflate',
    'zstd',
    'x-gzip',
    'identity, gzip',
    'gzip, identity',
    '',
    'aws-chunked',
    '*',
  ]) {
    it(`by Content-Encoding "${encoding}" is refused unread, a bomb as well`, async () => {
      const token = await siege.world().tokenOf('generic')
      const lines = [`Content-Encoding: ${encoding}`]
      const answer = await siege.exchange(written({ token, lines, body: bomb }))
      expect(answer.status).to.equal(415)
      expect((await siege.auditOf(answer)).reason).to.equal('encoding_not_supported')
      siege.expectNothingPassed()
    })
  }

  it('by two Content-Encoding headers is refused', async () => {
    const token = await siege.world().tokenOf('generic')
    const lines = ['Content-Encoding: identity', 'Content-Encoding: gzip']
    expect((await siege.exchange(written({ token, lines }))).status).to.equal(400)
    siege.expectNothingPassed()
  })

  it('by chunks of one byte arrives as one body', async () => {
    const token = await siege.world().tokenOf('generic')
    const head = written({ token, body: '', lines: ['Transfer-Encoding: chunked'] })
    const answer = await siege.exchange(head + [...TOOL_CALL].map(chunk).join('') + LAST_CHUNK)
    expect(await siege.auditOf(answer)).to.include(CALL)
    const arrived = siege.upstream().requests.at(-1)
    expect(arrived?.body).to.equal(TOOL_CALL)
    expect(arrived && valuesOf(arrived, 'content-length')).to.deep.equal([String(TOOL_CALL.length)])
    expect(arrived && valuesOf(arrived, 'transfer-encoding')).to.deep.equal([])
  })
})
