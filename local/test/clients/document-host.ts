import type { IncomingMessage, ServerResponse } from 'node:http'

type DocumentHost = Readonly<{ port: number; ca: string; close(): Promise<void> }>

/** The parts of the built gateway's tests that serve client documents over TLS. */
type DocumentHosts = Readonly<{
  startDocumentHost: (
    answer: (req: IncomingMessage, res: ServerResponse) => void,
    certificate: Readonly<{ key: string; cert: string }>,
  ) => Promise<DocumentHost>
  selfSigned: (names: readonly string[]) => Readonly<{ key: string; cert: string }>
}>

/** Starts a host of documents at `https://localhost:{port}`, whose certificate is to be trusted. */
export async function startDocumentHost(
  answer: (req: IncomingMessage, res: ServerResponse) => void,
): Promise<DocumentHost> {
  const parts = await Promise.all(
    ['document-host', 'self-signed'].map((name) => {
      // `tsc -b` has built the gateway, which shares no types with this workspace.
      const url = new URL(`../../../../gateway/dist/test/support/${name}.js`, import.meta.url)
      return import(url.href)
    }),
  )
  const hosts: DocumentHosts = Object.assign({}, ...parts)
  return hosts.startDocumentHost(answer, hosts.selfSigned(['localhost']))
}
