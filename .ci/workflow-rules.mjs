// What the workflows must be, besides what actionlint knows. Pure: text in, problems out.
import { parse } from 'yaml'

/** Rights to write that some job may have, each for a stated need; nothing may write to the repository. */
const MAY_WRITE = new Set(['packages', 'id-token'])
/** Both run with the repository's secrets on what a stranger wrote. */
const FOREIGN_TRIGGERS = ['pull_request_target', 'workflow_run', 'issue_comment']

/**
 * The problems of one workflow's text, each `rule: sentence`. `known` says which npm scripts and which files there are;
 * a workflow that calls others is a problem before it runs.
 */
export function workflowProblems(text, known) {
  const workflow = parse(text)
  const problems = []
  const say = (rule, sentence) => problems.push(`${rule}: ${sentence}`)

  for (const line of text.split('\n')) {
    const used = /^\s*(?:- )?uses:\s*(\S+)(.*)$/.exec(line)
    if (used === null) continue
    const [, action, rest] = used
    if (action.startsWith('./')) {
      if (!known.file(action)) say('exists', `${action} is not there`)
      continue
    }
    if (!/^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/.test(action)) {
      say('pinned', `${action} is not pinned by a full commit hash`)
    } else if (!/^ # v\d+\.\d+\.\d+$/.test(rest)) {
      say('version', `${action} has no comment with its exact version`)
    }
  }

  const triggers = namesOf(workflow.on)
  for (const trigger of FOREIGN_TRIGGERS) {
    if (triggers.includes(trigger)) say('trigger', `${trigger} runs with secrets on foreign code`)
  }
  if (workflow.permissions === undefined) say('permissions', 'the workflow states none')
  else if (!isReadOnly(workflow.permissions))
    say('permissions', 'the workflow may write everywhere')
  if (workflow.concurrency === undefined) say('concurrency', 'the workflow states none')
  if (workflow.defaults?.run?.shell !== 'bash') {
    say('shell', 'defaults.run.shell is not bash, so a failure within a pipe goes unseen')
  }

  for (const [name, job] of Object.entries(workflow.jobs ?? {})) {
    jobProblems(name, job, known, say)
  }
  return problems
}

function jobProblems(name, job, known, say) {
  if (job.permissions === undefined) say('permissions', `job ${name} states none`)
  else if (typeof job.permissions === 'string') say('permissions', `job ${name} takes all`)
  else {
    for (const [right, level] of Object.entries(job.permissions)) {
      if (level === 'write' && !MAY_WRITE.has(right)) {
        say('permissions', `job ${name} may write ${right}`)
      }
    }
  }
  if (job.secrets === 'inherit') say('secrets', `job ${name} hands on every secret`)
  if (job.uses !== undefined) return
  if (!(job['timeout-minutes'] > 0)) say('timeout', `job ${name} has no timeout-minutes`)
  if (/-latest$/.test(String(job['runs-on']))) {
    say('runner', `job ${name} runs on a moving label, ${job['runs-on']}`)
  }
  if (job['continue-on-error'] !== undefined) say('failure', `job ${name} may fail unseen`)

  for (const step of job.steps ?? []) {
    const where = `job ${name}, step ${step.name ?? step.uses ?? step.run?.split('\n')[0]}`
    if (step['continue-on-error'] !== undefined) say('failure', `${where}: may fail unseen`)
    if (
      step.uses?.startsWith('actions/checkout@') &&
      step.with?.['persist-credentials'] !== false
    ) {
      say('checkout', `${where}: leaves the token in .git/config`)
    }
    if (step.uses?.startsWith('aws-actions/configure-aws-credentials@')) {
      if (job.environment === undefined) say('environment', `${where}: AWS without an environment`)
      if (step.with?.['role-to-assume'] === undefined) say('keys', `${where}: AWS without a role`)
      if (step.with?.['aws-access-key-id'] !== undefined)
        say('keys', `${where}: long-lived AWS keys`)
    }
    if (step.run === undefined) continue
    // Everything an expression gives can hold what a stranger chose: a branch's name, an input, an output made of them.
    if (step.run.includes('$'.concat('{{'))) {
      say('injection', `${where}: an expression within run; pass it in env`)
    }
    for (const [, script] of step.run.matchAll(/npm run (?:--silent )?([\w:-]+)/g)) {
      if (!known.script(script)) say('exists', `${where}: npm run ${script} is no script`)
    }
    for (const [, file] of step.run.matchAll(
      /(?:^|\s)(?:node )?((?:\.\/|\.ci\/)[\w./-]+\.(?:sh|mjs))/gm,
    )) {
      if (!known.file(file)) say('exists', `${where}: ${file} is not there`)
    }
  }
}

/** The problems of `.github/dependabot.yml`: every ecosystem of the project, weekly, and no release on its first days. */
export function dependabotProblems(text) {
  const { version, updates = [] } = parse(text)
  const problems = []
  if (version !== 2) problems.push('version: is not 2')
  for (const ecosystem of ['npm', 'github-actions', 'docker']) {
    const update = updates.find((each) => each['package-ecosystem'] === ecosystem)
    if (update === undefined) {
      problems.push(`${ecosystem}: is missing`)
      continue
    }
    if (update.schedule?.interval !== 'weekly') problems.push(`${ecosystem}: is not weekly`)
    if (!(update.cooldown?.['default-days'] > 0)) problems.push(`${ecosystem}: has no cooldown`)
  }
  if (updates.find((each) => each['package-ecosystem'] === 'npm')?.groups === undefined) {
    problems.push('npm: is not grouped')
  }
  return problems
}

/** The bash scripts inside a workflow, with where they stand. */
export function scriptsOf(text) {
  const workflow = parse(text)
  return Object.entries(workflow.jobs ?? {}).flatMap(([name, job]) =>
    (job.steps ?? []).flatMap((step, index) =>
      step.run === undefined || (step.shell ?? 'bash') !== 'bash'
        ? []
        : [{ where: `${name}, step ${index + 1}`, script: step.run }],
    ),
  )
}

/** The hash that each action is pinned to; an action with two of them was forgotten somewhere. */
export function pinsOf(text) {
  return [...text.matchAll(/uses:\s*([\w.-]+\/[\w./-]+)@([0-9a-f]{40}) # (v[\d.]+)/g)].map(
    ([, action, hash, version]) => ({ action, pin: `${hash} ${version}` }),
  )
}

function isReadOnly(permissions) {
  if (typeof permissions === 'string') return permissions === 'read-all'
  return Object.values(permissions).every((level) => level === 'read' || level === 'none')
}

function namesOf(on) {
  if (typeof on === 'string') return [on]
  return Array.isArray(on) ? on : Object.keys(on ?? {})
}
