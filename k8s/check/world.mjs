import { randomBytes } from 'node:crypto'
import { BlockList, isIPv6 } from 'node:net'

/**
 * What can be asked of the objects of one render. `secrets` are Secrets that the render leaves to others, in the form of
 * `base/secrets.example.yaml`; their values are made up here.
 */
export function createWorld(objects, secrets) {
  const all = (kind) => objects.filter((object) => object.kind === kind)
  const named = (kind, name) => all(kind).find(({ metadata }) => metadata.name === name)
  const deployments = all('Deployment')
  const containersOf = ({ spec }) => {
    const { initContainers = [], containers } = spec.template.spec
    return [...containers, ...initContainers]
  }
  const deployment = (name) => named('Deployment', name)
  const container = (workload, name) => {
    const found = containersOf(workload).find((one) => one.name === name)
    if (found === undefined) throw new Error(`${workload.metadata.name} has no container ${name}`)
    return found
  }

  /** The text of a Secret's keys, by the name that pods know it by. */
  const secretData = (name) => {
    const rendered = named('Secret', name)
    if (rendered !== undefined) {
      return Object.fromEntries(
        Object.entries(rendered.data ?? {}).map(([key, value]) => [
          key,
          Buffer.from(value, 'base64').toString(),
        ]),
      )
    }
    const example = secrets.find(({ metadata }) => metadata.name === name)
    if (example === undefined) throw new Error(`nothing makes the Secret ${name}`)
    return Object.fromEntries(
      Object.keys(example.stringData).map((key) => [
        key,
        key.endsWith('seal-keys') ? randomBytes(32).toString('base64') : 'made up',
      ]),
    )
  }
  const configData = (name) => {
    const found = named('ConfigMap', name)
    if (found === undefined) throw new Error(`there is no ConfigMap ${name}`)
    return found.data
  }
  const keyOf = (data, key, where) => {
    if (data[key] === undefined) throw new Error(`${where} has no ${key}`)
    return data[key]
  }

  /** The environment that the kubelet would give a container. */
  const environmentOf = ({ env = [], envFrom = [] }) => {
    const given = envFrom.map(({ configMapRef, secretRef }) =>
      configMapRef === undefined ? secretData(secretRef.name) : configData(configMapRef.name),
    )
    const own = env.map(({ name, value, valueFrom }) => {
      if (valueFrom === undefined) return [name, value ?? '']
      const { configMapKeyRef, secretKeyRef } = valueFrom
      const ref = configMapKeyRef ?? secretKeyRef
      if (ref === undefined) throw new Error(`${name} has a source that the check does not know`)
      const data = configMapKeyRef === undefined ? secretData(ref.name) : configData(ref.name)
      return [name, keyOf(data, ref.key, ref.name)]
    })
    return Object.assign({}, ...given, Object.fromEntries(own))
  }

  /** A reader of the files that are mounted into a container. */
  const readerOf = (workload, { volumeMounts = [] }) => {
    const { volumes = [] } = workload.spec.template.spec
    const files = new Map()
    for (const { name, mountPath } of volumeMounts) {
      const volume = volumes.find((one) => one.name === name)
      if (volume === undefined) throw new Error(`${name} is mounted and is no volume`)
      const { configMap, secret } = volume
      const data = secret === undefined ? configData(configMap.name) : secretData(secret.secretName)
      const items =
        (configMap ?? secret).items ?? Object.keys(data).map((key) => ({ key, path: key }))
      for (const { key, path } of items) {
        files.set(`${mountPath}/${path}`, keyOf(data, key, name))
      }
    }
    return (path) => keyOf(Object.fromEntries(files), path, workload.metadata.name)
  }

  return {
    objects,
    secrets,
    all,
    named,
    deployments,
    deployment,
    container,
    containersOf,
    environmentOf,
    readerOf,
    /** Deployments whose pods have all of these labels. */
    selected: (labels = {}) =>
      deployments.filter(({ spec }) => matches(labels, spec.template.metadata.labels)),
  }
}

/** Whether labels have every pair that a selector wants. */
export function matches(wanted, labels = {}) {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value)
}

/** Whether one of the peers is the address, by their blocks. */
export function blocksHold(peers, address) {
  const family = isIPv6(address) ? 'ipv6' : 'ipv4'
  const holds = (cidr) => {
    const [network, prefix] = cidr.split('/')
    if ((isIPv6(network) ? 'ipv6' : 'ipv4') !== family) return false
    const list = new BlockList()
    list.addSubnet(network, Number(prefix), family)
    return list.check(address, family)
  }
  return peers.some(
    ({ ipBlock }) =>
      ipBlock !== undefined && holds(ipBlock.cidr) && !(ipBlock.except ?? []).some(holds),
  )
}
