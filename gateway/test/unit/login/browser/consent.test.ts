import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { type ConsentOptions, createConsent } from '../../../../src/login/browser/consent.ts'
import { SignInProblem } from '../../../../src/login/browser/sign-in-problem.ts'
import type { LoginSeen } from '../../../../src/login/login-audit.ts'
import {
  type ConsentContent,
  createSealedContents,
  fingerprint,
} from '../../../../src/login/sealed/sealed-contents.ts'
import { fakeIssuerLogin } from '../../../integration/login/fake-issuer-login.ts'

const PUBLIC_URL = 'https://gw.example.com'
const now = () => Date.UTC(2026, 10, 24)
const SECRET = 'b'.repeat(43)

const contents = createSealedContents({
  keys: [new Uint8Array(32)],
  audience: PUBLIC_URL,
  revokeBefore: undefined,
  now,
})
const issuer = fakeIssuerLogin('https://idp.example.com', now)
const CONSENT: ConsentContent = {
  id: 'i'.repeat(43),
  browser: fingerprint(SECRET),
  client: 'client-hash',
  clientName: 'Client',
  redirectUri: 'https://client.example.com/cb',
  challenge: 'challenge',
  target: 'prod',
  state: 'client-state',
}

function createWith(changed: Partial<ConsentOptions> = {}) {
  return createConsent({
    publicUrl: PUBLIC_URL,
    contents,
    issuers: new Map([[issuer.issuer, issuer]]),
    newSecret: () => randomBytes(32).toString('base64url'),
    maxEntries: 10,
    ...changed,
  })
}

async function answered(
  consent: ReturnType<typeof createWith>,
  decision: string,
  asked: ConsentContent = CONSENT,
) {
  const told: LoginSeen[] = []
  const form = new Map([
    ['transaction', await contents.consent.seal(asked, 600)],
    ['decision', decision],
  ])
  const answer = await consent(
    form,
    {},
    {
      cookies: [{ use: 'consent', id: asked.id, value: SECRET }],
      tell: (seen) => void told.push(seen),
    },
  ).catch((reason: unknown) => reason)
  return { answer, told }
}

describe('createConsent', () => {
  it('asks the issuer for the resource of the target and keeps the rest in a cookie', async () => {
    const asked: unknown[] = []
    const watched = {
      ...issuer,
      authorizationUrl: (request: Parameters<typeof issuer.authorizationUrl>[0]) => {
        asked.push(request)
        return issuer.authorizationUrl(request)
      },
    }
    const { answer, told } = await answered(
      createWith({ issuers: new Map([[issuer.issuer, watched]]) }),
      'allow',
    )
    expect(asked).to.have.lengthOf(1)
    // What was just pushed is such a request.
    const { state, nonce, verifier, resource } = asked[0] as Record<string, string>
    expect(new Set([state, nonce, verifier]).size).to.equal(3)
    expect(resource).to.equal(`${PUBLIC_URL}/mcp/prod`)
    expect(told.map(({ event }) => event)).to.deep.equal(['consent_allowed'])

    const cookies: readonly string[] = Reflect.get(Object(answer), 'cookies')
    const sealed = cookies.find((cookie) => cookie.startsWith(`__Host-login-${state}=`)) ?? ''
    const { value } = await contents.login.open(/=([^;]+)/.exec(sealed)?.[1] ?? '')
    const { id: _id, browser: _browser, ...rest } = CONSENT
    expect(value).to.deep.equal({ ...rest, issuer: issuer.issuer, verifier, nonce })
  })

  it('gives the same answer to the same decision and refuses another', async () => {
    const consent = createWith()
    const first = await answered(consent, 'allow')
    const second = await answered(consent, 'allow')
    expect(second.answer).to.equal(first.answer)
    expect(second.told).to.deep.equal([])
    const { answer } = await answered(consent, 'deny')
    expect(answer).to.be.instanceOf(SignInProblem).with.property('reason', 'already_answered')
  })

  it('refuses what would not fit into a cookie', async () => {
    const large = { ...CONSENT, state: randomBytes(4000).toString('base64') }
    const { answer, told } = await answered(createWith(), 'allow', large)
    expect(answer).to.be.instanceOf(SignInProblem).with.property('reason', 'request_malformed')
    expect(told).to.deep.equal([])
  })

  it('takes no cookie of another transaction', async () => {
    const form = new Map([
      ['transaction', await contents.consent.seal(CONSENT, 600)],
      ['decision', 'allow'],
    ])
    const answer = await createWith()(
      form,
      {},
      {
        cookies: [
          { use: 'consent', id: 'x'.repeat(43), value: SECRET },
          { use: 'login', id: CONSENT.id, value: SECRET },
        ],
        tell: () => {},
      },
    ).catch((reason: unknown) => reason)
    expect(answer).to.be.instanceOf(SignInProblem).with.property('reason', 'other_browser')
  })
})
