// Checks the templates of this folder offline: CloudFormation's schemas and rules, what a good template has, the same
// policies as `npm run iam`, and that each of these checks finds what it is for. Ends with "N passed, N failed".
import { readFileSync } from 'node:fs'
import { cognitoProblems } from './check/cognito-problems.mjs'
import { createCount } from './check/count.mjs'
import { DEPLOYMENTS, REFUSED } from './check/deployments.mjs'
import { ecsProblems } from './check/ecs-problems.mjs'
import { createEngine } from './check/engine.mjs'
import { evaluate } from './check/evaluate.mjs'
import { explainedTrust } from './check/explained-trust.mjs'
import { formProblems } from './check/form-problems.mjs'
import { IAM_SAMPLES } from './check/iam-samples.mjs'
import { kubernetesProblems } from './check/kubernetes-problems.mjs'
import { readOptions } from './check/options.mjs'
import { policyProblems } from './check/policy-problems.mjs'
import { readTemplate } from './check/read-template.mjs'
import { commandProblems, readmeProblems } from './check/readme-problems.mjs'
import { runIam } from './check/run-iam.mjs'
import { differences } from './check/same-policies.mjs'
import { SPOILED } from './check/spoiled.mjs'
import { startProblems } from './check/start-problems.mjs'

const { it, finish } = createCount()
const read = (name) => readFileSync(new URL(name, import.meta.url), 'utf8')
const none = (problems) => {
  if (problems.length > 0) throw new Error(problems.join('\n'))
}

const texts = Object.fromEntries(Object.keys(DEPLOYMENTS).map((file) => [file, read(file)]))
const templates = Object.fromEntries(
  Object.entries(texts).map(([file, text]) => [file, readTemplate(text)]),
)
const { options, secret } = readOptions()
const engine = createEngine()
const warned = new Set()
const page = read('README.md')
console.log(`${engine.schemas()} resource schemas, ${engine.rules()} rules`)

for (const [file, deployments] of Object.entries(DEPLOYMENTS)) {
  console.log(`\n${file}`)
  it('has what somebody who deploys it needs', () =>
    none(formProblems(templates[file], texts[file])))
  for (const [index, parameters] of deployments.entries()) {
    const name = `deployment ${index + 1}`
    it(`${name}: CloudFormation's schemas and rules`, () => {
      const { problems, warnings } = engine.validate(texts[file], parameters)
      for (const warning of warnings) {
        if (!warned.has(warning)) console.log(`    ${warning}`)
        warned.add(warning)
      }
      none(problems)
    })
    it(`${name}: parameters, conditions and functions resolve, policies are narrow`, () => {
      const { problems, resources } = evaluate(templates[file], parameters)
      none([...problems, ...policyProblems(resources)])
    })
    if (file === 'cognito.yaml') {
      it(`${name}: clients, scopes and pages fit together`, () =>
        none(cognitoProblems(evaluate(templates[file], parameters).resources)))
    }
    if (file !== 'ecs.yaml') continue
    it(`${name}: tasks, network and time limits`, () =>
      none(ecsProblems(evaluate(templates[file], parameters).resources, options, secret)))
    it(`${name}: the gateway starts with these options, its helpers work`, () =>
      none(startProblems(evaluate(templates[file], parameters).resources)))
  }
}

console.log('\nparameters that are refused')
for (const [file, parameters, says] of REFUSED) {
  it(`${file}: ${says}`, () => {
    const { problems } = evaluate(templates[file], parameters)
    if (!problems.some((problem) => problem.includes(says))) throw new Error(`says ${problems}`)
  })
}

console.log('\nthe same as npm run iam')
const written = new Map()
for (const sample of IAM_SAMPLES) {
  it(sample.name, () => {
    const iam = runIam(sample)
    written.set(sample, iam)
    none(differences(sample, iam, (file) => templates[file]))
  })
}
it('what it writes is a template that CloudFormation takes', () =>
  none([...written.values()].flatMap(({ template }) => engine.validate(template, {}).problems)))
it('a token with tags: the trust is what npm run explain asks for', () =>
  none(explainedTrust(templates['user-role.yaml'])))

console.log('\npages')
it('README.md names templates, parameters and outputs that there are', () =>
  none(readmeProblems(page, templates)))
it('docs/deployment.md gives commands that work', () =>
  none(commandProblems(read('../docs/deployment.md'), templates).problems))

it('gateway-role.yaml has the names of k8s/', () =>
  none(kubernetesProblems(templates['gateway-role.yaml'], (name) => read(`../k8s/${name}`))))

console.log('\nmistakes that must be found')
for (const { name, file, from, to, also, caught, says } of SPOILED) {
  it(`${file}: ${name}`, () => {
    let text = replace(texts[file] ?? page, from, to)
    if (also !== undefined) text = replace(text, ...also)
    const problems = find(caught, file, text)
    if (!problems.some((problem) => says.test(problem))) {
      throw new Error(`nobody says ${says}; ${problems.length} problems: ${problems.join('; ')}`)
    }
  })
}
engine.free()
finish()

function replace(text, from, to) {
  if (!text.includes(from)) throw new Error(`has no ${from}`)
  return text.replace(from, () => to)
}

function find(caught, file, text) {
  if (caught === 'readme') return readmeProblems(text, templates)
  if (caught === 'schema') return engine.validateSchema(text)
  if (caught === 'engine') return engine.validate(text, DEPLOYMENTS[file].at(-1)).problems
  let template
  try {
    template = readTemplate(text)
  } catch (error) {
    return [error.message]
  }
  if (caught === 'form') return formProblems(template, text)
  if (caught === 'iam') {
    return [...written].flatMap(([sample, iam]) =>
      differences(sample, iam, (name) => (name === file ? template : templates[name])),
    )
  }
  const checks = {
    cognito: cognitoProblems,
    ecs: (resources) => ecsProblems(resources, options, secret),
    policy: policyProblems,
  }
  return DEPLOYMENTS[file].flatMap((parameters) =>
    checks[caught](evaluate(template, parameters).resources),
  )
}
