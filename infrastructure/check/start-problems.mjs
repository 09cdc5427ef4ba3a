import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError, loadConfig } from '../../gateway/dist/src/config/load.js'
import { CONFIG_FILE } from './deployments.mjs'

/**
 * Why the gateway would not start in the task of the evaluated ecs.yaml: its own reading of the options that the template
 * sets, secrets as Secrets Manager makes them, and the file as the starter container writes it.
 */
export function startProblems(resources) {
  const containers = resources.GatewayTask.Properties.ContainerDefinitions
  const starter = containers.find(({ Essential }) => Essential === false)
  const gateway = containers.find(({ Name }) => Name === 'gateway')
  const written = starter === undefined ? undefined : runStarter(starter)
  const environment = Object.fromEntries([
    ...gateway.Environment.map(({ Name, Value }) => [Name, Value]),
    ...gateway.Secrets.map(({ Name, ValueFrom }) => [Name, secretValue(ValueFrom, resources)]),
  ])
  try {
    const config = loadConfig(environment, (path) => {
      if (path === '/config/gateway.yaml' && written !== undefined) return written
      throw new Error('is not there')
    })
    return [
      ...(config.loginMode === 'facade' && config.sealKeys.length === 0 ? ['no seal keys'] : []),
      ...(config.upstreamSealKeys.length === 0 ? ['credentials would travel in clear'] : []),
      ...(config.providers.length === 0 ? ['no provider'] : []),
      ...probeProblems(gateway),
      ...probeProblems(resources.ServerTask.Properties.ContainerDefinitions[0]),
    ]
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

function secretValue(from, resources) {
  const [, id] = /^<(\w+)>$/.exec(from) ?? []
  const generate = resources[id]?.Properties.GenerateSecretString
  if (generate === undefined) return 'a-secret-of-the-issuer'
  if (!generate.ExcludePunctuation) throw new Error(`${id}: has signs that are not base64`)
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
  return [...randomBytes(generate.PasswordLength)].map((byte) => letters[byte % 62]).join('')
}

/** What the starter container leaves in its volume. */
function runStarter({ EntryPoint, Command, MountPoints }) {
  const [{ ContainerPath }] = MountPoints
  const folder = mkdtempSync(join(tmpdir(), 'starter-'))
  try {
    const words = [...EntryPoint, ...Command].map((word) => word.replaceAll(ContainerPath, folder))
    run(words, { CONFIG: CONFIG_FILE }, 0)
    return readFileSync(join(folder, 'gateway.yaml'), 'utf8')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Whether a health check tells a healthy program from an ill one and from none. */
function probeProblems({ Name, HealthCheck, PortMappings }) {
  const [kind, node, option, script] = HealthCheck.Command
  const address = `http://127.0.0.1:${PortMappings[0].ContainerPort}/healthz`
  if (kind !== 'CMD' || node !== 'node' || !script.includes(address)) {
    return [`${Name}: its health check asks elsewhere than ${address}`]
  }
  return [
    ['Promise.resolve({ok:true})', 0],
    ['Promise.resolve({ok:false})', 1],
    ["Promise.reject(new Error('refused'))", 1],
  ].flatMap(([answer, status]) => {
    const program = `globalThis.fetch=()=>${answer};${script}`
    const { status: ended } = spawnSync(process.execPath, [option, program], { timeout: 10_000 })
    return ended === status ? [] : [`${Name}: its health check ends with ${ended}, not ${status}`]
  })
}

function run([, ...words], environment, expected) {
  const { status, stderr } = spawnSync(process.execPath, words, {
    env: { PATH: process.env.PATH, ...environment },
    timeout: 10_000,
    encoding: 'utf8',
  })
  if (status !== expected) throw new Error(`the starter ended with ${status}: ${stderr}`)
}
