import type { Reason } from '../../src/errors.ts'
import { RESOURCE } from '../integration/gateway/world.ts'
import { besiege } from './siege.ts'

describe('Cognito cross-client', () => {
  const siege = besiege()

  it('is about tokens of which the unchanged one passes, bound to the resource or not', async () => {
    await siege.expectForwarded(await siege.world().tokenOf('cognito'))
    await siege.expectForwarded(await siege.world().tokenOf('cognito', { aud: RESOURCE }))
  })

  const OTHERS: ReadonlyArray<readonly [string, Record<string, unknown>, Reason]> = [
    ['another client of the same pool', { client_id: 'other' }, 'audience_mismatch'],
    [
      'another client, bound to the resource',
      { client_id: 'other', aud: RESOURCE },
      'audience_mismatch',
    ],
    ['no client', { client_id: undefined }, 'audience_mismatch'],
    ['a list of clients', { client_id: ['4hq'] }, 'audience_mismatch'],
    ['a client with other letters', { client_id: '4HQ' }, 'audience_mismatch'],
    ['our client bound elsewhere', { aud: 'https://other.example' }, 'audience_mismatch'],
    ['our client and an empty audience', { aud: '' }, 'audience_mismatch'],
    ['our client and an empty list', { aud: [] }, 'audience_mismatch'],
    ['our client and no audience that is one', { aud: null }, 'audience_mismatch'],
    [
      'the ID token of our client',
      { token_use: 'id', aud: '4hq', client_id: undefined },
      'token_type_rejected',
    ],
    ['the ID token, dressed with client_id', { token_use: 'id' }, 'token_type_rejected'],
    ['a refresh token', { token_use: 'refresh' }, 'token_type_rejected'],
    ['no token_use', { token_use: undefined }, 'token_type_rejected'],
    ['token_use in capitals', { token_use: 'ACCESS' }, 'token_type_rejected'],
    ['token_use as a list', { token_use: ['access'] }, 'token_type_rejected'],
  ]
  for (const [what, claims, reason] of OTHERS) {
    it(`refuses ${what}`, async () => {
      await siege.expectRefused(await siege.world().tokenOf('cognito', claims), reason)
    })
  }
})
