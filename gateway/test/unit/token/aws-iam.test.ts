import { createServer } from 'node:http'
import { expect } from 'chai'
import { presignIdentity } from '../../../src/aws-token/presign-identity.ts'
import { GatewayError } from '../../../src/errors.ts'
import {
  AWS_IAM_PREFIX,
  askIdentity,
  BINDING_HEADER,
  readPresignedIdentity,
} from '../../../src/token/aws-iam.ts'
import { listen, stop } from '../../support/loopback.ts'

const NOW = Date.parse('2026-01-02T03:04:05Z')
const RESOURCE = 'https://gw.example/mcp'
const ARN = 'arn:aws:sts::111122223333:assumed-role/Ci/build-7'

const token = (over: Partial<Parameters<typeof presignIdentity>[0]> = {}) =>
  presignIdentity({
    credentials: { accessKeyId: 'ASIA1', secretAccessKey: 'secret', sessionToken: 't/+=' },
    region: 'us-east-1',
    endpoint: undefined,
    resource: RESOURCE,
    expiresSeconds: 300,
    now: new Date(NOW),
    ...over,
  })

const read = (text: string, over: Partial<Parameters<typeof readPresignedIdentity>[1]> = {}) =>
  readPresignedIdentity(text, {
    endpoint: undefined,
    maxAgeSeconds: 300,
    clockToleranceSeconds: 5,
    now: NOW,
    ...over,
  })

const reasonOf = (attempt: () => unknown) => {
  try {
    attempt()
    return 'accepted'
  } catch (error) {
    if (error instanceof GatewayError) return error.reason
    throw error
  }
}

/** The token with its URL changed. */
const changed = async (change: (url: URL) => void, text?: string) => {
  const url = new URL(
    Buffer.from((text ?? (await token())).slice(AWS_IAM_PREFIX.length), 'base64url').toString(),
  )
  change(url)
  return AWS_IAM_PREFIX + Buffer.from(url.href).toString('base64url')
}

describe('readPresignedIdentity', () => {
  it('reads what the client helper prints', async () => {
    const { url, expiresAt } = read(await token())
    expect(url.host).to.equal('sts.us-east-1.amazonaws.com')
    expect(url.searchParams.get('X-Amz-SignedHeaders')).to.equal(`host;${BINDING_HEADER}`)
    expect(url.searchParams.get('X-Amz-Security-Token')).to.equal('t/+=')
    expect(expiresAt).to.equal(NOW + 300_000)
  })

  it('counts the age of its own, whatever the URL allows', async () => {
    const text = await token({ expiresSeconds: 900 })
    expect(read(text, { maxAgeSeconds: 60 }).expiresAt).to.equal(NOW + 60_000)
    expect(reasonOf(() => read(text, { maxAgeSeconds: 60, now: NOW + 60_000 }))).to.equal(
      'token_expired',
    )
  })

  it('goes to China and GovCloud as well', async () => {
    for (const region of ['cn-north-1', 'us-gov-west-1']) {
      expect(read(await token({ region })).url.host, region).to.contain(region)
    }
  })

  const wrong: ReadonlyArray<readonly [string, (url: URL) => void, string?]> = [
    ['another host', (url) => (url.hostname = 'evil.example')],
    [
      'a host that looks like STS',
      (url) => (url.hostname = 'sts.us-east-1.amazonaws.com.evil.example'),
    ],
    ['the metadata service', (url) => (url.hostname = '169.254.169.254')],
    ['another AWS service', (url) => (url.hostname = 's3.us-east-1.amazonaws.com')],
    ['another port', (url) => (url.port = '8443')],
    ['no TLS', (url) => (url.protocol = 'http:')],
    ['a user in the URL', (url) => (url.username = 'sts.amazonaws.com')],
    ['a path', (url) => (url.pathname = '/x')],
    ['a fragment', (url) => (url.hash = 'x')],
    ['another action', (url) => url.searchParams.set('Action', 'GetSessionToken')],
    ['two actions', (url) => url.searchParams.append('Action', 'GetCallerIdentity')],
    ['another version', (url) => url.searchParams.set('Version', '2012-01-01')],
    ['a parameter too many', (url) => url.searchParams.set('RoleArn', 'x')],
    ['no binding header', (url) => url.searchParams.set('X-Amz-SignedHeaders', 'host')],
    [
      'a header too many',
      (url) => url.searchParams.set('X-Amz-SignedHeaders', `accept;host;${BINDING_HEADER}`),
    ],
    ['no date', (url) => url.searchParams.delete('X-Amz-Date')],
    ['a date that is none', (url) => url.searchParams.set('X-Amz-Date', '20269999T999999Z')],
    ['no life', (url) => url.searchParams.delete('X-Amz-Expires')],
    ['a life of a day', (url) => url.searchParams.set('X-Amz-Expires', '86400')],
    ['a life of nothing', (url) => url.searchParams.set('X-Amz-Expires', '0')],
    ['a life in fractions', (url) => url.searchParams.set('X-Amz-Expires', '1.5')],
    ['a time to come', (url) => url.searchParams.set('X-Amz-Date', '20260102T040405Z')],
    [
      'a time long past',
      (url) => url.searchParams.set('X-Amz-Date', '20260101T030405Z'),
      'token_expired',
    ],
  ]
  for (const [what, change, reason = 'token_rejected'] of wrong) {
    it(`refuses ${what} without asking anyone`, async () => {
      const text = await changed(change)
      expect(reasonOf(() => read(text))).to.equal(reason)
    })
  }

  for (const text of ['', 'a b', 'AAAA', Buffer.from('not a url').toString('base64url')]) {
    it(`refuses ${JSON.stringify(text)} behind the prefix`, () => {
      expect(reasonOf(() => read(AWS_IAM_PREFIX + text))).to.equal('token_rejected')
    })
  }

  it('knows only the configured endpoint where there is one', async () => {
    const endpoint = 'http://127.0.0.1:4566'
    expect(reasonOf(() => read('', { endpoint }))).to.equal('token_rejected')
    const own = await token({ endpoint })
    expect(read(own, { endpoint }).url.origin).to.equal(endpoint)
    const amazon = await token()
    expect(reasonOf(() => read(amazon, { endpoint }))).to.equal('token_rejected')
  })
})

