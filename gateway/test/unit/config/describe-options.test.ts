import { expect } from 'chai'
import { describeOptions } from '../../../src/config/describe-options.ts'

describe('describeOptions', () => {
  for (const [group, options] of Object.entries(describeOptions())) {
    for (const { key, description } of options) {
      it(`describes ${key} of the ${group} in a sentence`, () => {
        expect(description).to.match(/^\S.{8,}[.]$/s)
      })
    }
  }

  it('tells the default as a reader would write it', () => {
    const { gateway, provider, rule } = describeOptions()
    const defaultOf = (options: typeof gateway, key: string) =>
      options.find((option) => option.key === key)?.default
    expect(defaultOf(gateway, 'port')).to.equal('8080')
    expect(defaultOf(gateway, 'publicUrl')).to.equal(undefined)
    expect(defaultOf(provider, 'provider')).to.equal('"generic"')
    expect(defaultOf(rule, 'targets')).to.equal('["default"]')
  })

  it('gives every option of the gateway but the structured ones a name in the environment', () => {
    const nameless = describeOptions().gateway.filter(({ env }) => env === undefined)
    expect(nameless.map(({ key }) => key)).to.deep.equal(['providers', 'targets', 'rules'])
  })

  it('uses no name twice', () => {
    const { gateway, provider } = describeOptions()
    const names = [...gateway, ...provider].flatMap(({ env }) => env ?? [])
    expect(new Set(names).size).to.equal(names.length)
  })
})
