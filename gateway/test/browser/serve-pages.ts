import { createServer, type IncomingHttpHeaders } from 'node:http'
import { text } from 'node:stream/consumers'
import { listen, stop } from '../support/loopback.ts'
import type { ExamplePage } from './example-pages.ts'

/** A form as a browser sent it. */
export type Posted = Readonly<{ path: string; headers: IncomingHttpHeaders; form: URLSearchParams }>

/** Serves pages with their own headers at a fresh origin, and keeps every form that is posted there. */
export async function servePages(pages: Readonly<Record<string, ExamplePage>>) {
  const posted: Posted[] = []
  const server = createServer(async (req, res) => {
    const path = new URL(req.url ?? '/', 'http://localhost').pathname
    if (req.method === 'POST') {
      posted.push({ path, headers: req.headers, form: new URLSearchParams(await text(req)) })
    }
    const page = pages[path]
    res.writeHead(page === undefined && req.method !== 'POST' ? 404 : 200, page?.headers)
    res.end(page?.body ?? 'nothing here')
  })
  const port = await listen(server)
  return {
    // The name, since browsers take it for as trustworthy as https.
    origin: `http://localhost:${port}`,
    posted: posted as readonly Posted[],
    close: () => stop(server),
  }
}
