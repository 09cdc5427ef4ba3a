import { expect } from 'chai'
import {
  addCookie,
  type Cookie,
  cookieOf,
  cookiesIn,
  dropCookie,
  isCookieId,
} from '../../../../src/login/browser/cookies.ts'

const id = (character: string) => character.repeat(43)
const A = id('a')
const B = id('b')

describe('cookiesIn', () => {
  it('finds ours among others, in their order', () => {
    const header = `theme=dark; __Host-login-${A}=x.y-z_1; session=1; __Host-consent-${B}=v`
    expect(cookiesIn(header)).to.deep.equal([
      { use: 'login', id: A, value: 'x.y-z_1' },
      { use: 'consent', id: B, value: 'v' },
    ])
  })

  it('finds none where there is no header', () => {
    expect(cookiesIn(undefined)).to.deep.equal([])
    expect(cookiesIn('')).to.deep.equal([])
  })

  for (const header of [
    `__host-login-${A}=v`,
    `__Host-Login-${A}=v`,
    `__Host-login-${A}a=v`,
    `__Host-login-=v`,
    `__Host-login-${'a'.repeat(42)}=v`,
    `\u00a0__Host-login-${A}=v`,
    `\v__Host-login-${A}=v`,
    `=__Host-login-${A}=v`,
    `__Host-login-${A} =v`,
    `__Host-login-${A}`,
    `__Host-login-${A}=`,
    `__Host-login-${A}="v"`,
    `__Host-login-${A}=a b`,
    `__Host-login-${A}=a=b`,
    `__Host-login-${A}=a,__Host-login-${B}=b`,
    `$Version=1, __Host-login-${A}=v`,
    `__Secure-login-${A}=v`,
    `login-${A}=v`,
  ]) {
    it(`takes nothing from ${JSON.stringify(header)}`, () => {
      expect(cookiesIn(header)).to.deep.equal([])
    })
  }

  it('takes none of two with one name, equal or not, nor of three', () => {
    for (const values of [
      ['v', 'v'],
      ['v', 'w'],
      ['v', '"', 'v'],
      ['v', 'w', 'x'],
    ]) {
      const header = values.map((value) => `__Host-login-${A}=${value}`).join('; ')
      expect(cookiesIn(`${header}; __Host-login-${B}=v`)).to.deep.equal([
        { use: 'login', id: B, value: 'v' },
      ])
    }
  })

  it('tells the two uses of one id apart', () => {
    const cookies = cookiesIn(`__Host-login-${A}=one; __Host-consent-${A}=two`)
    expect(cookieOf(cookies, 'login', A)).to.equal('one')
    expect(cookieOf(cookies, 'consent', A)).to.equal('two')
    expect(cookieOf(cookies, 'consent', B)).to.equal(undefined)
  })
})

describe('addCookie', () => {
  const cookie = (character: string, value = 'v'): Cookie => ({
    use: 'consent',
    id: id(character),
    value,
  })

  it('sets a cookie for this host alone, which no script reads', () => {
    expect(addCookie([], cookie('a'), 600)).to.deep.equal([
      `__Host-consent-${A}=v; Max-Age=600; Path=/; Secure; HttpOnly; SameSite=Lax`,
    ])
  })

  it('leaves four others and drops the oldest', () => {
    const present = ['a', 'b', 'c', 'd', 'e', 'f'].map((character) => cookie(character))
    const [, ...dropped] = addCookie(present, cookie('g'), 600)
    expect(dropped).to.have.members([dropCookie(cookie('a')), dropCookie(cookie('b'))])
  })

  it('drops the oldest where all of them would be larger than 8 KB', () => {
    const large = 'x'.repeat(3900)
    const present = ['a', 'b', 'c'].map((character) => cookie(character, large))
    const [, ...dropped] = addCookie(present, cookie('d', large), 600)
    expect(dropped).to.have.members([dropCookie(cookie('a')), dropCookie(cookie('b'))])
  })

  it('drops nothing that is newer than what it keeps', () => {
    const present = [cookie('a'), cookie('b', 'x'.repeat(9000)), cookie('c')]
    const [, ...dropped] = addCookie(present, cookie('d'), 600)
    expect(dropped).to.have.members([dropCookie(cookie('a')), dropCookie(cookie('b'))])
  })
})

describe('dropCookie', () => {
  it('takes a cookie away by the name and attributes that it was set with', () => {
    expect(dropCookie({ use: 'login', id: A })).to.equal(
      `__Host-login-${A}=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax`,
    )
  })
})

describe('isCookieId', () => {
  it('knows 43 characters of base64url', () => {
    expect(isCookieId(A)).to.equal(true)
    for (const text of ['', 'a', `${A}a`, `${'a'.repeat(42)}=`, `${'a'.repeat(42)}\n`, `${A}\n`]) {
      expect(isCookieId(text), JSON.stringify(text)).to.equal(false)
    }
  })
})
