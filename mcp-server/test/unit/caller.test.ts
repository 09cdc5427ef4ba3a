import { expect } from 'chai'
import { toCaller } from '../../src/caller.ts'
import { ServerRefusal } from '../../src/errors.ts'
import { callerHeaders, rawHeaders } from '../support/caller-headers.ts'

const NOW = new Date('2026-01-01T00:00:00Z')
const REQUEST = { credentials: 'request', region: undefined } as const
const read = (
  overrides: Record<string, string | undefined> = {},
  options: Parameters<typeof toCaller>[1] = REQUEST,
) => toCaller(rawHeaders(callerHeaders(overrides)), options, NOW, () => 'minted')

describe('toCaller', () => {
  it('reads everything that the upstream contract names', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    expect(read({ traceparent, 'x-mcp-tools': 'list_*, query_logs' })).to.deep.equal({
      credentials: {
        accessKeyId: 'ASIAALICE00000000001',
        secretAccessKey: 'secret/alice/0123456789+abcdefghijklmnop',
        sessionToken: 'token-of-alice-0123456789==',
      },
      expiration: new Date('2099-01-01T00:00:00Z'),
      region: 'us-east-1',
      regions: ['us-east-1'],
      roleArn: 'arn:aws:iam::111122223333:role/CloudWatchSre',
      account: '111122223333',
      principal: 'https%3A%2F%2Fissuer.example%7Calice',
      tools: ['list_*', 'query_logs'],
      requestId: 'request-1',
      traceparent,
    })
  })

  for (const [title, header, expected] of [
    ['only its own without the header', undefined, ['us-east-1']],
    [
      'the listed ones, its own first',
      'eu-west-1 , us-east-1,ap-south-1',
      ['us-east-1', 'eu-west-1', 'ap-south-1'],
    ],
    ['its own even where the list lacks it', 'eu-west-1', ['us-east-1', 'eu-west-1']],
  ] as const) {
    it(`may name regions: ${title}`, () => {
      expect(read({ 'x-aws-regions': header }).regions).to.deep.equal(expected)
    })
  }

  for (const header of [
    '',
    '*',
    'eu-west-1,',
    'eu-west-1;us-east-1',
    'eu-west-1,evil.example/',
    'EU-WEST-1',
    Array.from({ length: 65 }, () => 'eu-west-1').join(','),
  ]) {
    it(`refuses the list of regions "${header.slice(0, 30)}"`, () => {
      expect(() => read({ 'x-aws-regions': header }))
        .to.throw(ServerRefusal)
        .with.deep.include({ reason: 'header_malformed', headers: ['x-aws-regions'] })
    })
  }

  it('takes the regions of the operator for credentials of the process only', () => {
    const options = {
      credentials: 'environment',
      region: 'us-east-1',
      regions: ['eu-west-1'],
    } as const
    expect(toCaller([], options, NOW).regions).to.deep.equal(['us-east-1', 'eu-west-1'])
    expect(read({}, options).regions).to.deep.equal(['us-east-1'])
  })

  it('takes header names in any case, as they come over the wire', () => {
    const shouted = rawHeaders(callerHeaders()).map((text, at) =>
      at % 2 ? text : text.toUpperCase(),
    )
    expect(toCaller(shouted, REQUEST, NOW)).to.have.nested.property(
      'credentials.accessKeyId',
      'ASIAALICE00000000001',
    )
  })

  it('does not take names with underscores for the real ones', () => {
    const raw = rawHeaders(callerHeaders()).map((text, at) =>
      at % 2 ? text : text.replaceAll('-', '_'),
    )
    expect(() => toCaller(raw, REQUEST, NOW))
      .to.throw(ServerRefusal)
      .with.property('reason', 'credentials_missing')
  })

  it('needs only the triple, a region and the tools', () => {
    const caller = read({
      'x-aws-credentials-expiration': undefined,
      'x-aws-role-arn': undefined,
      'x-mcp-principal': undefined,
      'x-request-id': undefined,
    })
    expect(caller).to.include({ roleArn: undefined, account: undefined, principal: undefined })
    expect(caller.requestId).to.equal('minted')
  })

  it('falls back to the region of the server', () => {
    const options = { credentials: 'request', region: 'eu-west-1' } as const
    expect(read({ 'x-aws-region': undefined }, options).region).to.equal('eu-west-1')
    expect(read({}, options).region).to.equal('us-east-1')
  })

  for (const [title, overrides, reason] of [
    [
      'expired to the second',
      { 'x-aws-credentials-expiration': '2026-01-01T00:00:00Z' },
      'credentials_expired',
    ],
    ['a role of another form', { 'x-aws-role-arn': 'arn:aws:s3:::bucket' }, 'header_malformed'],
    ['a principal with a space', { 'x-mcp-principal': 'a b' }, 'header_malformed'],
    ['tools with an exclamation mark', { 'x-mcp-tools': '!list_*' }, 'header_malformed'],
    ['no tools header', { 'x-mcp-tools': undefined }, 'tools_missing'],
  ] as const) {
    it(`refuses ${title}`, () => {
      expect(() => read(overrides))
        .to.throw(ServerRefusal)
        .with.property('reason', reason)
    })
  }

  for (const id of ['', 'a b', 'a\tb', 'x'.repeat(200)]) {
    it(`replaces the request id ${JSON.stringify(id.slice(0, 5))}`, () => {
      expect(read({ 'x-request-id': id }).requestId).to.equal('minted')
    })
  }

  it('drops a traceparent that is none', () => {
    expect(read({ traceparent: 'nonsense' }).traceparent).to.equal(undefined)
  })

  describe('with CREDENTIALS=environment', () => {
    const options = { credentials: 'environment', region: 'eu-west-1' } as const

    it('lets a request without credentials use those of the process, with all tools', () => {
      const caller = toCaller([], options, NOW)
      expect(caller).to.deep.include({
        credentials: 'environment',
        region: 'eu-west-1',
        tools: ['*'],
      })
    })

    it('keeps to the tools that are named', () => {
      expect(toCaller(['x-mcp-tools', 'list_*'], options, NOW).tools).to.deep.equal(['list_*'])
    })

    it('refuses a part of the triple', () => {
      expect(() => toCaller(['x-aws-session-token', 'a'.repeat(20)], options, NOW))
        .to.throw(ServerRefusal)
        .with.property('reason', 'credentials_incomplete')
    })
  })
})
