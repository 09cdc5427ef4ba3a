import { expect } from 'chai'
import { compactDecrypt, decodeProtectedHeader } from 'jose'
import { createSeal, keyId, SEALED_HEADER } from '../../../src/upstream/seal.ts'

const KEY = new Uint8Array(32).fill(1)
const OLD = new Uint8Array(32).fill(2)
const HEADERS = {
  host: 'mcp.internal:3334',
  accept: 'application/json',
  'x-aws-access-key-id': 'ASIA1',
  'x-aws-secret-access-key': 'secret',
  'x-aws-session-token': 'token',
  'x-aws-credentials-expiration': '2030-01-01T00:00:00.000Z',
  'x-aws-region': 'us-east-1',
  'x-aws-regions': 'us-east-1',
  'x-aws-role-arn': 'arn:aws:iam::111122223333:role/R',
  'x-mcp-principal': 'issuer/alice',
  'x-mcp-tools': '*',
  'x-request-id': 'r-1',
}

describe('createSeal', () => {
  const seal = createSeal([KEY, OLD], { newId: () => 'j-1', now: () => 1_000_500 })
  const open = async (value: string | undefined) => {
    const { plaintext } = await compactDecrypt(value ?? '', KEY)
    return JSON.parse(new TextDecoder().decode(plaintext))
  }

  it('puts every header with authority into one and leaves the others', async () => {
    const sealed = await seal(HEADERS)
    expect(Object.keys(sealed).sort()).to.deep.equal(
      ['accept', 'host', 'x-request-id', SEALED_HEADER].sort(),
    )
    const { headers } = await open(sealed[SEALED_HEADER])
    const { host, accept, 'x-request-id': requestId, ...inside } = HEADERS
    expect(headers).to.deep.equal(inside)
  })

  it('lives a minute, for this request, once', async () => {
    const sealed = await seal(HEADERS)
    expect(await open(sealed[SEALED_HEADER])).to.include({
      rid: 'r-1',
      jti: 'j-1',
      iat: 1000,
      exp: 1060,
    })
  })

  it('uses the newest key and names it by an id that does not give it away', async () => {
    const sealed = await seal(HEADERS)
    const header = decodeProtectedHeader(sealed[SEALED_HEADER] ?? '')
    expect(header).to.deep.equal({ alg: 'dir', enc: 'A256GCM', kid: keyId(KEY) })
    expect(keyId(KEY))
      .to.match(/^[0-9a-f]{16}$/)
      .and.not.equal(keyId(OLD))
  })

  it('never makes the same value twice', async () => {
    const [one, two] = await Promise.all([seal(HEADERS), seal(HEADERS)])
    expect(one?.[SEALED_HEADER]).to.not.equal(two?.[SEALED_HEADER])
  })

  it('leaves the headers as they are without a key', async () => {
    const none = createSeal([], { newId: () => 'j-1', now: () => 0 })
    expect(await none(HEADERS)).to.equal(HEADERS)
  })

  it('keeps a session token of 4 KB within the budget of the head', async () => {
    const sealed = await seal({ ...HEADERS, 'x-aws-session-token': 'x'.repeat(4096) })
    const head = Object.entries(sealed).map(([name, value]) => `${name}: ${value}\r\n`)
    expect(head.join('').length).to.be.lessThan(8192)
  })
})
