import * as v2 from '@modelcontextprotocol/client'
import * as v1 from '@modelcontextprotocol/sdk/client/auth.js'
import { expect } from 'chai'

import { signIn } from '../../src/identity-provider/sign-in.ts'
import { SCOPE } from '../../src/world.ts'
import { identityProvider, RESOURCE, verified } from './code-flow.ts'

const CLIENT = {
  client_name: 'MCP client under test',
  redirect_uris: ['http://localhost:41234/oauth/callback'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
}
const [REDIRECT = ''] = CLIENT.redirect_uris

describe('identity provider: the OAuth functions of the MCP SDKs', () => {
  const idp = identityProvider()

  it('take the v1 SDK from discovery to a refreshed token', async () => {
    const { generic } = idp().issuers
    const metadata = await v1.discoverAuthorizationServerMetadata(generic)
    if (metadata === undefined) throw new Error('no metadata found')
    expect(metadata.issuer).to.equal(generic)
    const clientInformation = await v1.registerClient(generic, {
      metadata,
      clientMetadata: CLIENT,
      scope: SCOPE,
    })
    const { authorizationUrl, codeVerifier } = await v1.startAuthorization(generic, {
      metadata,
      clientInformation,
      redirectUrl: REDIRECT,
      scope: `${SCOPE} offline_access`,
      state: 'v1',
      resource: new URL(RESOURCE),
    })
    const back = await signIn(authorizationUrl, 'alice')
    const tokens = await v1.exchangeAuthorization(generic, {
      metadata,
      clientInformation,
      authorizationCode: back.searchParams.get('code') ?? '',
      codeVerifier,
      redirectUri: REDIRECT,
      resource: new URL(RESOURCE),
    })
    const refreshed = await v1.refreshAuthorization(generic, {
      metadata,
      clientInformation,
      refreshToken: tokens.refresh_token ?? '',
      resource: new URL(RESOURCE),
    })
    const { claims } = await verified(generic, refreshed.access_token)
    expect(claims).to.include({ sub: 'alice', aud: RESOURCE, scope: SCOPE })
  })

  it('take the v2 SDK from discovery to a refreshed token, with the issuer checked', async () => {
    const { generic } = idp().issuers
    const metadata = await v2.discoverAuthorizationServerMetadata(generic)
    if (metadata === undefined) throw new Error('no metadata found')
    expect(metadata.issuer).to.equal(generic)
    const clientInformation = await v2.registerClient(generic, {
      metadata,
      clientMetadata: { ...CLIENT, application_type: 'native' },
      scope: SCOPE,
    })
    const { authorizationUrl, codeVerifier } = await v2.startAuthorization(generic, {
      metadata,
      clientInformation,
      redirectUrl: REDIRECT,
      scope: SCOPE,
      state: 'v2',
      resource: RESOURCE,
    })
    const back = await signIn(authorizationUrl, 'bob')
    const tokens = await v2.exchangeAuthorization(generic, {
      metadata,
      clientInformation,
      authorizationCode: back.searchParams.get('code') ?? '',
      iss: back.searchParams.get('iss') ?? '',
      codeVerifier,
      redirectUri: REDIRECT,
      resource: RESOURCE,
    })
    const refreshed = await v2.refreshAuthorization(generic, {
      metadata,
      clientInformation,
      refreshToken: tokens.refresh_token ?? '',
      resource: RESOURCE,
    })
    const { claims } = await verified(generic, refreshed.access_token)
    expect(claims).to.include({ sub: 'bob', aud: RESOURCE, scope: SCOPE })
  })

  it('find every other issuer too, under its exact name', async () => {
    const { okta, auth0, cognito } = idp().issuers
    for (const issuer of [okta, auth0, cognito]) {
      for (const sdk of [v1, v2]) {
        const metadata = await sdk.discoverAuthorizationServerMetadata(issuer)
        expect(metadata?.issuer).to.equal(issuer)
      }
    }
  })

  it('learn at Okta and Auth0 that registration is not for them', async () => {
    const { okta, auth0 } = idp().issuers
    for (const issuer of [okta, auth0]) {
      const metadata = await v1.discoverAuthorizationServerMetadata(issuer)
      if (metadata === undefined) throw new Error('no metadata found')
      const failure = await v1.registerClient(issuer, { metadata, clientMetadata: CLIENT }).then(
        () => undefined,
        (error: unknown) => error,
      )
      expect(failure).to.be.instanceOf(Error)
    }
  })
})
