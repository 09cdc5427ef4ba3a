import { expect } from 'chai'

import { signIn } from '../../src/identity-provider/sign-in.ts'
import { CLIENT_ID, type IssuerName } from '../../src/world.ts'
import {
  authorization,
  identityProvider,
  introspection,
  jsonOf,
  machineToken,
  metadataOf,
  REDIRECT_URI,
  RESOURCE,
  refresh,
  tokenRequest,
  tokensFor,
  verified,
} from './code-flow.ts'

async function failureOf(attempt: Promise<unknown>): Promise<unknown> {
  return attempt.then(
    () => undefined,
    (error: unknown) => Object(error).code,
  )
}

describe('identity provider: the life of its keys', () => {
  const idp = identityProvider()

  const publishedKids = async (name: IssuerName) => {
    const { jwks_uri } = await metadataOf(idp().issuers[name])
    const { keys } = await jsonOf(await fetch(jwks_uri))
    return [keys].flat().map((key) => Object(key).kid)
  }

  it('signs with a new key after a rotation, and the old tokens still verify', async () => {
    const { generic } = idp().issuers
    const before = await machineToken(generic)
    const old = await verified(generic, before.access_token)
    await idp().rotateKeys('generic')
    const after = await machineToken(generic)
    const fresh = await verified(generic, after.access_token)
    expect(fresh.header.kid).to.not.equal(old.header.kid)
    expect(await publishedKids('generic')).to.deep.equal([fresh.header.kid, old.header.kid])
    expect((await verified(generic, before.access_token)).claims).to.deep.equal(old.claims)
  })

  it('publishes old keys no longer once they are withdrawn', async () => {
    const { generic } = idp().issuers
    const before = await machineToken(generic)
    await idp().rotateKeys('generic')
    await idp().rotateKeys('generic')
    await idp().withdrawOldKeys('generic')
    const after = await machineToken(generic)
    const { header } = await verified(generic, after.access_token)
    expect(await publishedKids('generic')).to.deep.equal([header.kid])
    expect(await failureOf(verified(generic, before.access_token))).to.equal(
      'ERR_JWKS_NO_MATCHING_KEY',
    )
  })

  it('redeems a code that was given before a rotation, and signs with the new key', async () => {
    const metadata = await metadataOf(idp().issuers.auth0Rfc9068)
    const { url, verifier } = authorization(metadata, { resource: RESOURCE })
    const back = await signIn(url, 'bob')
    const [kid] = await publishedKids('auth0Rfc9068')
    await idp().rotateKeys('auth0Rfc9068')
    const { access_token } = await tokenRequest(metadata, {
      grant_type: 'authorization_code',
      client_id: CLIENT_ID,
      redirect_uri: REDIRECT_URI,
      code: back.searchParams.get('code') ?? '',
      code_verifier: verifier,
    })
    const { header, claims } = await verified(metadata.issuer, access_token)
    expect(claims.sub).to.equal('auth0|bob')
    expect(header.kid).to.not.equal(kid)
  })

  it('keeps refresh tokens over both', async () => {
    const { okta } = idp().issuers
    const scope = 'openid offline_access cloudwatch/read'
    const tokens = await tokensFor(okta, 'alice', { scope })
    await idp().rotateKeys('okta')
    const second = await refresh(okta, tokens.refresh_token)
    await idp().withdrawOldKeys('okta')
    const third = await refresh(okta, second.refresh_token)
    expect((await verified(okta, third.access_token)).claims.sub).to.equal('alice@shop.example')
    expect((await verified(okta, third.id_token)).claims.sub).to.equal('00ulocalalice')
  })

  it('keeps opaque tokens, and what was revoked', async () => {
    const { opaque, keycloak } = idp().issuers
    const { access_token } = await tokensFor(opaque, 'alice')
    await idp().rotateKeys('opaque')
    expect(await introspection(opaque, access_token)).to.include({ active: true })
    const jwt = await tokensFor(keycloak, 'alice')
    await idp().rotateKeys('keycloak')
    expect(await introspection(keycloak, jwt.access_token)).to.include({ active: true })
    await idp().withdrawOldKeys('keycloak')
    expect(await introspection(keycloak, jwt.access_token)).to.include({ active: false })
  })

  it('rotates both keys of an issuer that has two', async () => {
    const { cognito } = idp().issuers
    const asked = { scope: 'openid cloudwatch/read' }
    const before = await tokensFor(cognito, 'alice', asked)
    await idp().rotateKeys('cognito')
    const after = await tokensFor(cognito, 'alice', asked)
    const kids = []
    for (const { id_token, access_token } of [after, before]) {
      for (const token of [id_token, access_token]) {
        kids.push((await verified(cognito, token)).header.kid)
      }
    }
    expect(new Set(kids).size).to.equal(4)
    expect(await publishedKids('cognito')).to.deep.equal(kids)
  })

  it('touches no other issuer', async () => {
    const before = await publishedKids('google')
    await idp().rotateKeys('auth0')
    await idp().withdrawOldKeys('auth0')
    expect(await publishedKids('google')).to.deep.equal(before)
  })

  it('rotates an issuer that nobody has asked for anything yet', async () => {
    await idp().rotateKeys('entraV1')
    expect(await publishedKids('entraV1')).to.have.length(2)
  })
})

describe('identity provider: the counters of fetches', () => {
  const idp = identityProvider()

  it('count metadata of both kinds and keys, for each issuer by itself', async () => {
    const { generic, okta } = idp().issuers
    expect(idp().fetches('generic')).to.deep.equal({ discovery: 0, jwks: 0 })
    const paths = [
      `${generic}/.well-known/openid-configuration`,
      `${generic}/.well-known/oauth-authorization-server`,
      `${idp().origin}/.well-known/oauth-authorization-server/generic`,
      `${generic}/jwks`,
      `${generic}/jwks`,
      `${okta}/v1/keys`,
    ]
    for (const path of paths) expect((await fetch(path)).status, path).to.equal(200)
    expect(idp().fetches('generic')).to.deep.equal({ discovery: 3, jwks: 2 })
    expect(idp().fetches('okta')).to.deep.equal({ discovery: 0, jwks: 1 })
    expect(idp().fetches('oktaOrg')).to.deep.equal({ discovery: 0, jwks: 0 })
  })

  it('count nothing else, and go on counting after a rotation', async () => {
    const before = idp().fetches('auth0')
    await fetch(`${idp().issuers.auth0}authorize`)
    await fetch(`${idp().issuers.auth0}.well-known/jwks.json`, { method: 'OPTIONS' })
    expect(idp().fetches('auth0')).to.deep.equal(before)
    await idp().rotateKeys('auth0')
    await fetch(`${idp().issuers.auth0}.well-known/jwks.json`)
    expect(idp().fetches('auth0')).to.deep.equal({ ...before, jwks: before.jwks + 1 })
  })
})
