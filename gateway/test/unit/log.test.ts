import { expect } from 'chai'
import { causeChain, createLog, type LogLevel } from '../../src/log.ts'

describe('createLog', () => {
  const LEVELS: readonly LogLevel[] = ['error', 'warn', 'info', 'debug']

  for (const [index, level] of LEVELS.entries()) {
    it(`writes from error up to ${level}`, () => {
      const lines: string[] = []
      const log = createLog(level, (line) => lines.push(line))
      for (const at of LEVELS) log[at]('hello')
      expect(lines).to.have.lengthOf(index + 1)
    })
  }

  it('writes one JSON object per line, fields after the message', () => {
    const lines: string[] = []
    const log = createLog(
      'info',
      (line) => lines.push(line),
      () => new Date(0),
    )
    log.info('a\nb', { port: 8080, gone: undefined })
    expect(lines).to.deep.equal([
      '{"time":"1970-01-01T00:00:00.000Z","level":"info","message":"a\\nb","port":8080}',
    ])
  })
})

describe('causeChain', () => {
  for (const [what, error, text] of [
    ['an error', new TypeError('a'), 'TypeError: a'],
    ['causes', new Error('a', { cause: new RangeError('b') }), 'Error: a <- RangeError: b'],
    ['a cause that is text', new Error('a', { cause: 'b' }), 'Error: a <- b'],
    ['a cause of any kind', new Error('a', { cause: { secret: 1 } }), 'Error: a <- object'],
    ['text', 'a', 'a'],
    ['nothing', undefined, ''],
  ] as const) {
    it(`reads ${what}`, () => {
      expect(causeChain(error)).to.equal(text)
    })
  }

  it('ends for a chain that does not', () => {
    const error = new Error('a')
    error.cause = error
    expect(causeChain(error).split(' <- ')).to.have.lengthOf(6)
  })
})
