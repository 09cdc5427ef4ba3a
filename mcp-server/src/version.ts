import { readFileSync } from 'node:fs'

/** Name of the server in MCP, in the user agent of AWS calls and at `GET /`. */
export const NAME = 'cloudwatch-mcp-server'

/** Version of this package. The compiled file lies two folders below package.json. */
export const VERSION = readVersion(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
)

function readVersion(text: string): string {
  const manifest: unknown = JSON.parse(text)
  if (typeof manifest !== 'object' || manifest === null || !('version' in manifest)) return '0.0.0'
  return String(manifest.version)
}
