import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { startGateway } from '../../support/running-gateway.ts'

const ROLE = 'arn:aws:iam::111122223333:role/Reader'
const COGNITO = {
  provider: 'cognito',
  // Nobody listens there: only what is said of the configuration is looked at.
  issuer: 'http://127.0.0.1:1/us-east-1_Ab12',
  clientIds: ['gateway'],
  clientSecret: 'the secret of a test',
}

const warningsOf = async (file: Readonly<Record<string, unknown>>) => {
  const gateway = await startGateway({
    upstreamUrl: 'http://127.0.0.1:1',
    providers: [COGNITO],
    rules: [{ name: 'all', when: { groups: { has: 'staff' } }, role: ROLE }],
    ...file,
  })
  await gateway.stop()
  return gateway
    .logged()
    .filter(({ level }) => level === 'warn')
    .map(({ message }) => String(message))
}

describe('what a gateway warns of when it starts', () => {
  it('is that STS refuses Cognito’s access tokens, where those are what it gets', async () => {
    const warnings = await warningsOf({})
    expect(warnings.filter((text) => text.includes('STS refuses one without aud'))).to.have.length(
      1,
    )
  })

  it('is not that, where people sign in through it and STS gets the ID token', async () => {
    const sealKeys = [randomBytes(32).toString('base64')]
    const warnings = await warningsOf({ loginMode: 'facade', sealKeys })
    expect(warnings.filter((text) => text.includes('STS refuses one without aud'))).to.have.length(
      0,
    )
  })
})
