import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

import { readBody, withBody } from './body.ts'
import { type Dress, mountOf } from './dress.ts'

type Handler = (req: IncomingMessage, res: ServerResponse) => Promise<void>

export type Mounted = Readonly<{
  dress: Dress
  handle: Handler
  /** Told of every fetch of a metadata document or of the keys. */
  onFetch: (what: Fetched) => void
}>

export type Fetched = 'discovery' | 'jwks'

const WELL_KNOWN = /^\/\.well-known\/(oauth-authorization-server|openid-configuration)(\/.+)$/
const DISCOVERY = '/.well-known/openid-configuration'
const OAUTH_METADATA = '/.well-known/oauth-authorization-server'
const PROMPTS = ['none', 'login', 'consent']

/**
 * The one door of all issuers: finds the issuer of a path, opens what browsers' scripts may read to every origin,
 * lets the dress change the parameters, and hands the rest to the issuer. `origin` is the public one.
 */
export function createDispatch(
  origin: string,
  mounted: readonly Mounted[],
  onError: (error: unknown) => void,
): RequestListener {
  const { host, protocol } = new URL(origin)
  // One issuer's path may begin with another's (Okta's servers live below the organisation).
  const ordered = [...mounted].sort((a, b) => mountOf(b.dress).length - mountOf(a.dress).length)

  const answer = async (req: IncomingMessage, res: ServerResponse) => {
    const url = new URL(req.url ?? '/', origin)
    if (url.pathname === '/healthz') return sendJson(res, 200, { status: 'ok' })

    const found = route(url.pathname, ordered)
    const isPage = found !== undefined && isPagePath(found.path, found.dress)
    if (!isPage) {
      allowEveryOrigin(req, res)
      if (req.method === 'OPTIONS') return void res.writeHead(204).end()
    }
    if (found === undefined) return sendJson(res, 404, { error: 'not_found' })
    if ('closed' in found) {
      const { status, body } = found.closed(req.headers.authorization !== undefined)
      return sendJson(res, status, body)
    }

    const { dress, path, handle, onFetch, mount } = found
    const fetched = req.method === 'GET' ? fetchedBy(path, dress) : undefined
    if (fetched !== undefined) onFetch(fetched)
    if (path === dress.paths.authorization) prepareAuthorization(url.searchParams, dress)
    const prepared = req.method === 'POST' ? await prepareBody(req, path, dress) : req
    prepared.headers['x-forwarded-host'] = host
    prepared.headers['x-forwarded-proto'] = protocol.slice(0, -1)
    prepared.url = path + url.search
    // The library subtracts `url` from `originalUrl` to learn where it is mounted.
    await handle(Object.assign(prepared, { originalUrl: mount + prepared.url }), res)
  }

  return (req, res) => {
    answer(req, res).catch((error) => {
      onError(error)
      if (res.headersSent) res.destroy()
      else sendJson(res, 500, { error: 'server_error' })
    })
  }
}

function route(pathname: string, mounted: readonly Mounted[]) {
  for (const { dress, handle, onFetch } of mounted) {
    const { closedRegistration: closed, metadata } = dress
    const mount = mountOf(dress)
    if (closed?.path === pathname) return { dress, path: '', closed: closed.answer }

    const [, document, issuerPath] = WELL_KNOWN.exec(pathname) ?? []
    // RFC 8414 §3.1 drops the slash at the end of the issuer; some clients keep it.
    if (issuerPath === mount || issuerPath === `${mount}/`) {
      const oauth = document === 'oauth-authorization-server'
      if (!(oauth ? metadata.oauth : metadata.openidInserted)) return undefined
      return { dress, handle, onFetch, mount, path: `/.well-known/${document}` }
    }

    if (!pathname.startsWith(`${mount}/`)) continue
    const path = pathname.slice(mount.length)
    if (path.startsWith(OAUTH_METADATA) && !metadata.oauth) {
      return undefined
    }
    return { dress, handle, onFetch, mount, path }
  }
  return undefined
}

function fetchedBy(path: string, { paths }: Dress): Fetched | undefined {
  if (path === paths.jwks) return 'jwks'
  return path === DISCOVERY || path === OAUTH_METADATA ? 'discovery' : undefined
}

/** The pages for a person; no script of another origin has business there. */
function isPagePath(path: string, { paths }: Dress): boolean {
  return path.startsWith(paths.authorization) || path.startsWith('/interaction/')
}

function allowEveryOrigin(req: IncomingMessage, res: ServerResponse): void {
  res.setHeader('access-control-allow-origin', '*')
  res.setHeader('access-control-expose-headers', 'www-authenticate')
  if (req.method !== 'OPTIONS') return
  res.setHeader('access-control-allow-methods', 'GET, POST, OPTIONS')
  const wanted = req.headers['access-control-request-headers']
  res.setHeader('access-control-allow-headers', wanted ?? 'authorization, content-type')
  res.setHeader('access-control-max-age', '3600')
}

function prepareAuthorization(params: URLSearchParams, dress: Dress): void {
  dress.prepareAuthorization(params)
  // The page asks every time, so consent is always given; saying so keeps `offline_access`, which the library
  // otherwise drops. A prompt it does not know (`select_account`) asks for what the page does anyway.
  const prompts = (params.get('prompt') ?? '').split(' ').filter((name) => PROMPTS.includes(name))
  const asked = prompts.includes('none') ? prompts : [...new Set([...prompts, 'consent'])]
  params.set('prompt', asked.join(' '))
}

async function prepareBody(req: IncomingMessage, path: string, dress: Dress) {
  if (path === dress.paths.token) {
    const params = new URLSearchParams(await readBody(req))
    dress.prepareToken(params)
    return withBody(req, params.toString())
  }
  if (path === dress.paths.registration) return withBody(req, withoutScope(await readBody(req)))
  return req
}

/**
 * A registration without its `scope`: clients send the scopes they know of that moment, and a client that learns of
 * another one later must not be held to it. Everything else is for the library to judge.
 */
function withoutScope(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), (key, value) => (key === 'scope' ? undefined : value))
  } catch {
    return body
  }
}

function sendJson(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  res.end(JSON.stringify(body))
}
