/**
 * Writes what the doctor really says into `docs/doctor.md`: `node local/dist/test/support/write-doctor-examples.js`. It
 * takes the ports of `npm start`, so that the addresses in the page are the ones a reader has.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { DEFAULT_PORTS } from '../../src/world.ts'
import { DOCTOR_EXAMPLES, exampleOptions, withExamples } from './doctor-examples.ts'
import { inRepository } from './program.ts'
import { startProviderWorld } from './provider-world.ts'
import { trustedProviders } from './trusted-providers.ts'

const world = await startProviderWorld({}, DEFAULT_PORTS)
try {
  const outputs = new Map<string, string>()
  for (const example of DOCTOR_EXAMPLES) {
    const token = await example.obtain(world)
    const { out } = await world.doctor(exampleOptions(example, world), ['--token-file', '-'], token)
    outputs.set(example.name, out)
  }
  const [good] = DOCTOR_EXAMPLES
  if (good !== undefined) {
    const { rules } = exampleOptions(good, world)
    const providers = trustedProviders(world.issuers).filter(
      ({ issuer }) => issuer === world.issuers.okta || issuer === world.issuers.cognito,
    )
    outputs.set('configuration', (await world.doctor({ providers, rules })).out)
  }
  const path = inRepository('docs/doctor.md')
  writeFileSync(path, withExamples(readFileSync(path, 'utf8'), outputs))
} finally {
  await world.stop()
}
