import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

/** Out of git's and the linter's sight, and where the packages are found from. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/k8s-check/', import.meta.url))
const TSC = join(
  dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
  'bin/tsc',
)

/** What the check needs to know of kinds that are not Kubernetes' own. */
const CUSTOM = {
  'external-secrets.io/v1 ExternalSecret': z.strictObject({
    apiVersion: z.literal('external-secrets.io/v1'),
    kind: z.literal('ExternalSecret'),
    metadata: z.strictObject({
      name: z.string(),
      namespace: z.string(),
      labels: z.record(z.string(), z.string()).optional(),
      annotations: z.record(z.string(), z.string()).optional(),
    }),
    spec: z.strictObject({
      refreshInterval: z.string().regex(/^\d+[hms]$/),
      secretStoreRef: z.strictObject({
        kind: z.enum(['SecretStore', 'ClusterSecretStore']),
        name: z.string(),
      }),
      target: z.strictObject({
        name: z.string(),
        creationPolicy: z.enum(['Owner', 'Orphan', 'Merge', 'None']),
        deletionPolicy: z.enum(['Delete', 'Merge', 'Retain']),
      }),
      data: z
        .array(
          z.strictObject({
            secretKey: z.string().regex(/^[-._a-zA-Z0-9]+$/),
            remoteRef: z.strictObject({
              key: z.string(),
              property: z.string().optional(),
              version: z.string().optional(),
            }),
          }),
        )
        .min(1),
    }),
  }),
}

/**
 * What is wrong with each object by the schema of its kind: types, enums, missing and unknown fields. Takes
 * `[{ id, object }]`, gives a map from id to problems with an entry for every id.
 */
export async function schemaProblems(items) {
  const found = new Map(items.map(({ id }) => [id, []]))
  const typed = []
  for (const { id, object } of items) {
    const name = `${object.apiVersion} ${object.kind}`
    const custom = CUSTOM[name]
    if (custom !== undefined) {
      const { error } = custom.safeParse(object)
      const texts = error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? []
      found.get(id).push(...texts)
      continue
    }
    const module = `kubernetes-models/${object.apiVersion}`
    const Kind = await import(module).then(
      (kinds) => kinds[object.kind],
      () => undefined,
    )
    if (Kind === undefined) {
      found.get(id).push(`there is no ${name}`)
      continue
    }
    try {
      new Kind(object).validate()
    } catch (error) {
      const texts = (error.errors ?? [error]).map(
        ({ instancePath = '', message }) => `${instancePath} ${message}`,
      )
      found.get(id).push(...texts)
    }
    typed.push({ id, kind: object.kind, module, object })
  }
  for (const { id, problem } of unknownFields(typed)) found.get(id).push(problem)
  return found
}

/**
 * The schemas let unknown fields pass; TypeScript does not, in a literal. All objects are one file, one line each, so a
 * complaint's line says which it is.
 */
function unknownFields(items) {
  mkdirSync(CACHE, { recursive: true })
  const folder = mkdtempSync(CACHE)
  try {
    const lines = items.map(
      ({ kind, module, object }, index) =>
        `import type { I${kind} as T${index} } from '${module}'; export const o${index}: T${index} = ${JSON.stringify(object)}`,
    )
    writeFileSync(join(folder, 'objects.ts'), lines.join('\n'))
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          module: 'nodenext',
          strict: true,
          noEmit: true,
          skipLibCheck: true,
          types: [],
        },
        files: ['objects.ts'],
      }),
    )
    const { stdout } = spawnSync(process.execPath, [TSC, '-p', folder, '--pretty', 'false'], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    })
    return stdout.split('\n').flatMap((line) => {
      if (!line.includes('error TS')) return []
      const [, row, text] = /objects\.ts\((\d+),\d+\): error TS\d+: (.*)/.exec(line) ?? []
      // Anything else is no finding but a check that does not work.
      if (row === undefined) throw new Error(line)
      return [{ id: items[Number(row) - 1].id, problem: text.slice(0, 240) }]
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}
