import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'

/** From the compiled test to the root of the repository. */
const path = (name: string) => fileURLToPath(new URL(`../../../../${name}`, import.meta.url))
const page = readFileSync(path('docs/threat-model.md'), 'utf8')

type Row = Readonly<{ id: string; cells: readonly string[]; tests: readonly TestName[] }>
type TestName = Readonly<{ file: string; title: string }>

const rows: readonly Row[] = (page.split('| id | threat |')[1] ?? '')
  .split('\n')
  .filter((line) => /^\| (\d+|all) \|/.test(line))
  .map((line) => {
    const cells = line.split('|').slice(1, -1)
    const tests = (cells[3] ?? '').split('<br>').map((text) => {
      const [, file = '', title = ''] = /^\s*`([^`]+)` › (.+?)\s*$/.exec(text) ?? []
      return { file, title }
    })
    return { id: cells[0]?.trim() ?? '', cells: cells.map((cell) => cell.trim()), tests }
  })

/** The titles in a test file, `…` for each part that is computed. */
function titlesIn(file: string): ReadonlySet<string> {
  const source = readFileSync(path(file), 'utf8')
  const calls = source.matchAll(/\b(?:describe|describeFuzz|it)\(\s*(['"`])((?:\\.|(?!\1).)*?)\1/gs)
  return new Set(
    [...calls].map(([, , text = '']) =>
      text.replaceAll(/\$\{[^}]*\}/g, '…').replaceAll(/\\(.)/g, '$1'),
    ),
  )
}

/** `1–3 and 5` as 1, 2, 3, 5. */
function numbersIn(text: string): readonly string[] {
  return [...text.matchAll(/(\d+)(?:–(\d+))?/g)].flatMap(([, from, to = from]) =>
    Array.from({ length: Number(to) - Number(from) + 1 }, (_, at) => String(Number(from) + at)),
  )
}

describe('the threat model', () => {
  const declared = numbersIn(/table covers the lines ([\d–, and]+)/.exec(page)?.[1] ?? '')

  it('has a row for every line of the attack list that it says it covers, and no other', () => {
    expect(declared.length).to.be.above(20)
    expect(rows.map(({ id }) => id)).to.deep.equal([...declared, 'all'])
  })

  it('names a place for every line of the whole list', () => {
    const elsewhere = [...page.matchAll(/Lines (\d+–\d+)/g)].flatMap(([, range]) =>
      numbersIn(range ?? ''),
    )
    const named = [...declared, ...elsewhere].map(Number).sort((a, b) => a - b)
    expect(named).to.deep.equal(Array.from({ length: 55 }, (_, at) => at + 1))
  })

  for (const { id, cells, tests } of rows) {
    it(`tells of line ${id} the threat, the code, the tests and what is left`, () => {
      expect(cells).to.have.lengthOf(5)
      for (const cell of cells) expect(cell).to.not.equal('')
      const files = [...(cells[2] ?? '').matchAll(/`(gateway\/[^`]+)`/g)].map(
        ([, file = '']) => file,
      )
      expect(files).to.not.deep.equal([])
      for (const file of files) expect(existsSync(path(file)), file).to.equal(true)
      for (const { file, title } of tests) {
        expect(existsSync(path(file)), file).to.equal(true)
        expect([...titlesIn(file)], file).to.include(title)
      }
    })
  }

  it('names every attack test and every fuzz test', () => {
    const named = new Set(rows.flatMap(({ tests }) => tests.map(({ file }) => file)))
    for (const folder of [
      'gateway/test/attacks',
      'gateway/test/attacks/login',
      'gateway/test/fuzz',
      'gateway/test/fuzz/login',
    ]) {
      const files = readdirSync(path(folder)).filter((name) => name.endsWith('.test.ts'))
      expect(files).to.not.deep.equal([])
      for (const file of files) expect([...named]).to.include(`${folder}/${file}`)
    }
  })

  it('would not pass with a title that no test has', () => {
    const titles = titlesIn('gateway/test/unit/threat-model.test.ts')
    expect([...titles]).to.include('the threat model')
    expect([...titles]).to.include(
      'tells of line … the threat, the code, the tests and what is left',
    )
    expect([...titles]).to.not.include('the threat')
  })
})
