import { expect } from 'chai'

import { signIn } from '../../src/identity-provider/sign-in.ts'
import { LOGIN_CLIENT, loginCallbackAt, SCOPE } from '../../src/world.ts'
import {
  authorization,
  identityProvider,
  metadataOf,
  tokenRequest,
  tokensFor,
} from './code-flow.ts'

const HTTPS_GATEWAY = 'https://gateway.example.com'

describe('identity provider: the gateway as a client', () => {
  const idp = identityProvider({ resourceOrigin: HTTPS_GATEWAY })
  const asked = (redirectUri: string) => ({
    client_id: LOGIN_CLIENT.id,
    redirect_uri: redirectUri,
    resource: `${HTTPS_GATEWAY}/mcp`,
  })

  for (const origin of [HTTPS_GATEWAY, 'http://localhost:1234', 'http://[::1]:5']) {
    it(`is sent back to the gateway at ${origin}, and redeems with its secret alone`, async () => {
      const metadata = await metadataOf(idp().issuers.generic)
      const redirectUri = loginCallbackAt(origin)
      const { url, verifier } = authorization(metadata, asked(redirectUri))
      const code = (await signIn(url, 'alice')).searchParams.get('code') ?? ''
      const request = {
        grant_type: 'authorization_code',
        client_id: LOGIN_CLIENT.id,
        redirect_uri: redirectUri,
        code,
        code_verifier: verifier,
      }
      const secret = { client_secret: LOGIN_CLIENT.secret }
      expect(await tokenRequest(metadata, request)).to.include({ status: 401 })
      const tokens = await tokenRequest(metadata, { ...request, ...secret })
      expect(tokens).to.include({ status: 200, scope: SCOPE })
    })
  }

  it('may send people on to any client: the page does not hold them back', async () => {
    const { url } = authorization(
      await metadataOf(idp().issuers.generic),
      asked(loginCallbackAt(HTTPS_GATEWAY)),
    )
    const first = await fetch(url, { redirect: 'manual' })
    const page = await fetch(new URL(first.headers.get('location') ?? '', url), {
      headers: {
        accept: 'text/html',
        cookie: first.headers
          .getSetCookie()
          .map((line) => line.split(';')[0])
          .join('; '),
      },
    })
    expect(await page.text()).to.include('CloudWatch gateway')
    expect(page.headers.get('content-security-policy')).to.include(
      "form-action 'self' http: https: cursor:;",
    )
  })
})

describe('identity provider: a gateway that browsers cannot come back to', () => {
  const idp = identityProvider({ resourceOrigin: 'http://gateway.test:8080' })

  it('leaves every other client as it is', async () => {
    const resource = 'http://gateway.test:8080/mcp'
    const tokens = await tokensFor(idp().issuers.generic, 'bob', { resource })
    expect(tokens).to.include({ status: 200 })
  })
})
