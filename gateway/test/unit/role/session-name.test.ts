import { expect } from 'chai'
import { sessionName } from '../../../src/role/session-name.ts'

/** STS, AssumeRoleWithWebIdentity, RoleSessionName. */
const ALLOWED = /^[\w+=,.@-]{2,64}$/

const ISSUERS = ['https://a.example', 'https://a.example/', 'https://b.example', 'x']
const NASTY = [
  'auth0|65f0',
  'auth0-65f0',
  'google-oauth2|1',
  'a b',
  'a-b',
  'a/b',
  'a:b',
  'ALICE',
  'alice',
  'Alice',
  'älice',
  'alice@shop.example',
  'alice@shop.example,bob',
  '🙂',
  '🙃',
  '\u0000',
  '\r\nx: y',
  '\ud800',
  ' ',
  '-',
  '..',
  '__proto__',
  'x'.repeat(300),
  `${'x'.repeat(300)}y`,
  `${'|'.repeat(300)}`,
  '日本語の名前',
  'a","b',
  '"]',
]

describe('sessionName', () => {
  for (const subject of NASTY) {
    it(`is allowed by STS for ${JSON.stringify(subject.slice(0, 20))}`, () => {
      expect(sessionName({ issuer: 'i', subject })).to.match(ALLOWED)
      expect(sessionName({ issuer: 'i', subject: 's', username: subject })).to.match(ALLOWED)
    })
  }

  it('is allowed by STS for an empty user name', () => {
    expect(sessionName({ issuer: 'i', subject: 's', username: '' })).to.match(ALLOWED)
  })

  it('shows a name that a person can read', () => {
    expect(sessionName({ issuer: 'i', subject: '00u1', username: 'alice@shop.example' })).to.match(
      /^alice@shop\.example-[0-9a-f]{12}$/,
    )
    expect(sessionName({ issuer: 'i', subject: 'auth0|65f0' })).to.match(
      /^auth0-65f0-[0-9a-f]{12}$/,
    )
  })

  it('is the same for the same person, and ends the same under another name', () => {
    const who = { issuer: 'https://a.example', subject: 'auth0|1' }
    expect(sessionName(who)).to.equal(sessionName({ ...who }))
    const end = (name: string) => name.slice(-12)
    expect(end(sessionName({ ...who, username: 'new' }))).to.equal(end(sessionName(who)))
  })

  it('is shared by no two of some thousand people, whatever they are called', () => {
    const subjects = [
      ...NASTY,
      ...NASTY.map((subject) => sessionName({ issuer: ISSUERS[0] ?? '', subject })),
      ...Array.from({ length: 1000 }, (_, number) => `user|${number}`),
      ...Array.from({ length: 200 }, (_, number) => `${'x'.repeat(80)}${number}`),
    ]
    const people = ISSUERS.flatMap((issuer) => subjects.map((subject) => ({ issuer, subject })))
    const names = new Set(people.map(sessionName))
    const namesakes = new Set(people.map((who) => sessionName({ ...who, username: 'alice' })))
    expect(people.length).to.be.above(4000)
    expect(names.size).to.equal(people.length)
    expect(namesakes.size).to.equal(people.length)
  })

  it('tells people apart whose issuer and subject only join to the same text', () => {
    const one = sessionName({ issuer: 'https://a', subject: 'bc', username: 'x' })
    const two = sessionName({ issuer: 'https://ab', subject: 'c', username: 'x' })
    expect(one).to.not.equal(two)
  })
})
