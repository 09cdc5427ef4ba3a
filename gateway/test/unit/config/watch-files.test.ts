import { expect } from 'chai'
import { watchFiles } from '../../../src/config/watch-files.ts'

const nextLook = () => new Promise((resolve) => setTimeout(resolve, 25))

describe('watchFiles', () => {
  const texts = new Map<string, string>()
  let changes = 0
  let end: () => void = () => {}

  beforeEach(() => {
    texts.clear()
    texts.set('a', 'one').set('b', 'two')
    changes = 0
    const read = (path: string) => {
      const text = texts.get(path)
      if (text === undefined) throw new Error('ENOENT')
      return text
    }
    end = watchFiles(
      () => ['a', 'b'],
      read,
      () => {
        changes += 1
      },
      5,
    )
  })
  afterEach(() => end())

  const until = async (count: number) => {
    for (let tries = 0; tries < 200 && changes < count; tries += 1) await nextLook()
    expect(changes).to.equal(count)
  }

  it('tells of a changed text, once for each change', async () => {
    texts.set('b', 'three')
    await until(1)
    texts.set('a', 'four')
    await until(2)
  })

  it('takes a file that is gone for a moment for unchanged', async () => {
    texts.delete('a')
    await nextLook()
    await nextLook()
    texts.set('a', 'one')
    texts.set('b', 'other')
    await until(1)
  })
})
