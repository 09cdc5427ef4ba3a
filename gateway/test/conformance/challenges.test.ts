import { expect } from 'chai'
import { requirement } from './support/requirement.ts'
import {
  challengeIn,
  METADATA_URL,
  type ResourceServer,
  SCOPE,
  startResourceServer,
} from './support/resource-server.ts'

const OTHER_SCOPE = 'logs/read'
const LONG_AGO = 1_000_000_000

describe('challenges', () => {
  let server: ResourceServer

  before(async () => {
    server = await startResourceServer((issuer) => ({
      providers: [{ issuer, scopes: [SCOPE, OTHER_SCOPE] }],
    }))
  })
  after(() => server.stop())

  const authorization = (value: string | readonly string[]) =>
    server.call(undefined, { headers: { authorization: value } })
  const badTokens = async () => [
    await server.token({ iat: LONG_AGO, exp: LONG_AGO + 60 }),
    (await server.token()).replace(/\.[^.]+$/, '.AAAA'),
    await server.token({ iss: 'https://unknown.example' }),
    'opaque',
  ]
  const malformed = async () => {
    const token = await server.token()
    return [
      `Bearer ${token} ${token}`,
      'Bearer',
      'Bearer ',
      'Bearer a"b',
      [`Bearer ${token}`, `Bearer ${token}`],
    ]
  }

  requirement('RS4a', 'no token is 401', async () => {
    expect((await server.call(undefined)).status).to.equal(401)
    expect((await authorization('Basic YTpi')).status).to.equal(401)
  })

  requirement('RS4b', 'a bad token is 401', async () => {
    for (const token of await badTokens()) expect((await server.call(token)).status).to.equal(401)
  })

  requirement('RS4c', 'too few scopes and no rule are 403', async () => {
    const scope = `${SCOPE} ${OTHER_SCOPE}`
    expect((await server.call(await server.token({ scope: SCOPE }))).status).to.equal(403)
    expect((await server.call(await server.token({ scope, groups: ['guests'] }))).status).to.equal(
      403,
    )
    expect((await server.call(await server.token({ scope }))).status).to.equal(200)
  })

  requirement('RS4d', 'malformed credentials are 400', async () => {
    for (const value of await malformed()) {
      expect((await authorization(value)).status, String(value)).to.equal(400)
    }
  })

  requirement('RS5', 'a 401 says which scopes to ask for', async () => {
    const answers = [
      await server.call(undefined),
      ...(await Promise.all((await badTokens()).map((token) => server.call(token)))),
    ]
    for (const answer of answers) {
      expect(challengeIn(answer).scope).to.equal(`${SCOPE} ${OTHER_SCOPE}`)
    }
  })

  requirement('RS6a', 'a shortage of scopes is told completely', async () => {
    const challenge = challengeIn(await server.call(await server.token({ scope: SCOPE })))
    expect(challenge).to.include({
      error: 'insufficient_scope',
      scope: `${SCOPE} ${OTHER_SCOPE}`,
      resource_metadata: METADATA_URL,
    })
    expect(challenge.error_description).to.be.a('string').that.is.not.empty
  })

  requirement('RS6b', 'what is missing does not change what is asked for', async () => {
    for (const scope of [SCOPE, OTHER_SCOPE, 'openid', '']) {
      const challenge = challengeIn(await server.call(await server.token({ scope })))
      expect(challenge.scope, scope).to.equal(`${SCOPE} ${OTHER_SCOPE}`)
    }
  })

  requirement('B1', 'no credentials, no error code', async () => {
    const challenge = challengeIn(await server.call(undefined))
    expect(challenge).to.have.all.keys('resource_metadata', 'scope')
  })

  requirement('B2', 'a bad token is an invalid_token', async () => {
    for (const token of await badTokens()) {
      expect(challengeIn(await server.call(token)).error).to.equal('invalid_token')
    }
  })

  requirement('B3', 'malformed credentials are an invalid_request', async () => {
    for (const value of await malformed()) {
      // Which of two headers counts is not for the gateway to choose: it says only that the request is malformed.
      if (typeof value !== 'string') continue
      expect(challengeIn(await authorization(value)).error, value).to.equal('invalid_request')
    }
  })

  requirement('B4', 'every challenge is of the Bearer scheme, in its characters', async () => {
    const answers = [
      await server.call(undefined),
      await authorization('Basic YTpi'),
      await server.call(await server.token({ scope: '' })),
      await server.call(await server.token({ iss: 'https://a.example/"\\\u00e4' })),
    ]
    // challengeIn accepts nothing else than Bearer with quoted values free of quotes and backslashes.
    for (const answer of answers) {
      challengeIn(answer)
      expect(answer.headers['www-authenticate']).to.match(/^[\x20-\x7e]+$/)
    }
  })

  requirement('B5', 'the scheme may be written in any case', async () => {
    const token = await server.token({ scope: `${SCOPE} ${OTHER_SCOPE}` })
    for (const scheme of ['bearer', 'BEARER', 'bEaReR']) {
      expect((await authorization(`${scheme} ${token}`)).status).to.equal(200)
    }
  })

  requirement('SB3a', 'nothing beyond what the operator requires is advertised', async () => {
    const { text } = await server.gateway.send({ path: new URL(METADATA_URL).pathname })
    const advertised = (JSON.parse(text) as { scopes_supported: unknown }).scopes_supported // asserted next
    expect(advertised).to.deep.equal([SCOPE, OTHER_SCOPE])
  })

  requirement('SB3b', 'scopes alone grant nothing', async () => {
    const token = await server.token({ scope: `${SCOPE} ${OTHER_SCOPE} admin *`, groups: [] })
    const before = server.sts.calls.length
    expect((await server.call(token)).status).to.equal(403)
    expect(server.sts.calls).to.have.lengthOf(before)
  })

  requirement('SB3c', 'a challenge for scopes is in the audit log under its id', async () => {
    const answer = await server.call(await server.token({ scope: SCOPE, sub: 'who' }))
    expect(await server.auditOf(answer)).to.include({
      kind: 'audit',
      reason: 'scope_missing',
      subject: 'who',
      status: 403,
    })
  })
})