describe('askIdentity', () => {
  const presigned = { url: new URL('https://sts.amazonaws.com/'), expiresAt: NOW }
  const xml = (inside: string) =>
    `<R><GetCallerIdentityResult>${inside}</GetCallerIdentityResult></R>`
  const whole = xml(`<Arn>${ARN}</Arn><UserId>AROA:build-7</UserId><Account>111122223333</Account>`)
  const ask = async (status: number, text: string) => {
    try {
      return (await askIdentity(presigned, RESOURCE, async () => ({ status, text }))).arn
    } catch (error) {
      if (error instanceof GatewayError) return error.reason
      throw error
    }
  }

  it('gives who signed', async () => {
    expect(await ask(200, whole)).to.equal(ARN)
  })

  for (const [what, status, text, reason] of [
    ['a refusal', 403, '<Code>SignatureDoesNotMatch</Code>', 'token_rejected'],
    ['throttling', 400, '<Code>Throttling</Code>', 'sts_unavailable'],
    ['a failure', 500, '', 'sts_unavailable'],
    ['garbage', 200, 'hello', 'sts_unavailable'],
    ['two ARNs', 200, whole + whole, 'sts_unavailable'],
    ['no account', 200, xml(`<Arn>${ARN}</Arn><UserId>x</UserId>`), 'sts_unavailable'],
  ] as const) {
    it(`tells ${what}`, async () => {
      expect(await ask(status, text)).to.equal(reason)
    })
  }

  it('tells that STS does not answer', async () => {
    const attempt = askIdentity(presigned, RESOURCE, () =>
      Promise.reject(new Error('ECONNREFUSED')),
    )
    const error = await attempt.catch((caught: unknown) => caught)
    expect(error).to.be.instanceOf(GatewayError).with.property('reason', 'sts_unavailable')
  })

  it('sends the resource as the signed header', async () => {
    const seen: Array<string | string[] | undefined> = []
    const server = createServer((req, res) => {
      seen.push(req.headers[BINDING_HEADER])
      res.end(whole)
    })
    const port = await listen(server)
    try {
      const url = new URL(`http://127.0.0.1:${port}/`)
      await askIdentity({ url, expiresAt: NOW }, RESOURCE, async (to, resource) => {
        const response = await fetch(to, { headers: { [BINDING_HEADER]: resource } })
        return { status: response.status, text: await response.text() }
      })
      expect(seen).to.deep.equal([RESOURCE])
    } finally {
      await stop(server)
    }
  })
})
