import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { REQUIREMENTS, type Requirement } from './requirements.ts'
import { gatewayRule } from './support/requirement.ts'

const RULES: readonly Requirement[] = REQUIREMENTS

/** Rules that the gateway does not keep itself, because they are somebody else's to keep. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  'MCP server': ['RS15b', 'RS18a', 'TL8', 'TL9', 'TM5', 'TM6'],
  'authorization server': ['RS17b', 'SB4', 'SB5', 'SB6'],
  client: ['SB7'],
  nobody: ['RS7'],
}

/** The ids in the calls of `requirement` in all test files of this folder. */
function citedIds(): ReadonlySet<string> {
  const folder = import.meta.dirname
  const files = readdirSync(folder).filter((name) => name.endsWith('.test.js'))
  const texts = files.map((name) => readFileSync(join(folder, name), 'utf8'))
  const calls = texts.flatMap((text) => [...text.matchAll(/\brequirement\('(\w+)'/g)])
  return new Set(calls.map(([, id = '']) => id))
}

describe('the list of requirements', () => {
  it('names each of them once', () => {
    const ids = RULES.map(({ id }) => id)
    expect(new Set(ids).size).to.equal(ids.length)
  })

  it('has a test for each that is the gateway’s, and for no other', () => {
    const own = RULES.filter(({ elsewhere }) => elsewhere === undefined).map(({ id }) => id)
    expect([...citedIds()]).to.have.members(own)
  })

  it('leaves exactly these to others, each with a reason', () => {
    const left = RULES.filter(({ elsewhere }) => elsewhere !== undefined)
    const byParty: Record<string, string[]> = {}
    for (const { id, elsewhere } of left) {
      expect(elsewhere?.reason, id).to.match(/^[A-Z].{20,}\.$/)
      const party = elsewhere?.party ?? ''
      byParty[party] = [...(byParty[party] ?? []), id]
    }
    expect(byParty).to.deep.equal(ELSEWHERE)
  })

  it('has a source and a revision for each', () => {
    for (const { id, source, revisions, behaviour } of RULES) {
      expect(source, id).to.match(
        /^(authorization|transports|streamable-http|security best practices|patterns|server)\b|^RFC \d{4} §|^Fetch: /,
      )
      expect(revisions, id).to.not.be.empty
      expect(behaviour, id).to.match(/\.$/)
    }
  })

  it('accepts no test of a rule that is unknown or not the gateway’s', () => {
    expect(() => gatewayRule('RS99')).to.throw('there is no requirement RS99')
    expect(() => gatewayRule('TL9')).to.throw('TL9 is for the MCP server')
    expect(gatewayRule('RS1').level).to.equal('MUST')
  })
})
