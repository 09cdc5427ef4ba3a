const MAX_STEPS = 20

export type SignInOptions = Readonly<{ signal?: AbortSignal }>

/**
 * Signs a person in the way a browser does: follows the redirects, keeps the cookies, reads the page and posts its
 * form. Gives the redirect to the client's `redirect_uri`, unfetched, with `code`, `state` and `iss`, or with `error`
 * when the identity provider sends one. Throws when a page is no sign-in page.
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

async function press(start: URL, button: string, value: string, { signal }: SignInOptions) {
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
    const page = readForm(body, button, value)
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

function tags(content: string, name: string): string[] {
  return [...content.matchAll(new RegExp(`<${name}\\b([^>]*)>`, 'g'))].map(
    ([, inside]) => inside ?? '',
  )
}

function attribute(tag: string, name: string): string | undefined {
  return new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1]?.replace(/&amp;/g, '&')
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
