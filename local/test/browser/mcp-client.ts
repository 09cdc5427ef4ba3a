import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What the client's loopback address was opened with. */
export type Landed = Readonly<Record<string, string>>

/** An MCP client as far as a browser sees it: it registers, makes links to sign in with, and waits for the answer. */
export type McpClient = Readonly<{
  /** A link to sign in with; `state` and the PKCE verifier belong to it alone. */
  link(): Readonly<{ url: string; state: string; verifier: string }>
  /** Everything that landed so far, in order. */
  landed: readonly Landed[]
  /** The answer of the token endpoint to a code. */
  redeem(code: string, verifier: string): Promise<Readonly<Record<string, unknown>>>
  close(): Promise<void>
}>

/** Registers a client with a loopback address of its own at the gateway at `gateway`. */
export async function startMcpClient(gateway: string, name: string): Promise<McpClient> {
  const landed: Landed[] = []
  const server = createServer((req, res) => {
    const { pathname, searchParams } = new URL(req.url ?? '/', 'http://127.0.0.1')
    if (pathname === '/callback') landed.push(Object.fromEntries(searchParams))
    res.writeHead(200, { 'content-type': 'text/html' })
    res.end('<!doctype html><title>back at the client</title><h1>You can close this page</h1>')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A TCP server that listens has an address of this shape.
  const redirectUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`
  const close = async () => {
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }

  const registered = await fetch(`${gateway}/oauth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: name,
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: 'none',
    }),
  })
  if (registered.status !== 201) {
    await close()
    throw new Error(`the client was not registered: ${registered.status}`)
  }
  const { client_id: clientId } = Object.fromEntries(
    Object.entries(Object(await registered.json())),
  )
  const resource = `${gateway}/mcp`

  return {
    landed,
    close,
    link: () => {
      const state = randomBytes(16).toString('base64url')
      const verifier = randomBytes(32).toString('base64url')
      const url = new URL(`${gateway}/oauth/authorize`)
      url.search = new URLSearchParams({
        response_type: 'code',
        client_id: String(clientId),
        redirect_uri: redirectUri,
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
        state,
        resource,
      }).toString()
      return { url: url.href, state, verifier }
    },
    redeem: async (code, verifier) => {
      const response = await fetch(`${gateway}/oauth/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          client_id: String(clientId),
          redirect_uri: redirectUri,
          code,
          code_verifier: verifier,
          resource,
        }),
      })
      return Object.fromEntries(Object.entries(Object(await response.json())))
    },
  }
}
