import { expect } from 'chai'
import type { JWTPayload } from 'jose'
import { predictSts } from '../../../src/credentials/sts-prediction.ts'

const TIMES = { iat: 1_700_000_000, exp: 1_700_003_600 }

describe('predictSts', () => {
  const rows: ReadonlyArray<readonly [string, string | undefined, JWTPayload, string | undefined]> =
    [
      ["Okta's access token", 'RS256', { aud: 'api://default' }, 'api://default'],
      ["Auth0's access token", 'RS256', { aud: ['api', 'https://t/userinfo'], azp: 'app' }, 'app'],
      ["Auth0's RFC 9068 token", 'RS256', { aud: 'api', client_id: 'app' }, 'api'],
      [
        "Auth0's RFC 9068 token with openid",
        'RS256',
        { aud: ['api', 'https://t/userinfo'] },
        undefined,
      ],
      ["Cognito's bound access token", 'RS256', { aud: 'https://gw/mcp' }, 'https://gw/mcp'],
      ["Cognito's unbound access token", 'RS256', { client_id: 'app' }, undefined],
      ["Entra's token", 'RS256', { aud: 'guid', azp: 'caller' }, 'caller'],
      ['a list with one audience', 'ES256', { aud: ['one'] }, 'one'],
      ['an empty azp', 'RS512', { aud: 'one', azp: '' }, 'one'],
      ['no audience at all', 'RS256', { aud: [] }, undefined],
      ['PS256', 'PS256', { aud: 'one' }, undefined],
      ['EdDSA', 'EdDSA', { aud: 'one' }, undefined],
      ['no algorithm', undefined, { aud: 'one' }, undefined],
      ['a fraction in exp', 'RS256', { aud: 'one', exp: 1_700_003_600.5 }, undefined],
    ]
  for (const [what, algorithm, claims, clientId] of rows) {
    it(`${clientId === undefined ? 'expects a refusal of' : `asks for ${clientId} with`} ${what}`, () => {
      const prediction = predictSts(algorithm, { iss: 'https://i', sub: 's', ...TIMES, ...claims })
      expect(prediction.accepted).to.equal(clientId !== undefined)
      expect(prediction.clientId).to.equal(clientId)
      expect(prediction.because).to.not.equal('')
    })
  }

  for (const name of ['iss', 'sub', 'aud', 'iat', 'exp']) {
    it(`expects a refusal without ${name}, and says so`, () => {
      const claims = { iss: 'https://i', sub: 's', aud: 'one', ...TIMES, [name]: undefined }
      const prediction = predictSts('RS256', claims)
      expect(prediction.accepted).to.equal(false)
      expect(prediction.because).to.contain(name)
    })
  }
})
