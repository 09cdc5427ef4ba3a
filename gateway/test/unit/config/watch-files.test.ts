import { expect } from 'chai'
import { type FilesRead, notingReader, watchFiles } from '../../../src/config/watch-files.ts'

const nextLook = () => new Promise((resolve) => setTimeout(resolve, 25))

describe('watchFiles', () => {
  const texts = new Map<string, string>()
  let wanted: readonly string[] = []
  let changes = 0
  let end: () => void = () => {}

  beforeEach(() => {
    texts.clear()
    texts.set('a', 'one').set('b', 'two')
    wanted = ['a', 'b']
    changes = 0
    const read = (path: string) => {
      const text = texts.get(path)
      if (text === undefined) throw new Error('ENOENT')
      return text
    }
    let known: FilesRead = new Map()
    const load = () => {
      known = new Map()
      const note = notingReader(read, known)
      for (const path of wanted) {
        try {
          note(path)
        } catch {}
      }
    }
    load()
    end = watchFiles(
      () => known,
      read,
      () => {
        changes += 1
        load()
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

  it('is not blinded by a file that was never there, and notices when it comes', async () => {
    wanted = ['a', 'missing']
    texts.set('a', 'names a file that is missing')
    await until(1)
    texts.set('a', 'mended')
    await until(2)
    texts.set('missing', 'here')
    await until(3)
  })

  it('does not miss a change because a file that is no longer needed was deleted', async () => {
    wanted = ['a']
    texts.set('a', 'without b')
    await until(1)
    texts.delete('b')
    texts.set('a', 'later')
    await until(2)
  })
})
