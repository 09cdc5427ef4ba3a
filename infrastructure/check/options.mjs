import { readFileSync } from 'node:fs'
import { environmentNames } from '../../gateway/dist/src/config/load.js'
import { ConfigSchema, ProviderSchema } from '../../gateway/dist/src/config/schema.js'

/**
 * The names that each program reads from its environment, by the name of its container, and those of secrets. The gateway's
 * come from its schema, the server's from the generated page, whose drift is checked elsewhere.
 */
export function readOptions() {
  const gateway = new Set(['GATEWAY_CONFIG'])
  const secret = new Set(['UPSTREAM_SEAL_KEYS'])
  for (const schema of [ConfigSchema, ProviderSchema]) {
    for (const [key, name] of environmentNames(schema)) {
      gateway.add(name)
      if (schema.shape[key].meta()?.secret) secret.add(name)
    }
  }
  const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8')
  const server = page
    .slice(page.indexOf('\n## MCP server'))
    .split('\n')
    .flatMap((line) => /^\| `([A-Z_]+)` \|/.exec(line)?.slice(1) ?? [])
  return { options: { gateway, server: new Set(server) }, secret }
}
