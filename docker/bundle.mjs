// Bundles the programs of one workspace for its image: node docker/bundle.mjs WORKSPACE ENTRY...
//
// ENTRY is a path below WORKSPACE/src without its ending. The output takes the place of the compiler's, so that every
// program stands where the documentation says: WORKSPACE/dist/src/main.js and so on. Beside it:
//
//   third-party/node_modules/NAME   package.json and licence texts of every package that is in the bundle, and of no
//                                   other: the licences want to travel along, and scanners read these files to tell
//                                   what an image contains.
//   third-party/WORKSPACE/package.json   name, version and module type, which the programs read.
//
// Not minified, and with source maps: a stack trace names the function and the line of the source.

import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const [workspace, ...entries] = process.argv.slice(2)
if (workspace === undefined || entries.length === 0) {
  process.stderr.write('usage: node docker/bundle.mjs WORKSPACE ENTRY...\n')
  process.exit(2)
}

// CommonJS packages call require for what Node brings along.
const REQUIRE =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"

const { metafile, warnings } = await build({
  entryPoints: entries.map((entry) => `${workspace}/src/${entry}.ts`),
  outbase: `${workspace}/src`,
  outdir: `${workspace}/dist/src`,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  sourcesContent: false,
  // The licence files travel whole.
  legalComments: 'none',
  banner: { js: REQUIRE },
  metafile: true,
  logLevel: 'warning',
})
// A warning is an import that will not be there.
if (warnings.length > 0) process.exit(1)

const bundled = new Set(Object.keys(metafile.inputs).flatMap((path) => packageOf(path) ?? []))
for (const folder of [...bundled].sort()) {
  const to = join('third-party', folder)
  mkdirSync(to, { recursive: true })
  for (const name of readdirSync(folder)) {
    if (name === 'package.json' || /^(licen[cs]e|notice|copying)/i.test(name)) {
      cpSync(join(folder, name), join(to, name))
    }
  }
}

const { name, version, license, type } = JSON.parse(
  readFileSync(`${workspace}/package.json`, 'utf8'),
)
mkdirSync(join('third-party', workspace), { recursive: true })
writeFileSync(
  join('third-party', workspace, 'package.json'),
  `${JSON.stringify({ name, version, private: true, license, type }, null, 2)}\n`,
)
process.stdout.write(`${workspace}: ${entries.length} programs, ${bundled.size} packages in them\n`)

/** The folder of the package that a file belongs to; undefined for the project's own files. */
function packageOf(path) {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]
}
