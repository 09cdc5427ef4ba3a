import { evaluate } from './evaluate.mjs'

/** Where README.md and the templates disagree: what `commandProblems` finds, and a template or output it never names. */
export function readmeProblems(text, templates) {
  const { problems, deployed } = commandProblems(text, templates)
  for (const [file, template] of Object.entries(templates)) {
    if (!deployed.has(file)) problems.push(`does not deploy ${file}`)
    for (const output of Object.keys(template.Outputs)) {
      if (!text.includes(`\`${output}\``)) problems.push(`${file}: does not name output ${output}`)
    }
  }
  return problems
}

/**
 * Commands of a page that cannot work: they name a template or parameter that is not there, leave out one that is required,
 * give one a value that it refuses, or lack the capability that the template needs.
 */
export function commandProblems(text, templates) {
  const problems = []
  const deployed = new Set()
  for (const [, words] of text.matchAll(/aws cloudformation deploy((?:[^\n]*\\\n)*[^\n]*)/g)) {
    const command = words.replaceAll(/\\\n/g, ' ')
    const [, file] = /--template-file infrastructure\/(\S+)/.exec(command) ?? []
    const template = templates[file]
    if (template === undefined) {
      problems.push(`deploys ${file}, which is not there`)
      continue
    }
    deployed.add(file)
    const given = Object.fromEntries(
      [...command.matchAll(/\s([A-Z]\w+)=("[^"]*"|\S+)/g)].map(([, name, value]) => [
        name,
        value.replaceAll('"', ''),
      ]),
    )
    problems.push(...evaluate(template, given).problems.map((problem) => `${file}: ${problem}`))
    const iam = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::IAM::Role')
    if (iam.length > 0 && !command.includes('CAPABILITY_')) {
      problems.push(`${file}: the command lacks --capabilities`)
    }
    const named = iam.some(({ Properties }) => Properties.RoleName !== undefined)
    if (named && !command.includes('CAPABILITY_NAMED_IAM')) {
      problems.push(`${file}: makes a role with a name, which needs CAPABILITY_NAMED_IAM`)
    }
  }
  return { problems, deployed }
}
