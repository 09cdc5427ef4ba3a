import { expect } from 'chai'
import { issuerHint } from '../../../src/token/issuer-hint.ts'
import type { Preset } from '../../../src/token/provider.ts'

const TENANT = '11111111-1111-4111-8111-111111111111'

describe('issuerHint', () => {
  const rows: ReadonlyArray<readonly [Preset, string, string, string | undefined]> = [
    ['auth0', 'https://a.eu.auth0.com/', 'https://a.eu.auth0.com', 'issuer_slash'],
    ['generic', 'https://a.example/x', 'https://a.example/x/', 'issuer_slash'],
    ['generic', 'https://a.example/x', 'https://A.example/x', 'issuer_letter_case'],
    ['okta', 'https://a.okta.com/oauth2/default', 'https://a.okta.com', 'issuer_okta_org'],
    [
      'okta',
      'https://a.okta.com/oauth2/default',
      'https://a.okta.com/oauth2/aus1',
      'issuer_other_tenant',
    ],
    [
      'cognito',
      'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Ab12',
      'https://issuer-cognito-idp.us-east-1.amazonaws.com/us-east-1_Ab12',
      'issuer_cognito_host',
    ],
    [
      'cognito',
      'https://issuer-cognito-idp.us-east-1.amazonaws.com/us-east-1_Ab12',
      'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Ab12',
      'issuer_cognito_host',
    ],
    [
      'cognito',
      'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Ab12',
      'https://issuer-cognito-idp.us-east-1.amazonaws.com/us-east-1_Other',
      undefined,
    ],
    [
      'entra',
      `https://login.microsoftonline.com/${TENANT}/v2.0`,
      `https://sts.windows.net/${TENANT}/`,
      'issuer_entra_v1',
    ],
    [
      'entra',
      `https://sts.windows.net/${TENANT}/`,
      `https://login.microsoftonline.com/${TENANT}/v2.0`,
      'issuer_entra_v2',
    ],
    [
      'entra',
      `https://login.microsoftonline.com/${TENANT}/v2.0`,
      'https://login.microsoftonline.com/22222222-2222-4222-8222-222222222222/v2.0',
      'issuer_other_tenant',
    ],
    [
      'keycloak',
      'https://kc.example/realms/a',
      'https://kc.example/realms/b',
      'issuer_other_tenant',
    ],
    ['generic', 'https://a.example', 'https://evil.example', undefined],
    ['generic', 'https://a.example', 'not a URL', undefined],
    ['generic', 'https://a.example', '', undefined],
  ]
  for (const [preset, configured, named, hint] of rows) {
    it(`gives ${hint} for ${JSON.stringify(named)} where ${configured} is configured`, () => {
      expect(issuerHint(named, [{ preset, issuer: configured }])).to.equal(hint)
    })
  }

  it('looks at every configured issuer', () => {
    const providers = [
      { preset: 'generic', issuer: 'https://a.example' },
      { preset: 'generic', issuer: 'https://b.example/' },
    ] as const
    expect(issuerHint('https://b.example', providers)).to.equal('issuer_slash')
  })

  it('gives what one issuer explains, before that another one is on the same host', () => {
    const providers = [
      { preset: 'generic', issuer: 'https://id.example/one' },
      { preset: 'okta', issuer: 'https://id.example/okta/oauth2/default' },
    ] as const
    expect(issuerHint('https://id.example/okta', providers)).to.equal('issuer_okta_org')
    expect(issuerHint('https://id.example/two', providers.slice(0, 1))).to.equal(
      'issuer_other_tenant',
    )
  })
})
