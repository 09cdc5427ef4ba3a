import { expect } from 'chai'
import { causeChain, createLog } from '../../src/log.ts'

describe('createLog', () => {
  const at = () => new Date('2026-01-01T00:00:00Z')

  it('writes one JSON object per line, whatever the text', () => {
    const lines: string[] = []
    createLog('info', (line) => lines.push(line), at).info('a\nb', { count: 2, gone: undefined })
    expect(lines).to.deep.equal([
      '{"time":"2026-01-01T00:00:00.000Z","level":"info","message":"a\\nb","count":2}',
    ])
  })

  for (const [level, expected] of [
    ['error', 1],
    ['warn', 2],
    ['info', 3],
    ['debug', 4],
  ] as const) {
    it(`at ${level} writes ${expected} of the four levels`, () => {
      const lines: string[] = []
      const log = createLog(level, (line) => lines.push(line), at)
      log.error('e')
      log.warn('w')
      log.info('i')
      log.debug('d')
      expect(lines).to.have.length(expected)
    })
  }
})

describe('causeChain', () => {
  it('gives names and messages, outermost first, without stacks', () => {
    const error = new Error('outer', { cause: new TypeError('inner', { cause: 'text' }) })
    expect(causeChain(error)).to.equal('Error: outer <- TypeError: inner <- text')
  })

  it('ends with a cause that leads back to itself', () => {
    const error = new Error('again')
    error.cause = error
    expect(causeChain(error).split(' <- ')).to.have.length(6)
  })
})
