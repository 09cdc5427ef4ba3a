import { expect } from 'chai'
import { PUBLIC_URL } from '../support/running-gateway.ts'
import { requirement } from './support/requirement.ts'
import {
  challengeIn,
  METADATA_URL,
  RESOURCE,
  type ResourceServer,
  SCOPE,
  startResourceServer,
} from './support/resource-server.ts'

const WELL_KNOWN = '/.well-known/oauth-protected-resource'

describe('discovery', () => {
  let server: ResourceServer

  before(async () => {
    server = await startResourceServer((issuer) => ({
      providers: [
        { issuer, scopes: [SCOPE] },
        // The slash at its end belongs to it.
        { issuer: 'https://second.example/', scopes: [SCOPE] },
      ],
    }))
  })
  after(() => server.stop())

  const get = (path: string, headers: Record<string, string> = {}) =>
    server.gateway.send({ path, headers })
  const metadata = async (path: string) => (await get(path)).json() as Record<string, unknown> // an object, or the test fails

  requirement('RS1', 'the metadata names all issuers as they name themselves', async () => {
    expect((await metadata(`${WELL_KNOWN}/mcp`)).authorization_servers).to.deep.equal([
      server.issuer.issuer,
      'https://second.example/',
    ])
  })

  requirement('RS2a', 'the challenge leads to the metadata of its resource', async () => {
    for (const path of ['/mcp', '/mcp/prod']) {
      const { resource_metadata: url = '' } = challengeIn(await server.call(undefined, { path }))
      expect(url).to.equal(`${PUBLIC_URL}${WELL_KNOWN}${path}`)
      const found = await metadata(new URL(url).pathname)
      expect(found.resource).to.equal(`${PUBLIC_URL}${path}`)
    }
  })

  requirement('RS2b', 'both well-known paths answer', async () => {
    expect(await metadata(WELL_KNOWN)).to.deep.equal(await metadata(`${WELL_KNOWN}/mcp`))
  })

  requirement('RS3a', 'the resource is the URL in use, for every target', async () => {
    expect((await metadata(`${WELL_KNOWN}/mcp`)).resource).to.equal(RESOURCE)
    expect((await metadata(`${WELL_KNOWN}/mcp/prod`)).resource).to.equal(`${RESOURCE}/prod`)
  })

  requirement('RS3b', 'the resource is in canonical form', async () => {
    const resource = String((await metadata(`${WELL_KNOWN}/mcp`)).resource)
    expect(resource).to.equal(new URL(resource).href)
    expect(resource).to.not.match(/#|\/$/)
  })

  requirement('RS3c', 'a client may write the host in capitals', async () => {
    const host = 'GATEWAY.Localhost'
    expect((await get(`${WELL_KNOWN}/mcp`, { host })).status).to.equal(200)
    expect((await server.call(await server.token(), { headers: { host } })).status).to.equal(200)
  })

  requirement('P1', 'the metadata is a JSON object', async () => {
    const answer = await get(`${WELL_KNOWN}/mcp`)
    expect(answer.status).to.equal(200)
    expect(answer.headers['content-type']).to.match(/^application\/json(;|$)/)
    expect(answer.json()).to.be.an('object')
  })

  requirement('P2', 'the segment behind the path leads nowhere', async () => {
    expect(METADATA_URL).to.equal(`${PUBLIC_URL}${WELL_KNOWN}/mcp`)
    expect((await get(`/mcp${WELL_KNOWN}`)).status).to.equal(404)
    expect((await get(`${WELL_KNOWN}/mcp/nowhere`)).status).to.equal(404)
  })

  requirement('P3', 'without scopes there is no list of scopes', async () => {
    const bare = await startResourceServer((issuer) => ({ providers: [{ issuer }] }))
    try {
      const found = (await bare.gateway.send({ path: `${WELL_KNOWN}/mcp` })).json()
      for (const [name, value] of Object.entries(found as object)) {
        expect(value, name).to.not.deep.equal([])
      }
      expect(challengeIn(await bare.call(undefined))).to.not.have.property('scope')
    } finally {
      await bare.stop()
    }
  })

  requirement('P4', 'scopes and bearer methods are named', async () => {
    expect(await metadata(`${WELL_KNOWN}/mcp`)).to.deep.include({
      scopes_supported: [SCOPE],
      bearer_methods_supported: ['header'],
    })
  })

  requirement('P5', 'a page that is not allowed anything else may read the metadata', async () => {
    const { status, headers } = await get(`${WELL_KNOWN}/mcp`, { origin: 'https://any.example' })
    expect(status).to.equal(200)
    expect(headers['access-control-allow-origin']).to.equal('*')
  })

  requirement('RS8', 'offline_access is advertised nowhere', async () => {
    const asking = await startResourceServer((issuer) => ({
      providers: [{ issuer, scopes: [SCOPE, 'offline_access'] }],
    }))
    try {
      const found = await asking.gateway.send({ path: `${WELL_KNOWN}/mcp` })
      expect(found.text).to.not.contain('offline_access')
      const challenges = [
        await asking.call(undefined),
        await asking.call('opaque'),
        await asking.call(await asking.token({ scope: 'openid' })),
      ].map(challengeIn)
      for (const { scope } of challenges) expect(scope).to.equal(SCOPE)
    } finally {
      await asking.stop()
    }
  })
})
