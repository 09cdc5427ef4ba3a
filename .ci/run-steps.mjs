// Runs steps of the workflows as the runner would, with stand-ins for the programs that reach the outside, and compares
// what they called and wrote. Needs bash and jq.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'

const STAND_INS = ['aws', 'cosign', 'docker', 'kubectl', 'kustomize']
const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`
const OTHER = `sha256:${'fedcba9876543210'.repeat(4)}`
const GITHUB = {
  REGISTRY: 'ghcr.io',
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_REPOSITORY: 'Example/Gateway',
  GITHUB_REPOSITORY_OWNER: 'Example',
  GITHUB_WORKFLOW_REF: 'Example/Gateway/.github/workflows/build.yml@refs/heads/main',
}
const IMAGES = 'ghcr.io/example/cloudwatch-mcp'
const platform = (architecture) => ({ platform: { os: 'linux', architecture } })
const attestation = {
  platform: { os: 'unknown', architecture: 'unknown' },
  annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
}
const index = (...manifests) => JSON.stringify({ manifests })
const resolving = (env, replies = {}) => ({
  workflow: 'deploy-test.yml',
  job: 'images',
  step: 'Resolve and verify',
  env: {
    ...GITHUB,
    PLATFORM: 'eks',
    VERSION: 'main',
    GATEWAY_IMAGE_DIGEST: '',
    SERVER_IMAGE_DIGEST: '',
    ...env,
  },
  replies,
})
const verifying = (reply, env) => ({
  workflow: 'build.yml',
  job: 'verify',
  step: 'Verify, as a cluster would',
  env: { ...GITHUB, PROGRAM: 'gateway', DIGEST, ISSUER: 'https://token.example', ...env },
  replies: { docker: reply },
})
const applying = (rendered) => ({
  workflow: 'deploy-test.yml',
  job: 'eks',
  step: 'Apply',
  env: {
    OVERLAY: 'k8s/overlays/eks',
    GATEWAY_IMAGE: `${IMAGES}-gateway@${DIGEST}`,
    SERVER_IMAGE: `${IMAGES}-server@${OTHER}`,
  },
  replies: { kubectl: rendered },
})
const undoing = (env) => ({
  workflow: 'deploy-test.yml',
  job: 'eks',
  step: 'Roll back',
  env: { NAMESPACE: 'cloudwatch-mcp', GATEWAY_REVISION: '', SERVER_REVISION: '', ...env },
})

/**
 * What is run, and what must come of it: `calls` are the stand-ins' commands in order, `some` commands among them, `output` the step's
 * outputs, `files` what is left in RUNNER_TEMP, `fails` that the step must not succeed.
 */
export const STEPS = [
  {
    title: 'an image is named in lower case',
    workflow: 'build.yml',
    job: 'image',
    step: 'Name of the image, in the lower case that a registry wants',
    env: { ...GITHUB, PROGRAM: 'server' },
    output: [`image=${IMAGES}-server`],
  },
  {
    title: 'each program has its digest as an output of its own',
    workflow: 'build.yml',
    job: 'image',
    step: 'Digest',
    env: { PROGRAM: 'server', DIGEST },
    output: [`server=${DIGEST}`],
  },
  {
    title: 'an index with both platforms and their attestations is good',
    ...verifying(index(platform('amd64'), platform('arm64'), attestation, attestation)),
    some: [
      `cosign verify --certificate-identity https://github.com/${GITHUB.GITHUB_WORKFLOW_REF} --certificate-oidc-issuer https://token.example ${IMAGES}-gateway@${DIGEST}`,
    ],
  },
  {
    title: 'an index without arm64 is not',
    ...verifying(index(platform('amd64'), attestation, attestation)),
    fails: true,
  },
  {
    title: 'an index without an SBOM is not',
    ...verifying(index(platform('amd64'), platform('arm64'))),
    fails: true,
  },
  {
    title: 'an image without a digest is not',
    ...verifying('{}', { DIGEST: '' }),
    calls: [],
    fails: true,
  },
  {
    title: 'a tag becomes a digest, and the digest is what is verified',
    ...resolving({}, { docker: DIGEST }),
    some: [
      `docker buildx imagetools inspect ${IMAGES}-gateway:main --format {{ .Manifest.Digest }}`,
    ],
    output: [`gateway=${IMAGES}-gateway@${DIGEST}`, `server=${IMAGES}-server@${DIGEST}`],
  },
  {
    title: 'digests that are given are taken as they are',
    ...resolving({ GATEWAY_IMAGE_DIGEST: DIGEST, SERVER_IMAGE_DIGEST: OTHER }),
    calls: [
      `cosign verify --certificate-identity-regexp ^https://github.com/Example/Gateway/\\.github/workflows/build\\.yml@refs/(heads/main|tags/v[0-9.]+)$ --certificate-oidc-issuer https://token.actions.githubusercontent.com ${IMAGES}-gateway@${DIGEST}`,
      `cosign verify --certificate-identity-regexp ^https://github.com/Example/Gateway/\\.github/workflows/build\\.yml@refs/(heads/main|tags/v[0-9.]+)$ --certificate-oidc-issuer https://token.actions.githubusercontent.com ${IMAGES}-server@${OTHER}`,
    ],
    output: [`gateway=${IMAGES}-gateway@${DIGEST}`, `server=${IMAGES}-server@${OTHER}`],
  },
  {
    title: 'an image without the signature is not deployed',
    ...resolving({ GATEWAY_IMAGE_DIGEST: DIGEST }, { cosign: 'exit 1' }),
    output: [],
    fails: true,
  },
  {
    title: 'what is no digest is not deployed',
    ...resolving({ GATEWAY_IMAGE_DIGEST: 'latest' }),
    calls: [],
    output: [],
    fails: true,
  },
  {
    title: 'an unknown platform is not passed over',
    ...resolving({ PLATFORM: 'ec2' }),
    calls: [],
    fails: true,
  },
  {
    title: 'EKS: both images go in by digest',
    ...applying(`image: ${IMAGES}-gateway@${DIGEST}\nimage: ${IMAGES}-server@${OTHER}`),
    some: [
      `kustomize edit set image cloudwatch-mcp-gateway=${IMAGES}-gateway@${DIGEST} cloudwatch-mcp-server=${IMAGES}-server@${OTHER}`,
      'kubectl apply --filename TEMP/all.yaml',
    ],
  },
  {
    title: 'EKS: manifests that kept another image are not applied',
    ...applying(`image: ${IMAGES}-gateway@${DIGEST}\nimage: ${IMAGES}-server:0.1.0`),
    none: 'kubectl apply',
    fails: true,
  },
  {
    title: 'EKS: the revisions of before are remembered',
    workflow: 'deploy-test.yml',
    job: 'eks',
    step: 'Remember what runs now',
    env: { NAMESPACE: 'cloudwatch-mcp' },
    replies: { kubectl: '7' },
    output: ['gateway=7', 'server=7'],
  },
  {
    title: 'EKS: goes back to the revisions of before, and waits',
    ...undoing({ GATEWAY_REVISION: '7', SERVER_REVISION: '4' }),
    calls: [
      'kubectl --namespace cloudwatch-mcp rollout undo deployment/mcp-server --to-revision=4',
      'kubectl --namespace cloudwatch-mcp rollout status deployment/mcp-server --timeout=6m',
      'kubectl --namespace cloudwatch-mcp rollout undo deployment/gateway --to-revision=7',
      'kubectl --namespace cloudwatch-mcp rollout status deployment/gateway --timeout=6m',
    ],
  },
  { title: 'EKS: a first deployment has nothing to go back to', ...undoing({}), calls: [] },
  {
    title: 'ECS: a template in YAML is kept as it is',
    workflow: 'deploy-test.yml',
    job: 'ecs',
    step: 'Remember what runs now',
    env: { STACK: 'test' },
    replies: { aws: JSON.stringify('Resources:\n  A: !Ref B\n') },
    files: { 'before.yaml': 'Resources:\n  A: !Ref B\n\n' },
  },
  {
    title: 'ECS: a template in JSON is kept too',
    workflow: 'deploy-test.yml',
    job: 'ecs',
    step: 'Remember what runs now',
    env: { STACK: 'test' },
    replies: { aws: '{"Resources":{}}' },
    files: { 'before.yaml': '{"Resources":{}}\n' },
  },
  {
    title: 'ECS: a deployment that nobody waits for any more is ended',
    workflow: 'deploy-test.yml',
    job: 'ecs',
    step: 'End what is under way',
    env: { STACK: 'test' },
    calls: ['aws cloudformation cancel-update-stack --stack-name test'],
  },
  {
    title: 'ECS: only the images change',
    workflow: 'deploy-test.yml',
    job: 'ecs',
    step: 'Deploy',
    env: { STACK: 'test', GATEWAY_IMAGE: 'g@sha256:1', SERVER_IMAGE: 's@sha256:2' },
    calls: [
      'aws cloudformation deploy --stack-name test --template-file infrastructure/ecs.yaml --capabilities CAPABILITY_IAM --no-fail-on-empty-changeset --parameter-overrides GatewayImage=g@sha256:1 ServerImage=s@sha256:2',
    ],
  },
  {
    title: 'ECS: goes back to the template and to every parameter of before',
    workflow: 'deploy-test.yml',
    job: 'ecs',
    step: 'Roll back',
    env: { STACK: 'test' },
    before: {
      'before.json': JSON.stringify([
        { ParameterKey: 'GatewayImage', ParameterValue: 'g@sha256:0' },
        { ParameterKey: 'TaskSubnetIds', ParameterValue: 'subnet-a,subnet-b' },
        { ParameterKey: 'HostedZoneId', ParameterValue: '' },
      ]),
    },
    calls: [
      'aws cloudformation deploy --stack-name test --template-file TEMP/before.yaml --capabilities CAPABILITY_IAM --no-fail-on-empty-changeset --parameter-overrides GatewayImage=g@sha256:0 TaskSubnetIds=subnet-a,subnet-b HostedZoneId=',
    ],
  },
]

