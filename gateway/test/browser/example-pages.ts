import {
  PAGE_HEADERS as CONSENT_HEADERS,
  type ConsentPage,
  consentPage,
} from '../../src/pages/consent-page.ts'
import { PAGE_HEADERS as CONTINUE_HEADERS, continuePage } from '../../src/pages/continue-page.ts'
import { PAGE_HEADERS as HOME_HEADERS, homePage } from '../../src/pages/home-page.ts'
import {
  PAGE_HEADERS as ERROR_HEADERS,
  signInErrorPage,
} from '../../src/pages/sign-in-error-page.ts'

/** A page as it is sent. */
export type ExamplePage = Readonly<{ body: string; headers: Readonly<Record<string, string>> }>

export const OKTA = { issuer: 'https://example.okta.com', name: 'Okta (example.okta.com)' }
const COGNITO = {
  issuer: 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Ab12',
  name: 'Amazon Cognito (us-east-1_Ab12)',
}
const ENTRA = {
  issuer: 'https://login.microsoftonline.com/contoso/v2.0',
  name: 'Microsoft Entra (contoso)',
}

export const ASKED: ConsentPage = {
  client: {
    name: 'Claude Code',
    host: undefined,
    redirectTo: 'localhost:49152',
    onThisComputer: true,
  },
  resource: 'https://cloudwatch.example.com/mcp',
  target: { name: 'default', region: 'us-east-1' },
  roles: [
    { rule: 'sre', roleArn: 'arn:aws:iam::111122223333:role/CloudWatchSre' },
    { rule: 'catalog-team', roleArn: 'arn:aws:iam::444455556666:role/teams/CloudWatchCatalog' },
  ],
  issuers: [OKTA],
  transaction: 'sealed.transaction-of_the.page',
}

const SITE: ConsentPage['client'] = {
  name: 'Claude',
  host: 'claude.ai',
  redirectTo: 'claude.ai',
  onThisComputer: false,
}

/** As long, wide and crooked as input can be. */
const HOSTILE: ConsentPage = {
  client: {
    name: '\u202eedoC edualC\u202c</h1><script>document.title="owned"</script>',
    host: `${'sub-domain'.repeat(6)}.${'unbroken'.repeat(7)}.example`,
    redirectTo: `${'unbroken'.repeat(7)}.${'sub-domain'.repeat(6)}.example:65535`,
    onThisComputer: false,
  },
  resource: `https://cloudwatch.example.com/mcp/${'long-target-name-'.repeat(6)}`,
  target: { name: 'long-target-name-'.repeat(6), region: 'ap-southeast-4' },
  roles: Array.from({ length: 12 }, (_, index) => ({
    rule: `rule-with-a-long-name-${index}`,
    roleArn: `arn:aws:iam::11112222333${index % 10}:role/${'VeryLongRoleNameWithoutAnyBreak'.repeat(2)}${index}`,
  })),
  issuers: [
    OKTA,
    { issuer: 'https://other.example/"onclick="x', name: `Other (${'o'.repeat(60)}.example)` },
  ],
  transaction: '"><script>document.title="owned"</script>',
}

const HOME = {
  publicUrl: 'https://cloudwatch.example.com',
  targets: [
    { name: 'default', region: 'us-east-1' },
    { name: 'prod', region: 'eu-west-1' },
  ],
  issuers: [OKTA.issuer, COGNITO.issuer],
}

const consent = (asked: ConsentPage): ExamplePage => ({
  body: consentPage(asked),
  headers: CONSENT_HEADERS,
})

/** One page of every kind that a person may see, by the path it is served at in tests and in screenshots. */
export const EXAMPLE_PAGES: Readonly<Record<string, ExamplePage>> = {
  '/consent': consent(ASKED),
  '/consent-site': consent({ ...ASKED, client: SITE }),
  '/consent-app': consent({
    ...ASKED,
    client: { ...SITE, name: 'Cursor', host: undefined, redirectTo: 'cursor:' },
  }),
  '/consent-unnamed': consent({
    ...ASKED,
    client: { ...ASKED.client, name: undefined },
    roles: [],
  }),
  '/consent-several': consent({ ...ASKED, client: SITE, issuers: [OKTA, COGNITO, ENTRA] }),
  '/consent-hostile': consent(HOSTILE),
  '/going': {
    body: continuePage({ url: `${OKTA.issuer}/oauth2/v1/authorize?state=a`, to: OKTA.name }),
    headers: CONTINUE_HEADERS,
  },
  '/declined': {
    body: continuePage({
      url: 'cursor://anysphere.cursor-mcp/oauth/callback?error=access_denied',
      to: 'cursor:',
      declined: true,
    }),
    headers: CONTINUE_HEADERS,
  },
  '/refused': {
    body: signInErrorPage({
      title: 'This sign-in cannot start',
      text: 'The client asks for something that this gateway does not give. (code_challenge is missing: PKCE is required)',
      fix: 'If you did not start this sign-in yourself, close this page. Otherwise go back: the client is told what is wrong.',
      back: {
        url: 'https://claude.ai/api/mcp/auth_callback?error=invalid_request',
        to: 'claude.ai',
      },
      requestId: '0b6f2a54-6f0e-4f7e-9c7f-2f1c8a1f5d1e',
    }),
    headers: ERROR_HEADERS,
  },
  '/error': {
    body: signInErrorPage({
      title: 'This sign-in cannot go on',
      text: 'It was started in another browser, or it has been answered already, or it is older than ten minutes.',
      fix: 'Close this page and connect again from your MCP client. Let it open the page in the browser that you sign in with.',
      requestId: '0b6f2a54-6f0e-4f7e-9c7f-2f1c8a1f5d1e',
    }),
    headers: ERROR_HEADERS,
  },
  '/home': {
    body: homePage({ ...HOME, signIn: { providers: [OKTA.name, COGNITO.name] } }),
    headers: HOME_HEADERS,
  },
  '/home-direct': { body: homePage(HOME), headers: HOME_HEADERS },
}
