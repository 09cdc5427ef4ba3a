import { expect } from 'chai'

import { MACHINE } from '../../src/identity-provider/clients.ts'
import { CLIENT_ID, RESOURCE_SERVER_CLIENT, SCOPE } from '../../src/world.ts'
import { eventually } from '../support/running-stack.ts'
import {
  identityProvider,
  introspection,
  jsonOf,
  machineToken,
  metadataOf,
  PROD_RESOURCE,
  RESOURCE,
  refresh,
  revoke,
  tokensFor,
} from './code-flow.ts'

describe('identity provider: opaque', () => {
  const idp = identityProvider()
  const issuer = () => idp().issuers.opaque

  it('publishes introspection and open registration', async () => {
    const metadata = await metadataOf(issuer())
    expect(metadata).to.include({
      introspection_endpoint: `${issuer()}/introspect`,
      registration_endpoint: `${issuer()}/register`,
      revocation_endpoint: `${issuer()}/revoke`,
    })
  })

  it("tells the resource server what a person's token is worth", async () => {
    const { access_token } = await tokensFor(issuer(), 'alice', { resource: PROD_RESOURCE })
    expect(access_token).to.match(/^[\w-]{20,}$/)
    const answer = await introspection(issuer(), access_token)
    expect(answer).to.deep.include({
      status: 200,
      active: true,
      iss: issuer(),
      sub: 'alice',
      aud: PROD_RESOURCE,
      client_id: CLIENT_ID,
      scope: SCOPE,
      username: 'alice',
      groups: ['staff', 'sre'],
      token_type: 'Bearer',
    })
    expect(Number(answer.exp) - Number(answer.iat)).to.equal(3600)
  })

  it("tells what a machine's token is worth, without username and groups", async () => {
    const { access_token } = await machineToken(issuer(), { resource: RESOURCE })
    const answer = await introspection(issuer(), access_token)
    expect(answer).to.deep.include({
      active: true,
      iss: issuer(),
      sub: MACHINE.id,
      client_id: MACHINE.id,
      aud: RESOURCE,
      scope: SCOPE,
      token_type: 'Bearer',
    })
    expect(answer).to.not.have.any.keys('username', 'groups')
  })

  it('takes the secret of the resource server in the authorization header too', async () => {
    const { access_token } = await tokensFor(issuer(), 'alice')
    const { introspection_endpoint } = await metadataOf(issuer())
    const { id, secret } = RESOURCE_SERVER_CLIENT
    const response = await fetch(String(introspection_endpoint), {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${id}:${secret}`)}` },
      body: new URLSearchParams({ token: String(access_token) }),
    })
    expect(await jsonOf(response)).to.include({ active: true, username: 'alice' })
  })

  it('answers nobody without a secret, and a wrong one with 401', async () => {
    const { access_token } = await tokensFor(issuer(), 'alice')
    const anonymous = await introspection(issuer(), access_token, {})
    expect(anonymous).to.include({ status: 400, error: 'invalid_request' })
    const wrong = { client_id: RESOURCE_SERVER_CLIENT.id, client_secret: 'wrong' }
    const refused = await introspection(issuer(), access_token, wrong)
    expect(refused).to.include({ status: 401, error: 'invalid_client' })
    const client = { client_id: CLIENT_ID }
    const publicClient = await introspection(issuer(), access_token, client)
    expect(publicClient).to.deep.equal({ status: 200, active: false })
  })

  it('calls a token inactive when it was revoked, never existed or belongs elsewhere', async () => {
    const { access_token } = await tokensFor(issuer(), 'alice')
    expect(await introspection(issuer(), access_token)).to.include({ active: true })
    expect(await revoke(issuer(), access_token)).to.equal(200)
    const foreign = await tokensFor(idp().issuers.google, 'alice', { scope: 'openid' })
    for (const token of [access_token, 'unknown', foreign.access_token]) {
      const answer = await introspection(issuer(), token)
      expect(answer, String(token)).to.deep.equal({ status: 200, active: false })
    }
  })

  it('keeps an access token good over a refresh and ends it with the grant', async () => {
    const first = await tokensFor(issuer(), 'bob')
    const second = await refresh(issuer(), first.refresh_token)
    const both = [first.access_token, second.access_token]
    for (const token of both) {
      expect(await introspection(issuer(), token)).to.include({ active: true, username: 'bob' })
    }
    expect(await revoke(issuer(), second.refresh_token)).to.equal(200)
    for (const token of both) {
      expect(await introspection(issuer(), token)).to.deep.equal({ status: 200, active: false })
    }
  })

  it('gives the resource server no tokens of its own', async () => {
    const { id, secret } = RESOURCE_SERVER_CLIENT
    const asked = { client_id: id, client_secret: secret }
    expect(await machineToken(issuer(), asked)).to.not.have.property('access_token')
  })
})

describe('identity provider: opaque tokens that live one second', () => {
  const idp = identityProvider({ accessTokenSeconds: 1 })

  it('are inactive when the second is over', async () => {
    const { opaque } = idp().issuers
    const { access_token } = await tokensFor(opaque, 'alice')
    const answer = await eventually(async () => {
      const seen = await introspection(opaque, access_token)
      return seen.active === true ? undefined : seen
    })
    expect(answer).to.deep.equal({ status: 200, active: false })
  })
})
