import { expect } from 'chai'
import {
  cursorAfter,
  cursorBinding,
  decodeCursor,
  encodeCursor,
} from '../../../src/tools/cursor.ts'
import { ToolProblem } from '../../../src/tools/tool-problem.ts'

const BINDING = cursorBinding(['alice', '111122223333', 'us-east-1', 'list_alarms', '[]'])

describe('cursors', () => {
  it('come back as the position that they were made of', () => {
    for (const position of [
      { token: undefined, skip: 7 },
      { token: 'aws token/+=', skip: 0 },
    ]) {
      expect(decodeCursor(encodeCursor(position, BINDING), BINDING)).to.deep.equal(position)
    }
  })

  it('start at the beginning when there is none', () => {
    expect(decodeCursor(undefined, BINDING)).to.deep.equal({ token: undefined, skip: 0 })
  })

  it('depend on every part that they are bound to, and on where one part ends', () => {
    const bindings = [
      ['alice', '1', 'us-east-1'],
      ['bob', '1', 'us-east-1'],
      ['alice', '2', 'us-east-1'],
      ['alice', '1', 'eu-west-1'],
      ['alice', undefined, 'us-east-1'],
      ['alice1', '', 'us-east-1'],
      ['alice', '1us-east-1', ''],
    ].map(cursorBinding)
    expect(new Set(bindings).size).to.equal(bindings.length)
  })

  for (const cursor of [
    '',
    'not a cursor',
    Buffer.from('{}').toString('base64url'),
    Buffer.from('[1]').toString('base64url'),
    Buffer.from(JSON.stringify({ t: 5, s: 0, b: BINDING })).toString('base64url'),
    Buffer.from(JSON.stringify({ s: -1, b: BINDING })).toString('base64url'),
    encodeCursor({ token: 'a', skip: 0 }, cursorBinding(['bob'])),
  ]) {
    it(`are refused when damaged or foreign: "${cursor.slice(0, 20)}"`, () => {
      expect(() => decodeCursor(cursor, BINDING)).to.throw(ToolProblem)
    })
  }

  it('go on within a page whose rows were not all shown', () => {
    const after = cursorAfter({ token: 'page', skip: 10 }, 40, 'next', BINDING)
    expect(decodeCursor(after(25), BINDING)).to.deep.equal({ token: 'page', skip: 35 })
    expect(decodeCursor(after(40), BINDING)).to.deep.equal({ token: 'next', skip: 0 })
    expect(cursorAfter({ token: 'page', skip: 0 }, 3, undefined, BINDING)(3)).to.equal(undefined)
  })
})
