import { expect } from 'chai'
import { type RunningGateway, startGateway } from '../../support/running-gateway.ts'

const REDIRECT_URI = 'http://127.0.0.1:33418/callback'
const role = (name: string) => `arn:aws:iam::111122223333:role/${name}`

const RULES = [
  { name: 'people', when: { groups: { has: ['sre'] } }, role: role('People') },
  { name: 'ci', when: { machine: true, issuer: 'https://issuer.example' }, role: role('Machines') },
  {
    name: 'aws-callers',
    when: {
      issuer: 'https://sts.amazonaws.com',
      subject: { glob: 'arn:aws:sts::111122223333:assumed-role/*' },
    },
    mode: 'assume-role',
    role: role('AwsCallers'),
  },
]

describe('the roles on the consent page', () => {
  let gateway: RunningGateway

  before(async () => {
    gateway = await startGateway({
      loginMode: 'facade',
      sealKeys: [Buffer.alloc(32, 5).toString('base64')],
      providers: [
        { issuer: 'https://issuer.example', clientIds: ['gateway'] },
        { issuer: 'https://ci.example', signIn: false },
        { provider: 'aws-iam' },
      ],
      rules: RULES,
    })
  })

  after(() => gateway.stop())

  async function consentPage(): Promise<string> {
    const registered = await gateway.send({
      method: 'POST',
      path: '/oauth/register',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris: [REDIRECT_URI] }),
    })
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: String(Object(registered.json()).client_id),
      redirect_uri: REDIRECT_URI,
      code_challenge: 'c'.repeat(43),
      code_challenge_method: 'S256',
    })
    const page = await gateway.send({ method: 'GET', path: `/oauth/authorize?${query}` })
    expect(page.status).to.equal(200)
    return page.text
  }

  it('are those that a person may get, not those of machines and AWS callers', async () => {
    const page = await consentPage()
    expect(page).to.contain(role('People'))
    expect(page).to.not.contain(role('Machines'))
    expect(page).to.not.contain(role('AwsCallers'))
  })

  it('come with the issuers that people sign in at, and no other', async () => {
    const page = await consentPage()
    expect(page).to.contain('Continue to <bdi>issuer.example</bdi>')
    expect(page).to.not.contain('ci.example')
  })

  it('are those of the rules that hold now', async () => {
    gateway.reload([{ name: 'new', when: { groups: { has: ['sre'] } }, role: role('New') }])
    const page = await consentPage()
    expect(page).to.contain(role('New'))
    expect(page).to.not.contain(role('People'))
  })
})
