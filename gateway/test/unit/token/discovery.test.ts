import { createServer } from 'node:http'
import { expect } from 'chai'
import { GatewayError } from '../../../src/errors.ts'
import { causeChain } from '../../../src/log.ts'
import {
  createFetchText,
  discoverMetadata,
  type FetchText,
  metadataUrls,
} from '../../../src/token/discovery.ts'
import { listen, stop, unusedPort } from '../../support/loopback.ts'

const ISSUER = 'https://issuer.example/a'

const answering =
  (document: unknown, status = 200): FetchText =>
  async () => ({ status, text: typeof document === 'string' ? document : JSON.stringify(document) })

const keysUrl = async (document: unknown, issuer = ISSUER) =>
  (await discoverMetadata(issuer, answering(document))).keysUrl

async function causeOf(attempt: Promise<unknown>): Promise<string> {
  const error: unknown = await attempt.then(
    () => new Error('nothing was refused'),
    (reason: unknown) => reason,
  )
  expect(error).to.be.instanceOf(GatewayError).with.property('reason', 'issuer_unavailable')
  return causeChain(error)
}

describe('metadataUrls', () => {
  for (const [issuer, ...urls] of [
    [
      'https://a.okta.com/oauth2/default',
      'https://a.okta.com/oauth2/default/.well-known/openid-configuration',
      'https://a.okta.com/.well-known/oauth-authorization-server/oauth2/default',
    ],
    [
      'https://t.auth0.com/',
      'https://t.auth0.com/.well-known/openid-configuration',
      'https://t.auth0.com/.well-known/oauth-authorization-server',
    ],
    [
      'https://accounts.google.com',
      'https://accounts.google.com/.well-known/openid-configuration',
      'https://accounts.google.com/.well-known/oauth-authorization-server',
    ],
    [
      'http://localhost:9000/auth0/',
      'http://localhost:9000/auth0/.well-known/openid-configuration',
      'http://localhost:9000/.well-known/oauth-authorization-server/auth0',
    ],
  ] as const) {
    it(`appends and inserts for ${issuer}`, () => {
      expect(metadataUrls(issuer).map(({ href }) => href)).to.deep.equal(urls)
    })
  }
})

describe('discoverMetadata', () => {
  it('gives the address of the keys, on another host too', async () => {
    const url = await keysUrl({ issuer: ISSUER, jwks_uri: 'https://keys.example/a' })
    expect(url.href).to.equal('https://keys.example/a')
  })

  it('takes the OAuth metadata where there is no OpenID configuration', async () => {
    const asked: string[] = []
    const fetchText: FetchText = async (url) => {
      asked.push(url.href)
      return url.href.includes('oauth-authorization-server')
        ? { status: 200, text: JSON.stringify({ issuer: ISSUER, jwks_uri: `${ISSUER}/keys` }) }
        : { status: 404, text: 'nothing' }
    }
    expect((await discoverMetadata(ISSUER, fetchText)).keysUrl.href).to.equal(`${ISSUER}/keys`)
    expect(asked).to.have.lengthOf(2)
  })

  it('accepts keys over http on the origin of an issuer over http', async () => {
    const issuer = 'http://localhost:9000/a'
    const url = await keysUrl({ issuer, jwks_uri: 'http://localhost:9000/keys' }, issuer)
    expect(url.href).to.equal('http://localhost:9000/keys')
  })

  const refused: ReadonlyArray<readonly [string, unknown, RegExp]> = [
    [
      'another issuer',
      { issuer: 'https://evil.example', jwks_uri: `${ISSUER}/k` },
      /names the issuer/,
    ],
    [
      'the issuer and a slash',
      { issuer: `${ISSUER}/`, jwks_uri: `${ISSUER}/k` },
      /names the issuer/,
    ],
    ['no issuer', { jwks_uri: `${ISSUER}/k` }, /names the issuer/],
    ['keys over http', { issuer: ISSUER, jwks_uri: 'http://issuer.example/k' }, /neither https/],
    ['keys in a file', { issuer: ISSUER, jwks_uri: 'file:///etc/keys' }, /neither https/],
    ['no keys', { issuer: ISSUER }, /no jwks_uri/],
    ['a keys address that is none', { issuer: ISSUER, jwks_uri: 'keys' }, /URL/],
    ['a list', [], /issuer/],
    ['null', null, /not a JSON object/],
    ['a page', '<!doctype html><title>hello</title>', /JSON/],
  ]
  for (const [what, document, cause] of refused) {
    it(`refuses ${what}`, async () => {
      expect(await causeOf(keysUrl(document))).to.match(cause)
    })
  }

  it('refuses keys over http on another port of an issuer over http', async () => {
    const issuer = 'http://localhost:9000'
    const attempt = keysUrl({ issuer, jwks_uri: 'http://localhost:9001/k' }, issuer)
    expect(await causeOf(attempt)).to.match(/neither https/)
  })

  it('tells of every address that it has tried', async () => {
    const cause = await causeOf(discoverMetadata(ISSUER, answering('no', 503)))
    expect(cause).to.contain('/a/.well-known/openid-configuration: Error: status 503')
    expect(cause).to.contain('/.well-known/oauth-authorization-server/a: Error: status 503')
  })

  it('says why nobody answers', async () => {
    const issuer = `http://127.0.0.1:${await unusedPort()}`
    const attempt = discoverMetadata(issuer, createFetchText({ timeoutMs: 2000 }))
    expect(await causeOf(attempt)).to.contain('ECONNREFUSED')
  })
})

describe('createFetchText', () => {
  const fetchText = createFetchText({ timeoutMs: 300 })
  let url = new URL('http://localhost')
  const server = createServer((req, res) => {
    if (req.url === '/document') res.end('{"ä":1}')
    if (req.url === '/redirect') res.writeHead(302, { location: '/document' }).end()
    if (req.url === '/large') res.end('x'.repeat(256 * 1024 + 1))
    if (req.url === '/half') res.writeHead(200).write('{')
    if (req.url === '/missing') res.writeHead(404).end('gone')
  })

  before(async () => {
    url = new URL(`http://127.0.0.1:${await listen(server)}`)
  })
  after(() => stop(server))

  const failureAt = (path: string): Promise<string> =>
    fetchText(new URL(path, url)).then(
      () => 'none',
      (error: unknown) => causeChain(error),
    )

  it('gives status and text', async () => {
    expect(await fetchText(new URL('/document', url))).to.deep.equal({
      status: 200,
      text: '{"ä":1}',
    })
    expect(await fetchText(new URL('/missing', url))).to.deep.equal({ status: 404, text: 'gone' })
  })

  it('follows no redirect', async () => {
    expect(await failureAt('/redirect')).to.match(/redirect/)
  })

  it('stops reading a document that is too large', async () => {
    expect(await failureAt('/large')).to.match(/too large/)
  })

  it('gives up an answer that does not come', async () => {
    expect(await failureAt('/never')).to.match(/timeout/i)
  })

  it('gives up an answer of which only half comes', async () => {
    expect(await failureAt('/half')).to.match(/timeout/i)
  })
})
