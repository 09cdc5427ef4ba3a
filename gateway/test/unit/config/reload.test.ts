import { expect } from 'chai'
import { loadConfig } from '../../../src/config/load.ts'
import { needingRestart } from '../../../src/config/reload.ts'

const load = (over: object = {}) =>
  loadConfig({ GATEWAY_CONFIG: 'x' }, () =>
    JSON.stringify({
      providers: [{ issuer: 'https://issuer.example' }],
      rules: [
        {
          name: 'a',
          when: { groups: { has: ['x'] } },
          role: 'arn:aws:iam::111122223333:role/A',
        },
      ],
      ...over,
    }),
  )

describe('needingRestart', () => {
  it('names nothing where only the rules differ', () => {
    const rules = [{ name: 'b', when: { machine: true }, role: 'arn:aws:iam::111122223333:role/B' }]
    expect(needingRestart(load(), load({ rules }))).to.deep.equal([])
    const roleArn = 'arn:aws:iam::111122223333:role/C'
    expect(needingRestart(load(), load({ rules: [], roleArn }))).to.deep.equal([])
  })

  it('names every other option that differs', () => {
    const other = load({ port: 8081, providers: [{ issuer: 'https://other.example' }] })
    expect(needingRestart(load(), other)).to.have.members(['port', 'publicUrl', 'providers'])
  })
})
