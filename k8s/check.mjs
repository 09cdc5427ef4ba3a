// Renders the base and every overlay and checks the result: each object by the schema of its kind, and what the objects
// have to be to each other, to the programs (their options, their routes, their configuration) and to the network. Then
// it makes known mistakes and looks whether they are found. Usage: npm run k8s:check
import { readFileSync } from 'node:fs'
import { ASSERTIONS, problemsOf } from './check/assertions.mjs'
import { MUTATIONS } from './check/mutations.mjs'
import { findKubectl, parseObjects, render } from './check/render.mjs'
import { schemaProblems } from './check/schemas.mjs'
import { createWorld } from './check/world.mjs'

const RENDERS = {
  base: 'k8s/base',
  eks: 'k8s/overlays/eks',
  local: 'k8s/overlays/local',
  'pod identity': 'k8s/check/with-pod-identity',
}

let passed = 0
const failures = []
const judge = (name, problems) => {
  if (problems.length === 0) passed += 1
  else failures.push(`${name}\n${problems.map((problem) => `      ${problem}`).join('\n')}`)
}
const idOf = (render, { kind, metadata }) => `${render}: ${kind}/${metadata?.name}`

const { kubectl, version } = findKubectl()
console.log(`kubectl ${version}`)

const example = readFileSync(new URL('base/secrets.example.yaml', import.meta.url), 'utf8')
const secrets = parseObjects(example, 'secrets.example.yaml')
const rendered = Object.entries(RENDERS).map(([name, folder]) => [name, render(kubectl, folder)])
const mutated = MUTATIONS.map(([name, foundBy, change, render = 'eks']) => {
  const objects = structuredClone(rendered.find(([one]) => one === render)[1])
  change(objects)
  return { name, foundBy, render, objects }
})

// One run of the schemas for everything: most of its time is its start.
const schema = await schemaProblems([
  ...[...rendered, ['example', secrets]].flatMap(([name, objects]) =>
    objects.map((object) => ({ id: idOf(name, object), object })),
  ),
  ...mutated.flatMap(({ name, objects }) =>
    objects.map((object, index) => ({ id: `${name} ${index}`, object })),
  ),
])

for (const [name, objects] of [...rendered, ['example', secrets]]) {
  for (const object of objects) {
    const id = idOf(name, object)
    judge(`${id} is not what its schema says`, schema.get(id))
  }
}
const world = (objects) => createWorld(objects, secrets)
const assertionsFor = (name) =>
  ASSERTIONS.filter(({ renders }) => renders === undefined || renders.includes(name))
for (const [name, objects] of rendered) {
  for (const assertion of assertionsFor(name)) {
    judge(`${name}: ${assertion.says}`, problemsOf(assertion, world(objects)))
  }
  console.log(`${name}: ${objects.length} objects, ${assertionsFor(name).length} assertions`)
}
for (const { name, foundBy, render, objects } of mutated) {
  const bySchema = objects.flatMap((_, index) => schema.get(`${name} ${index}`))
  const right = assertionsFor(render).filter(({ says }) => says.includes(foundBy))
  const found = right.flatMap((assertion) => problemsOf(assertion, world(objects)))
  const caught = foundBy === 'schema' ? bySchema : found
  judge(`a mistake was not found: ${name}`, caught.length > 0 ? [] : [`by "${foundBy}"`])
}
const untried = ASSERTIONS.filter(
  ({ says }) => !MUTATIONS.some(([, foundBy]) => says.includes(foundBy)),
)
judge(
  'assertions that no mistake tries',
  untried.map(({ says }) => says),
)
console.log(`${MUTATIONS.length} mistakes made`)

for (const failure of failures) console.log(`  ${failure}`)
console.log(`${passed} passed, ${failures.length} failed`)
process.exitCode = failures.length === 0 ? 0 : 1
