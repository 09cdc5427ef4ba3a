import { expect } from 'chai'
import { didYouMean, nearNames } from '../../../src/tools/near-names.ts'

describe('nearNames', () => {
  for (const [title, wanted, names, expected] of [
    ['another case', 'errors', ['Errors', 'Throttles'], ['Errors']],
    ['a missing service prefix', 'Lambda', ['AWS/Lambda', 'AWS/EC2'], ['AWS/Lambda']],
    ['a misspelling', 'Invocatoins', ['Invocations', 'Duration'], ['Invocations']],
    [
      'a part of a longer name',
      'Latency',
      ['SuccessfulRequestLatency'],
      ['SuccessfulRequestLatency'],
    ],
    ['letters of any script', 'бюджет-a', ['бюджет-b', 'zürich'], ['бюджет-b']],
    ['nothing far-fetched', 'Errors', ['CPUUtilization', 'Throttles'], []],
    ['not the name itself', 'Errors', ['Errors'], []],
  ] as const) {
    it(`finds ${title}`, () => {
      expect(nearNames(wanted, names)).to.deep.equal(expected)
    })
  }

  it('puts the nearest first and gives five at most', () => {
    const names = ['errorsXX', 'errorsX', 'ERRORS', 'errs', 'error', 'errores', 'terrors']
    const near = nearNames('errors', names)
    expect(near[0]).to.equal('ERRORS')
    expect(near).to.have.length(5)
  })

  it('compares long names in bounded time', () => {
    const names = Array.from({ length: 6_000 }, (_, at) => `${'x'.repeat(255)}${at}`)
    expect(nearNames('y'.repeat(255), names)).to.deep.equal([])
  }).timeout(60_000)
})

describe('didYouMean', () => {
  it('is a sentence, or nothing', () => {
    expect(didYouMean('errors', ['Errors'])).to.deep.equal(['Did you mean Errors?'])
    expect(didYouMean('errors', [])).to.deep.equal([])
  })
})
