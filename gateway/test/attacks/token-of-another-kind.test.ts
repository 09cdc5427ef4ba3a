import { expect } from 'chai'
import { RESOURCE, SCOPE } from '../integration/gateway/world.ts'
import { type FakeIntrospection, startFakeIntrospection } from '../support/fake-introspection.ts'
import { type FakeIssuer, startFakeIssuer } from '../support/fake-issuer.ts'
import { besiege } from './siege.ts'

describe('a token of another kind', () => {
  let keycloak: FakeIssuer
  let opaque: FakeIntrospection
  before(async () => {
    keycloak = await startFakeIssuer('/realms/shop')
    opaque = await startFakeIntrospection()
  })
  after(async () => {
    await keycloak.close()
    await opaque.close()
  })

  const siege = besiege(({ generic, okta, cognito }) => ({
    providers: [
      { provider: 'generic', issuer: generic.issuer, scopes: [SCOPE] },
      { provider: 'okta', issuer: okta.issuer, audience: ['api://default'] },
      { provider: 'cognito', issuer: cognito.issuer, clientIds: ['4hq'] },
      { provider: 'keycloak', issuer: keycloak.issuer },
      {
        issuer: opaque.issuer,
        introspectionClientId: 'gateway',
        introspectionClientSecret: 'secret-of-the-gateway',
      },
    ],
  }))

  it('is of an issuer whose access tokens pass', async () => {
    const { tokenOf } = siege.world()
    for (const preset of ['generic', 'okta', 'cognito'] as const) {
      await siege.expectForwarded(await tokenOf(preset))
    }
  })

  for (const claims of [
    { nonce: 'n' },
    { at_hash: 'h' },
    { c_hash: 'h' },
    { nonce: null },
    { events: { 'http://schemas.openid.net/event/backchannel-logout': {} } },
  ]) {
    it(`is an ID or logout token by ${Object.keys(claims)[0]} = ${Object.values(claims)[0]}`, async () => {
      const token = await siege.world().tokenOf('generic', claims)
      await siege.expectRefused(token, 'token_type_rejected')
    })
  }

  for (const typ of [
    'id+jwt',
    'logout+jwt',
    'secevent+jwt',
    'dpop+jwt',
    'rt+jwt',
    'refresh+jwt',
    'oauth-authz-req+jwt',
    'token-introspection+jwt',
    'client-authentication+jwt',
    'at+jwt ',
    'AT+JWT2',
  ]) {
    it(`is one by the typ "${typ}"`, async () => {
      const { generic } = siege.world().issuers
      const token = await generic.mint(
        { sub: 'u-alice', aud: RESOURCE, scope: SCOPE, groups: ['sre'] },
        { typ },
      )
      await siege.expectRefused(token, 'token_type_rejected')
    })
  }

  it('is an ID token of Okta', async () => {
    const token = await siege.world().tokenOf('okta', { jti: 'ID.1' })
    await siege.expectRefused(token, 'token_type_rejected')
  })

  for (const typ of ['ID', 'Refresh', 'Offline', 'Logout', 'Serialized-ID', '', 1, null]) {
    it(`is one of Keycloak with the claim typ ${JSON.stringify(typ)}`, async () => {
      const shape = { sub: 'u-alice', aud: RESOURCE, scope: SCOPE, groups: ['sre'] }
      await siege.expectForwarded(await keycloak.mint({ ...shape, typ: 'Bearer' }))
      const before = siege.upstream().requests.length
      const answer = await siege.world().call(await keycloak.mint({ ...shape, typ }))
      expect((await siege.auditOf(answer)).reason).to.equal('token_type_rejected')
      expect(siege.upstream().requests.length).to.equal(before)
    })
  }

  describe('that is opaque', () => {
    const active = { active: true, sub: 'u-alice', aud: RESOURCE, scope: SCOPE, groups: ['sre'] }

    it('passes where it is an access token', async () => {
      opaque.answer({ ...active, token_type: 'Bearer' })
      await siege.expectForwarded('access-1')
    })

    for (const mark of [
      { token_use: 'refresh_token' },
      { token_use: 'refresh' },
      { token_use: 'id' },
      { token_type: 'refresh_token' },
      { token_type: 'Refresh' },
      { typ: 'Refresh' },
      { typ: 'Offline' },
    ]) {
      it(`is a refresh or ID token where the issuer says ${JSON.stringify(mark)}`, async () => {
        opaque.answer({ ...active, ...mark })
        await siege.expectRefused(
          `kind-${JSON.stringify(mark).length}-${Object.values(mark)[0]}`,
          'token_type_rejected',
        )
      })
    }

    it('is a refresh token that names no resource', async () => {
      const { aud: _none, ...unbound } = active
      opaque.answer(unbound)
      await siege.expectRefused('refresh-without-aud', 'audience_mismatch')
    })

    it('is a code, a state or a session that nobody knows', async () => {
      opaque.answer({ active: false })
      for (const blob of ['SplxlOBeZQQYbYS6WxSbIA', 's.e.s.s', `${'a'.repeat(43)}=`, 'a.b.c.d.e']) {
        await siege.expectRefused(blob, 'token_opaque')
      }
    })
  })
})
