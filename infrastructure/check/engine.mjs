import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CelEngine, RegoEngine, SchemaValidator, TemplateFile } from '@aws/cloudformation-validate'

/** Warnings that are known and right as they are. */
const EXPLAINED = {
  W2509: 'a parameter with the ARN of a secret holds no secret',
  W9002: 'the name of a role is easier to give than its ARN',
  W9013: '`npm run iam` writes for one account',
}

/**
 * CloudFormation's resource schemas and cfn-lint's rules, offline. `validate` gives the problems and the warnings of a
 * template with these parameters, by both engines; `validateSchema` the problems by the schemas alone, which is faster.
 */
export function createEngine() {
  const engines = [new CelEngine(), new RegoEngine()]
  const schemas = new SchemaValidator()
  const folder = mkdtempSync(join(tmpdir(), 'infrastructure-'))

  const file = (text) => {
    const path = join(folder, 'template.yaml')
    writeFileSync(path, text)
    return new TemplateFile(path)
  }
  const tell = ({ severity, ruleId, message, entity, startLine }) =>
    `${severity} ${ruleId} line ${startLine ?? '?'} ${entity?.logicalId ?? ''}: ${message}`
  const isProblem = ({ severity }) => severity === 'ERROR' || severity === 'FATAL'

  return {
    rules: () => engines[0].listRules().length,
    schemas: () => schemas.schemaCount(),
    validate: (text, parameters) => {
      const problems = new Set()
      const warnings = new Set()
      for (const engine of engines) {
        const { status, diagnostics } = engine.validateStandard(file(text), {
          parameterOverrides: parameters,
        })
        if (status !== 'OK') problems.add(`${engine.engineName()}: ${status}`)
        for (const found of diagnostics) {
          if (isProblem(found)) problems.add(tell(found))
          else if (found.severity === 'WARN') {
            const why = EXPLAINED[found.ruleId]
            if (why === undefined) problems.add(`${tell(found)} (a warning that nobody explains)`)
            else warnings.add(`${tell(found)} (${why})`)
          }
        }
      }
      return { problems: [...problems], warnings: [...warnings] }
    },
    validateSchema: (text) => [...schemas.validate(file(text)).filter(isProblem).map(tell)],
    free: () => {
      for (const one of [...engines, schemas]) one.free()
      rmSync(folder, { recursive: true })
    },
  }
}
