const MAX_STEPS = 20

export type SignInOptions = Readonly<{
  signal?: AbortSignal
  /** The issuer to choose on the gateway's consent page, where it offers several; else the first. */
  issuer?: string
}>

/**
 * Signs a person in the way a browser does: follows the redirects, keeps the cookies, reads the pages and posts their
 * forms; where the gateway asks for consent, gives it. Gives the redirect to the client's `redirect_uri`, unfetched, with
 * `code`, `state` and `iss`, or with `error` when one is sent. Throws when a page is neither.
 */
export function signIn(
  authorizeUrl: URL | string,
  personId: string,
  options: SignInOptions = {},
): Promise<URL> {
  return press(new URL(authorizeUrl), 'person', personId, options)
}

/** Opens the sign-in page and presses Cancel; gives the redirect with `error=access_denied`. */
export function cancelSignIn(
  authorizeUrl: URL | string,
  options: SignInOptions = {},
): Promise<URL> {
  return press(new URL(authorizeUrl), 'cancel', 'yes', options)
}

async function press(start: URL, button: string, value: string, { signal, issuer }: SignInOptions) {
  const redirectUri = start.searchParams.get('redirect_uri')
  if (redirectUri === null) throw new Error('the authorization URL has no redirect_uri')
  const cookies = createCookieJar()
  let url = start
  let form: URLSearchParams | undefined

  for (let step = 0; step < MAX_STEPS; step += 1) {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { accept: 'text/html', ...cookies.headerFor(url) },
      ...(form && { method: 'POST', body: form }),
      ...(signal && { signal }),
    })
    cookies.keep(url, response.headers.getSetCookie())
    const location = response.headers.get('location')
    const body = await response.text()
    if (location !== null) {
      url = new URL(location, url)
      form = undefined
      if (isSamePlace(url, new URL(redirectUri))) return url
      continue
    }
    const onward = refreshIn(body)
    if (response.ok && onward !== undefined) {
      url = new URL(onward, url)
      form = undefined
      if (isSamePlace(url, new URL(redirectUri))) return url
      continue
    }
    const page = readForm(body, button, value) ?? readConsent(body, issuer)
    if (!response.ok || page === undefined) {
      throw new Error(`no sign-in page at ${url.origin}${url.pathname}: ${summary(response, body)}`)
    }
    url = new URL(page.action, url)
    form = page.fields
  }
  throw new Error(`the sign-in did not end after ${MAX_STEPS} steps`)
}

function isSamePlace(url: URL, redirectUri: URL): boolean {
  return (
    url.protocol === redirectUri.protocol &&
    url.host === redirectUri.host &&
    url.pathname === redirectUri.pathname
  )
}

/** The form of a page, filled in as if the named button had been pressed; undefined when the page has no such button. */
function readForm(page: string, button: string, value: string) {
  const [, attributes = '', content = ''] = /<form\b([^>]*)>(.*?)<\/form>/s.exec(page) ?? []
  const action = attribute(attributes, 'action')
  const pressed = tags(content, 'button').some(
    (tag) => attribute(tag, 'name') === button && attribute(tag, 'value') === value,
  )
  if (action === undefined || !pressed) return undefined
  const fields = new URLSearchParams()
  for (const tag of tags(content, 'input')) {
    fields.append(attribute(tag, 'name') ?? '', attribute(tag, 'value') ?? '')
  }
  fields.append(button, value)
  return { action, fields }
}

/** The form of the gateway's consent page that allows, with the issuer chosen; undefined when the page has none. */
function readConsent(page: string, issuer: string | undefined) {
  for (const [, attributes = '', content = ''] of page.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)) {
    const fields = new URLSearchParams()
    for (const tag of tags(content, 'input')) {
      fields.append(attribute(tag, 'name') ?? '', attribute(tag, 'value') ?? '')
    }
    if (fields.get('decision') !== 'allow') continue
    const offered = tags(content, 'button').flatMap((tag) =>
      attribute(tag, 'name') === 'issuer' ? [attribute(tag, 'value') ?? ''] : [],
    )
    const chosen = offered.find((one) => one === issuer) ?? offered[0]
    if (chosen !== undefined) fields.append('issuer', chosen)
    return { action: attribute(attributes, 'action') ?? '', fields }
  }
  return undefined
}

/** Where a page sends the browser by itself. */
function refreshIn(page: string): string | undefined {
  const tag = tags(page, 'meta').find((one) => attribute(one, 'http-equiv') === 'refresh')
  return tag === undefined
    ? undefined
    : /^\d+;\s*url=(.*)$/.exec(attribute(tag, 'content') ?? '')?.[1]
}

function tags(content: string, name: string): string[] {
  return [...content.matchAll(new RegExp(`<${name}\\b([^>]*)>`, 'g'))].map(
    ([, inside]) => inside ?? '',
  )
}

function attribute(tag: string, name: string): string | undefined {
  return new RegExp(`\\b${name}="([^"]*)"`)
    .exec(tag)?.[1]
    ?.replaceAll(/&#(\d+);/g, (_, number: string) => String.fromCharCode(Number(number)))
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
}

function summary(response: Response, body: string): string {
  const heading = /<h1>(.*?)<\/h1>/s.exec(body)?.[1]
  return `${response.status} ${heading ?? body.slice(0, 200)}`
}

type Cookie = Readonly<{ name: string; value: string; host: string; path: string }>

/** Cookies by host and path; enough for servers that set them for themselves (RFC 6265 §5.4). */
function createCookieJar() {
  let jar: readonly Cookie[] = []
  return {
    keep: (url: URL, lines: readonly string[]) => {
      for (const line of lines) {
        const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
        const path = attributes.find((part) => /^path=/i.test(part))?.slice('path='.length) ?? '/'
        const name = pair.slice(0, pair.indexOf('='))
        const value = pair.slice(pair.indexOf('=') + 1)
        jar = jar.filter(
          (cookie) => cookie.name !== name || cookie.host !== url.hostname || cookie.path !== path,
        )
        if (value !== '') jar = [...jar, { name, value, host: url.hostname, path }]
      }
    },
    headerFor: (url: URL) => {
      const sent = jar.filter(
        ({ host, path }) => host === url.hostname && isBelow(url.pathname, path),
      )
      if (sent.length === 0) return {}
      return { cookie: sent.map(({ name, value }) => `${name}=${value}`).join('; ') }
    },
  }
}

function isBelow(pathname: string, path: string): boolean {
  return pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`)
}
