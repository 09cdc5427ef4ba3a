// Workflows that must be caught, each by the rule it is named after; and one that must not.

export const GOOD = `name: good
on: pull_request
permissions: {}
concurrency: good
defaults:
  run:
    shell: bash
jobs:
  a:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions:
      contents: read
    environment: test
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
      - env:
          TITLE: \${{ github.event.pull_request.title }}
        run: echo "$TITLE"
`

const change = (from, to) => {
  if (!GOOD.includes(from)) throw new Error(`the good workflow has no ${from}`)
  return GOOD.replace(from, to)
}
/** An expression of the workflow language. */
const expression = (inner) => '$'.concat('{{ ', inner, ' }}')
const CHECKOUT = 'actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1'
const RUN = 'run: echo "$TITLE"'
const AWS =
  'uses: aws-actions/configure-aws-credentials@e6de054238d6b7531b4efff3b6587d9aade6a06c # v6.2.3'

/** Name, the tool or rule that must speak, and the text. */
export const BAD = [
  ['an action by its tag', 'pinned', change(CHECKOUT, 'actions/checkout@v7')],
  ['an action by a branch', 'pinned', change(CHECKOUT, 'actions/checkout@main')],
  ['an action by a short hash', 'pinned', change(CHECKOUT, 'actions/checkout@3d3c42e # v7.0.1')],
  ['an action without any version', 'pinned', change(CHECKOUT, 'actions/checkout')],
  ['an image as an action', 'pinned', change(CHECKOUT, 'docker://alpine:3')],
  ['a hash without its version', 'version', change(' # v7.0.1', '')],
  ['a hash with half a version', 'version', change(' # v7.0.1', ' # v7')],
  [
    'a called workflow that is not there',
    'exists',
    change(CHECKOUT, './.github/workflows/none.yml'),
  ],
  ['pull_request_target', 'trigger', change('on: pull_request', 'on: pull_request_target')],
  [
    'pull_request_target in a list',
    'trigger',
    change('on: pull_request', 'on: [push, pull_request_target]'),
  ],
  [
    'workflow_run',
    'trigger',
    change('on: pull_request', 'on:\n  workflow_run:\n    workflows: [build]'),
  ],
  ['no permissions', 'permissions', change('permissions: {}\n', '')],
  ['write-all', 'permissions', change('permissions: {}', 'permissions: write-all')],
  [
    'a right to write for every job',
    'permissions',
    change('permissions: {}', 'permissions:\n  contents: write'),
  ],
  [
    'a job without permissions',
    'permissions',
    change('    permissions:\n      contents: read\n', ''),
  ],
  [
    'a job that may write to the repository',
    'permissions',
    change('      contents: read', '      contents: write'),
  ],
  [
    'a job with write-all',
    'permissions',
    change('    permissions:\n      contents: read', '    permissions: write-all'),
  ],
  ['no concurrency', 'concurrency', change('concurrency: good\n', '')],
  ['the default shell', 'shell', change('defaults:\n  run:\n    shell: bash\n', '')],
  ['no timeout', 'timeout', change('    timeout-minutes: 5\n', '')],
  ['a moving runner', 'runner', change('ubuntu-24.04', 'ubuntu-latest')],
  [
    'a checkout that keeps the token',
    'checkout',
    change('        with:\n          persist-credentials: false\n', ''),
  ],
  [
    'a checkout that keeps the token by choice',
    'checkout',
    change('persist-credentials: false', 'persist-credentials: true'),
  ],
  [
    'a title within run',
    'injection',
    change(RUN, `run: echo "${expression('github.event.pull_request.title')}"`),
  ],
  [
    'a branch name within run',
    'injection',
    change(RUN, `run: git log "${expression('github.head_ref')}"`),
  ],
  ['an input within run', 'injection', change(RUN, `run: echo "${expression('inputs.version')}"`)],
  [
    'an output within run',
    'injection',
    change(RUN, `run: echo "${expression('steps.a.outputs.b')}"`),
  ],
  ['a step that may fail', 'failure', change(RUN, `${RUN}\n        continue-on-error: true`)],
  [
    'a job that may fail',
    'failure',
    change('    timeout-minutes: 5', '    timeout-minutes: 5\n    continue-on-error: true'),
  ],
  [
    'every secret handed on',
    'secrets',
    `${GOOD}  b:
    permissions: {}
    uses: ./.github/workflows/test.yml
    secrets: inherit
`,
  ],
  [
    'AWS keys',
    'keys',
    `${GOOD}      - ${AWS}
        with:
          aws-region: us-east-1
          aws-access-key-id: \${{ secrets.KEY }}
`,
  ],
  [
    'AWS without an environment',
    'environment',
    `${change('    environment: test\n', '')}      - ${AWS}
        with:
          aws-region: us-east-1
          role-to-assume: \${{ vars.ROLE }}
`,
  ],
  ['an npm script that is not there', 'exists', change(RUN, 'run: npm run no-such-script')],
  ['a script that is not there', 'exists', change(RUN, 'run: ./no-such-script.sh')],
  ['a program that is not there', 'exists', change(RUN, 'run: node .ci/no-such-program.mjs')],
  [
    'a key that workflows do not have',
    'actionlint',
    change('timeout-minutes: 5', 'timeout-minute: 5\n    timeout-minutes: 5'),
  ],
  [
    'a context that is not there',
    'actionlint',
    change('github.event.pull_request.title', 'github.nothing'),
  ],
  [
    'an unknown need',
    'actionlint',
    change('    timeout-minutes: 5', '    timeout-minutes: 5\n    needs: nobody'),
  ],
  ['an unquoted variable', 'shellcheck', change(RUN, 'run: rm -r $TITLE')],
  ['a variable that nobody set', 'shellcheck', change(RUN, 'run: echo "$title"')],
  [
    'a test that is always true',
    'shellcheck',
    change(RUN, 'run: '.concat('|\n          if [ "$TITLE"=main ]; then echo main; fi')),
  ],
]

const DEPENDABOT_ALL = `version: 2
updates:
  - { package-ecosystem: npm, directory: /, schedule: { interval: weekly }, cooldown: { default-days: 7 }, groups: { all: { patterns: ['*'] } } }
  - { package-ecosystem: github-actions, directory: /, schedule: { interval: weekly }, cooldown: { default-days: 7 } }
  - { package-ecosystem: docker, directory: /, schedule: { interval: weekly }, cooldown: { default-days: 7 } }
`

export const GOOD_DEPENDABOT = DEPENDABOT_ALL

export const BAD_DEPENDABOT = [
  [
    'no images',
    'docker: is missing',
    DEPENDABOT_ALL.replace('ecosystem: docker', 'ecosystem: gomod'),
  ],
  ['every day', 'npm: is not weekly', DEPENDABOT_ALL.replace('weekly', 'daily')],
  [
    'no cooldown',
    'npm: has no cooldown',
    DEPENDABOT_ALL.replace(', cooldown: { default-days: 7 }', ''),
  ],
  ['no groups', 'npm: is not grouped', DEPENDABOT_ALL.replace(/, groups: .*\}/, ' }')],
]
