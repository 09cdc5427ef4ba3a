/** What a cookie of ours holds: the secret of a browser that sees a consent page, or its sign-in at the issuer. */
export type CookieUse = 'consent' | 'login'

export type Cookie = Readonly<{ use: CookieUse; id: string; value: string }>

/** The cookies of ours that a request brings, the oldest first as browsers send them (RFC 6265 §5.4). */
export type Cookies = readonly Cookie[]

/** A cookie's id: 32 random bytes in base64url. */
const ID = /^[\w-]{43}$/
// The prefix makes browsers keep the cookie to this very host, over TLS, from nobody but itself (RFC 6265bis §4.1.3.2).
// No two parts of these two match the same character: a header of blanks costs one look at each of them.
const OURS = /^[ \t]*(__Host-(consent|login)-([\w-]{43}))=/
/** What sealed values and base64url are made of, and the blanks behind them. */
const VALUE = /^([\w.-]+)[ \t]*$/
/** More sign-ins at once than a person has; beyond it the oldest make room. */
const MAX_COOKIES = 5
/** Browsers send all of them with each request, and servers bound what a request's head may hold. Bytes. */
const MAX_TOTAL = 8192
/** Browsers drop a cookie that is larger with its name and attributes (RFC 6265 §6.1). Bytes. */
export const MAX_COOKIE_VALUE = 3900

/**
 * Reads the cookies of ours from a `Cookie` header; every other one is left alone. One that stands twice is none: which
 * of them this gateway set cannot be told.
 */
export function cookiesIn(header: string | undefined): Cookies {
  const found = new Map<string, Cookie | undefined>()
  for (const pair of (header ?? '').split(';')) {
    // Nothing but the blanks that HTTP knows is cut off, lest another name becomes one of ours.
    const [start, name = '', use, id = ''] = OURS.exec(pair) ?? []
    if (start === undefined) continue
    const value = found.has(name) ? undefined : VALUE.exec(pair.slice(start.length))?.[1]
    found.set(
      name,
      value === undefined ? undefined : { use: use === 'login' ? 'login' : 'consent', id, value },
    )
  }
  return [...found.values()].filter((cookie) => cookie !== undefined)
}

/** The value of one of them. */
export function cookieOf(cookies: Cookies, use: CookieUse, id: string): string | undefined {
  return cookies.find((cookie) => cookie.use === use && cookie.id === id)?.value
}

/** Whether a text could be the id of one of them, as the `state` of an issuer's answer must be. */
export function isCookieId(text: string): boolean {
  return ID.test(text)
}

/**
 * The `Set-Cookie` headers that give a browser another cookie and take its oldest ones where they would be too many or
 * too large. Lax, because the browser comes back from the issuer by a link from another site.
 */
export function addCookie(
  cookies: Cookies,
  cookie: Cookie,
  lifeSeconds: number,
): readonly string[] {
  const kept = [cookie]
  const dropped: Cookie[] = []
  let total = sizeOf(cookie)
  for (const older of cookies.toReversed()) {
    total += sizeOf(older)
    if (dropped.length > 0 || kept.length >= MAX_COOKIES || total > MAX_TOTAL) dropped.push(older)
    else kept.push(older)
  }
  return [setCookie(cookie, lifeSeconds), ...dropped.map(dropCookie)]
}

/** The `Set-Cookie` header that takes a cookie from the browser. */
export function dropCookie(cookie: Pick<Cookie, 'use' | 'id'>): string {
  return setCookie({ ...cookie, value: '' }, 0)
}

// Also on http://localhost: browsers take secure cookies there, as they trust the machine itself.
function setCookie({ use, id, value }: Cookie, lifeSeconds: number): string {
  return `__Host-${use}-${id}=${value}; Max-Age=${lifeSeconds}; Path=/; Secure; HttpOnly; SameSite=Lax`
}

function sizeOf({ use, id, value }: Cookie): number {
  return `__Host-${use}-${id}=${value}; `.length
}
