import { RESOURCE, SCOPE } from '../integration/gateway/world.ts'
import { PUBLIC_URL } from '../support/running-gateway.ts'
import { besiege } from './siege.ts'

describe('a token for a foreign audience', () => {
  const siege = besiege(({ generic, okta, auth0 }) => ({
    providers: [
      { provider: 'generic', issuer: generic.issuer, scopes: [SCOPE] },
      { provider: 'okta', issuer: okta.issuer, audience: ['api://default'] },
      { provider: 'auth0', issuer: auth0.issuer, clientIds: ['tpc_1'] },
    ],
    rules: [
      { name: 'anyone', when: { machine: false }, role: 'arn:aws:iam::111122223333:role/Anyone' },
    ],
  }))

  const FOREIGN: ReadonlyArray<readonly [string, unknown]> = [
    ['another host', 'https://other.example/mcp'],
    ['nothing', ''],
    ['no audience at all', undefined],
    ['null', null],
    ['an empty list', []],
    ['a list of others', ['https://other.example', 'account']],
    ['a list of a list', [[RESOURCE]]],
    ['an object', { 0: RESOURCE, length: 1 }],
    ['a number', 1],
    ['true', true],
    ['a slash more', `${RESOURCE}/`],
    ['capitals', RESOURCE.toUpperCase()],
    ['its scheme in capitals', RESOURCE.replace('http', 'HTTP')],
    ['the default port', RESOURCE.replace('localhost', 'localhost:80')],
    ['a query', `${RESOURCE}?a`],
    ['a fragment', `${RESOURCE}#a`],
    ['the origin alone', PUBLIC_URL],
    ['the origin and a slash', `${PUBLIC_URL}/`],
    ['another target', `${RESOURCE}/prod`],
    ['a prefix', RESOURCE.slice(0, -1)],
    ['a text that contains it', `x ${RESOURCE}`],
    ['a list in one text', `${RESOURCE},account`],
    ['spaces around', ` ${RESOURCE} `],
    ['a NUL after', `${RESOURCE}\u0000`],
    ['an octet', RESOURCE.replace('mcp', '%6dcp')],
    ['a star', '*'],
  ]
  for (const [what, aud] of FOREIGN) {
    it(`that says ${what} is refused`, async () => {
      await siege.expectRefused(
        await siege.world().tokenOf('generic', { aud }),
        'audience_mismatch',
      )
    })
  }

  it('passes where ours is the last of a list', async () => {
    const aud = ['account', 'https://other.example', RESOURCE]
    await siege.expectForwarded(await siege.world().tokenOf('generic', { aud }))
  })

  it('is refused where another audience is configured than the resource', async () => {
    for (const aud of [RESOURCE, 'api://default/', 'API://DEFAULT', ['api://other']]) {
      await siege.expectRefused(await siege.world().tokenOf('okta', { aud }), 'audience_mismatch')
    }
  })

  it('is not saved by azp, client_id or resource claims that name us', async () => {
    for (const claims of [{ azp: RESOURCE }, { client_id: RESOURCE }, { resource: RESOURCE }]) {
      const token = await siege.world().tokenOf('generic', { aud: 'account', ...claims })
      await siege.expectRefused(token, 'audience_mismatch')
    }
  })

  it('is refused where azp contradicts it: another client got the token', async () => {
    await siege.expectForwarded(await siege.world().tokenOf('auth0'))
    const contradictions = [
      { azp: 'thief' },
      { azp: 'thief', client_id: 'tpc_1' },
      { azp: 'TPC_1' },
      { azp: ['tpc_1'] },
      { azp: undefined },
    ]
    for (const claims of contradictions) {
      await siege.expectRefused(await siege.world().tokenOf('auth0', claims), 'audience_mismatch')
    }
  })
})