/** The problems of one of STEPS; `root` is the repository. Leaves nothing behind. */
export function stepProblems(expected, root) {
  const { workflow, job, step, env, replies = {}, before = {} } = expected
  const { jobs } = parse(readFileSync(join(root, '.github/workflows', workflow), 'utf8'))
  const script = jobs[job]?.steps.find(({ name }) => name === step)?.run
  if (script === undefined) return [`${workflow} has no step "${step}" in ${job}`]

  const folder = mkdtempSync(join(tmpdir(), 'steps-'))
  try {
    const [bin, temp, log, output] = ['bin', 'temp', 'calls', 'output'].map((name) =>
      join(folder, name),
    )
    mkdirSync(bin)
    mkdirSync(temp)
    writeFileSync(log, '')
    writeFileSync(output, '')
    for (const [name, text] of Object.entries(before)) writeFileSync(join(temp, name), text)
    for (const name of STAND_INS) {
      const reply = replies[name] ?? ''
      const answer = reply.startsWith('exit ') ? reply : `cat "$0.reply"`
      writeFileSync(join(bin, `${name}.reply`), reply)
      writeFileSync(
        join(bin, name),
        `#!/bin/bash\nprintf '%s\\n' "${name} $*" >> "$CALLS"\n${answer}\n`,
        { mode: 0o755 },
      )
    }
    const { status } = spawnSync(
      'bash',
      ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script],
      {
        cwd: root,
        env: {
          PATH: `${bin}:${process.env.PATH}`,
          CALLS: log,
          RUNNER_TEMP: temp,
          GITHUB_OUTPUT: output,
          ...env,
        },
      },
    )
    const lines = (path) =>
      readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
    const calls = lines(log).map((line) => line.replaceAll(temp, 'TEMP'))
    return [
      ...((status !== 0) === (expected.fails === true) ? [] : [`it ended with ${status}`]),
      ...(expected.calls === undefined ? [] : differences('calls', calls, expected.calls)),
      ...(expected.some ?? [])
        .filter((call) => !calls.includes(call))
        .map((call) => `not called: ${call}`),
      ...calls
        .filter((call) => expected.none !== undefined && call.startsWith(expected.none))
        .map((call) => `called: ${call}`),
      ...(expected.output === undefined
        ? []
        : differences('output', lines(output), expected.output)),
      ...Object.entries(expected.files ?? {}).flatMap(([name, text]) =>
        differences(name, [readFileSync(join(temp, name), 'utf8')], [text]),
      ),
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function differences(what, actual, expected) {
  const [is, shall] = [actual, expected].map((each) => JSON.stringify(each))
  return is === shall ? [] : [`${what}: ${is}`, `instead of ${shall}`]
}
