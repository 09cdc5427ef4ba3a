import { expect } from 'chai'
import { createRedirectUriRules } from '../../../src/login/clients/redirect-uri.ts'
import {
  authorizePath,
  fieldOf,
  PUBLIC_URL,
  REDIRECT_URI,
} from '../../integration/login/running-login.ts'
import { type FacadeWorld, startFacadeWorld } from './facade-world.ts'
import { REFUSED } from './hostile-redirect-uris.ts'

const rules = createRedirectUriRules({
  customUris: ['cursor://anysphere.cursor-mcp/oauth/callback'],
  hosts: [],
})

describe('redirect URI attack', () => {
  for (const [what, uris] of Object.entries(REFUSED)) {
    it(`refuses ${what}`, () => {
      const allowed = uris.filter((uri) => rules.problemOf(uri) === undefined)
      expect(allowed).to.deep.equal([])
    })
  }

  it('refuses more than 1024 characters', () => {
    const uri = `https://good.example/${'a'.repeat(1024 - 21)}`
    expect(uri).to.have.lengthOf(1024)
    expect(rules.problemOf(uri)).to.equal(undefined)
    expect(rules.problemOf(`${uri}a`)).to.be.a('string')
  })

  it('never takes an address for a registered one that it would refuse by itself, but for a port', () => {
    const registered = ['https://good.example/cb', 'http://localhost/cb', 'http://127.0.0.1/cb']
    for (const uri of Object.values(REFUSED).flat()) {
      const taken = rules.matches(registered, uri)
      expect(taken && rules.problemOf(uri) === undefined, uri).to.equal(false)
    }
  })

  it('shows a host that imitates another in its ASCII form', () => {
    expect(rules.problemOf('https://xn--gd-emca.example/cb')).to.equal(undefined)
  })
})

/** The same, through the whole gateway. */
describe('a redirect URI that a client may not have', () => {
  let world: FacadeWorld
  let good: string
  let loopback: string
  before(async () => {
    world = await startFacadeWorld()
    good = await world.clientId()
    loopback = await world.clientId({ redirect_uris: ['http://localhost/cb', 'http://127.0.0.1/'] })
  })
  after(() => world.stop())

  const goesNowhere = async (clientId: string, uri: string) => {
    const path = authorizePath(clientId, { redirect_uri: uri })
    const { status, headers, text } = await world.newBrowser().get(path)
    expect(status, uri).to.equal(400)
    expect(headers.location, uri).to.equal(undefined)
    expect(headers['set-cookie'], uri).to.equal(undefined)
    expect(text, uri).to.not.match(/http-equiv="refresh"|<form|evil|class="button"/)
  }

  for (const [what, uris] of Object.entries(REFUSED)) {
    it(`is neither registered nor redirected to: ${what}`, async () => {
      for (const uri of uris) {
        const registered = await world.register({ redirect_uris: [uri] })
        expect(registered.status, uri).to.equal(400)
        expect(fieldOf(registered.json(), 'error'), uri).to.equal('invalid_redirect_uri')
        const beside = await world.register({ redirect_uris: [REDIRECT_URI, uri] })
        expect(beside.status, uri).to.equal(400)
        // An empty one is one that is left out (RFC 6749 §3.1).
        if (uri === '') continue
        await goesNowhere(good, uri)
        await goesNowhere(loopback, uri)
      }
    })
  }

  it('is none of those that only resemble a registered one', async () => {
    for (const uri of [
      `${REDIRECT_URI}/`,
      `${REDIRECT_URI}?x=1`,
      `${REDIRECT_URI};x`,
      `${REDIRECT_URI}%2f`,
      'https://client.example.com/CB',
      'https://client.example.com:8443/cb',
      'https://www.client.example.com/cb',
      'https://client.example.com.evil.example/cb',
      'https://evilclient.example.com/cb',
      'http://client.example.com/cb',
      'https://client.example.com/',
      'https://client.example.com',
    ]) {
      await goesNowhere(good, uri)
    }
    for (const uri of [
      'https://localhost/cb',
      'http://localhost:4711/cb/',
      'http://localhost/cb?x=1',
      'http://127.0.0.1/cb',
      'http://[::1]/cb',
      'http://localhost:4711/',
      'http://127.0.0.1:4711/cb',
    ]) {
      await goesNowhere(loopback, uri)
    }
  })

  it('is no address of the gateway itself, which a consent page would seem to vouch for', async () => {
    for (const uri of [
      `${PUBLIC_URL}/oauth/callback`,
      `${PUBLIC_URL}/oauth/authorize?client_id=x&redirect_uri=y`,
      `${PUBLIC_URL}/mcp`,
      PUBLIC_URL,
    ]) {
      const registered = await world.register({ redirect_uris: [REDIRECT_URI, uri] })
      expect(fieldOf(registered.json(), 'error'), uri).to.equal('invalid_redirect_uri')
    }
    const beside = await world.register({ redirect_uris: ['https://app.gw.example.com/cb'] })
    expect(beside.status).to.equal(201)
  })

  it('is not among too many or too long ones', async () => {
    const many = Array.from({ length: 1000 }, (_, at) => `https://c.example/${at}`)
    for (const redirect_uris of [
      many,
      many.slice(0, 17),
      [`https://c.example/${'a'.repeat(2048)}`],
    ]) {
      expect((await world.register({ redirect_uris })).status).to.be.oneOf([400, 413])
    }
    await goesNowhere(good, `${REDIRECT_URI}?${'a'.repeat(4000)}`)
  })

  it('is shown by its host where it is allowed, and the answer goes there alone', async () => {
    const imitation = 'https://xn--gd-emca.example/cb'
    const clientId = await world.clientId({
      client_name: 'client.example.com',
      redirect_uris: [imitation],
    })
    const path = authorizePath(clientId, { redirect_uri: imitation })
    const { text } = await world.newBrowser().get(path)
    expect(text).to.contain('xn--gd-emca.example')
    const answer = await world.signIn(world.newBrowser(), clientId, { redirect_uri: imitation })
    expect(answer.host).to.equal('xn--gd-emca.example')
  })
})
