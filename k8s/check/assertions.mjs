import { deepStrictEqual } from 'node:assert'
import { parse } from 'yaml'
import { gatewayConfig, originsOf } from '../../local/dist/src/gateway-config.js'
import { DEFAULT_PORTS } from '../../local/dist/src/world.js'
import { PROGRAMS, SECRET_OPTIONS } from './programs.mjs'
import { blocksHold, matches } from './world.mjs'

const VERSIONS = new Set([
  'v1',
  'apps/v1',
  'autoscaling/v2',
  'networking.k8s.io/v1',
  'policy/v1',
  'external-secrets.io/v1',
])
const CLUSTER_KINDS = new Set(['Namespace'])
/** The SDK writes a comment into a silent stream this often (`DEFAULT_SSE_KEEP_ALIVE_MS` of its server package). */
const HEARTBEAT_S = 15
/** `UPSTREAM_IDLE_MS` of the gateway: when it gives up an unused connection to the MCP server. */
const GATEWAY_GIVES_UP_MS = 4000
/** `CLEANUP_MS` of the MCP server: queries that it stops after the drain. */
const SERVER_CLEANUP_MS = 5000

const label = ({ kind, metadata }) => `${kind}/${metadata.name}`
const podOf = (workload) => workload.spec.template.spec
const eachContainer = (world, find) =>
  world.deployments.flatMap((workload) =>
    world
      .containersOf(workload)
      .flatMap((container) =>
        find(container, workload).map(
          (problem) => `${label(workload)} ${container.name}: ${problem}`,
        ),
      ),
  )
const unless = (holds, problem) => (holds ? [] : [problem])
const portsOf = ({ ports = [] }) => ports

/** Attributes of an ALB annotation: `a=1,b=2`. */
const attributes = (text = '') =>
  Object.fromEntries(text.split(',').map((pair) => pair.trim().split('=')))

const annotationOf = (ingress, name) =>
  ingress.metadata.annotations?.[`alb.ingress.kubernetes.io/${name}`]

/** The configuration that a program would run with. Throws as it would. */
function configOf(world, name) {
  const workload = world.deployments.find((one) =>
    world.containersOf(one).some((container) => container.name === name),
  )
  const container = world.container(workload, name)
  return PROGRAMS[name].load(world.environmentOf(container), world.readerOf(workload, container))
}

const policiesFor = (world, name, direction) =>
  world.all('NetworkPolicy').filter(({ spec }) => {
    const { labels } = world.deployment(name).spec.template.metadata
    return (
      spec.policyTypes.includes(direction) && matches(spec.podSelector.matchLabels ?? {}, labels)
    )
  })
const rulesFor = (world, name, direction) =>
  policiesFor(world, name, direction).flatMap(({ spec }) => spec[direction.toLowerCase()] ?? [])

/** Whether the pods of a Deployment may open a connection to an address. */
const reaches = (world, name, address, port) =>
  rulesFor(world, name, 'Egress').some(
    (rule) =>
      (rule.ports ?? [{ port }]).some((one) => one.port === undefined || one.port === port) &&
      (rule.to === undefined || blocksHold(rule.to, address)),
  )

/** Where the node's own credentials, the API server, other pods and other machines of the network are. */
const METADATA = ['169.254.169.254', 'fd00:ec2::254']
const PRIVATE = ['10.0.0.10', '172.20.0.1', '192.168.1.1', '100.64.0.1', 'fd12:3456::1']
const PUBLIC = ['52.94.5.1', '2600:1f18::1']

const preStopMs = (workload, name, world) =>
  (world.container(workload, name).lifecycle?.preStop?.sleep?.seconds ?? 0) * 1000
const graceMs = (workload) => podOf(workload).terminationGracePeriodSeconds * 1000

/**
 * What must hold of a render: a sentence, the renders that it is for (all, where not said), and a function that gives
 * what is wrong. A function that throws has found something wrong too.
 */
export const ASSERTIONS = [
  {
    says: 'every object has an API version that Kubernetes serves for good',
    problems: ({ objects }) =>
      objects
        .filter(({ apiVersion }) => !VERSIONS.has(apiVersion))
        .map((object) => `${label(object)} has ${object.apiVersion}`),
  },
  {
    says: 'every object is in the one namespace, and none is there twice',
    problems: ({ objects, all }) => {
      const [namespace] = all('Namespace')
      const seen = new Set()
      return objects.flatMap((object) => {
        const id = `${object.apiVersion} ${label(object)}`
        const twice = seen.has(id)
        seen.add(id)
        const here =
          CLUSTER_KINDS.has(object.kind) || object.metadata.namespace === namespace.metadata.name
        return [...unless(!twice, `${id} is there twice`), ...unless(here, `${id} is elsewhere`)]
      })
    },
  },
  {
    says: 'the namespace enforces the restricted Pod Security standard',
    problems: ({ all }) => {
      const [{ metadata }] = all('Namespace')
      const mode = metadata.labels['pod-security.kubernetes.io/enforce']
      return unless(mode === 'restricted', `enforces ${mode}`)
    },
  },
  {
    says: 'every pod runs as a numbered user that is not root, under the default seccomp profile, apart from the host',
    problems: ({ deployments }) =>
      deployments.flatMap((workload) => {
        const pod = podOf(workload)
        const { runAsNonRoot, runAsUser, seccompProfile } = pod.securityContext ?? {}
        const host = pod.hostNetwork || pod.hostPID || pod.hostIPC
        const volumes = (pod.volumes ?? []).filter(({ configMap, secret }) => !configMap && !secret)
        return [
          ...unless(runAsNonRoot === true && runAsUser > 0, 'may be root'),
          ...unless(seccompProfile?.type === 'RuntimeDefault', 'has no seccomp profile'),
          ...unless(!host, 'shares a namespace of the host'),
          ...unless(volumes.length === 0, `mounts ${volumes.map(({ name }) => name)}`),
        ].map((problem) => `${label(workload)} ${problem}`)
      }),
  },
  {
    says: 'every container is restricted: no capability, no escalation, a read-only root',
    problems: (world) =>
      eachContainer(world, ({ securityContext = {}, ports = [] }) => {
        const { capabilities = {}, runAsUser, runAsNonRoot } = securityContext
        return [
          ...unless(securityContext.privileged !== true, 'is privileged'),
          ...unless(securityContext.allowPrivilegeEscalation === false, 'may gain rights'),
          ...unless(securityContext.readOnlyRootFilesystem === true, 'may write to its root'),
          ...unless(capabilities.drop?.includes('ALL') === true, 'keeps capabilities'),
          ...unless((capabilities.add ?? []).length === 0, 'adds capabilities'),
          ...unless(runAsUser === undefined && runAsNonRoot === undefined, 'has a user of its own'),
          ...unless(
            ports.every(({ hostPort, containerPort }) => !hostPort && containerPort > 1023),
            'opens a port of the host or of root',
          ),
        ]
      }),
  },
  {
    says: 'every container says what it needs, and has a limit of memory',
    problems: (world) =>
      eachContainer(world, ({ resources = {} }) => [
        ...unless(resources.requests?.cpu && resources.requests.memory, 'requests nothing'),
        ...unless(resources.limits?.memory, 'has no limit of memory'),
      ]),
  },
  {
    says: 'every image has a version or a digest, and none is latest',
    problems: (world) =>
      eachContainer(world, ({ image }) =>
        unless(
          /@sha256:[0-9a-f]{64}$/.test(image) || /:(?!latest$)[\w.-]+$/.test(image),
          `runs ${image}`,
        ),
      ),
  },
  {
    says: 'no pod has a token for the Kubernetes API, nor the addresses of other Services in its environment',
    problems: ({ deployments, named }) =>
      deployments.flatMap((workload) => {
        const pod = podOf(workload)
        const account = named('ServiceAccount', pod.serviceAccountName)
        return [
          ...unless(account !== undefined, 'has no service account of its own'),
          ...unless(account?.automountServiceAccountToken === false, 'has an account with a token'),
          ...unless(pod.automountServiceAccountToken === false, 'mounts a token'),
          ...unless(pod.enableServiceLinks === false, 'has service links'),
        ].map((problem) => `${label(workload)} ${problem}`)
      }),
  },
  {
    says: 'the server has no AWS identity: no role, no key, no agent, no token',
    problems: (world) => {
      const workload = world.deployment('mcp-server')
      const pod = podOf(workload)
      const account = world.named('ServiceAccount', pod.serviceAccountName)
      const env = world.environmentOf(world.container(workload, 'mcp-server'))
      const keys = Object.keys(env).filter((name) =>
        /^AWS_(ACCESS|SECRET|SESSION|ROLE|WEB_IDENTITY|PROFILE|CONTAINER|SHARED|CONFIG)/.test(name),
      )
      const annotations = JSON.stringify([
        account.metadata.annotations,
        workload.spec.template.metadata,
      ])
      return [
        ...unless(!/amazonaws|iam/.test(annotations), `is annotated: ${annotations}`),
        ...unless(pod.serviceAccountName !== 'gateway', 'shares the account of the gateway'),
        ...unless(keys.length === 0, `has ${keys.join(', ')}`),
        ...unless(env.CREDENTIALS === 'request', `has CREDENTIALS=${env.CREDENTIALS}`),
        ...unless(!reaches(world, 'mcp-server', '169.254.170.23', 80), 'reaches the agent'),
      ]
    },
  },
  {
    says: 'every selector finds the pods that it is for, and no label is on two Deployments',
    problems: (world) => {
      const one = (name, selector) => {
        const found = world.selected(selector)
        return unless(
          Object.keys(selector ?? {}).length > 0 && found.length === 1,
          `${name} selects ${found.length} Deployments`,
        )
      }
      return [
        ...world.deployments.flatMap((workload) => [
          ...one(label(workload), workload.spec.selector.matchLabels),
          ...(podOf(workload).topologySpreadConstraints ?? []).flatMap(({ labelSelector }) =>
            one(`the spread of ${label(workload)}`, labelSelector.matchLabels),
          ),
        ]),
        ...world.all('Service').flatMap((service) => one(label(service), service.spec.selector)),
        ...world
          .all('PodDisruptionBudget')
          .flatMap((budget) => one(label(budget), budget.spec.selector.matchLabels)),
        ...world.all('NetworkPolicy').flatMap((policy) => {
          const own = policy.spec.podSelector.matchLabels
          const peers = [...(policy.spec.ingress ?? []), ...(policy.spec.egress ?? [])]
            .flatMap(({ from = [], to = [] }) => [...from, ...to])
            .filter((peer) => peer.podSelector && !peer.namespaceSelector)
          return [
            ...(own === undefined ? [] : one(label(policy), own)),
            ...peers.flatMap(({ podSelector }) =>
              one(`a peer of ${label(policy)}`, podSelector.matchLabels),
            ),
          ]
        }),
      ]
    },
  },
  {
    says: 'every Service sends to a named port that its pods have, under the same number',
    problems: (world) =>
      world.all('Service').flatMap((service) => {
        const [workload] = world.selected(service.spec.selector)
        const open = workload === undefined ? [] : world.containersOf(workload).flatMap(portsOf)
        return service.spec.ports.flatMap(({ port, targetPort }) => {
          const target = open.find(({ name }) => name === targetPort)
          return unless(
            target?.containerPort === port,
            `${label(service)} sends ${port} to ${targetPort} (${target?.containerPort})`,
          )
        })
      }),
  },
  {
    says: 'every probe asks a path that its program answers, on a port that it opens',
    problems: (world) =>
      eachContainer(world, (container, workload) => {
        const program = PROGRAMS[container.name]
        const main = podOf(workload).containers.includes(container)
        const probe = (name, isRight) => {
          const get = container[name]?.httpGet
          const open = portsOf(container).some((one) => one.name === get?.port)
          return unless(
            get && open && isRight(get.path),
            `${name} asks ${get?.path} of ${get?.port}`,
          )
        }
        return [
          ...probe('startupProbe', program.live),
          ...probe('livenessProbe', program.live),
          ...(main ? probe('readinessProbe', program.ready) : []),
        ]
      }),
  },
  {
    says: 'every name in the environment is an option of its program, and stands there once',
    problems: (world) =>
      eachContainer(world, (container) => {
        const { options } = PROGRAMS[container.name]
        const own = (container.env ?? []).map(({ name }) => name)
        const names = Object.keys(world.environmentOf(container))
        return [
          ...names.filter((name) => !options.has(name)).map((name) => `${name} is no option`),
          ...own.filter((name, at) => own.indexOf(name) !== at).map((name) => `${name} is twice`),
        ]
      }),
  },
  {
    says: 'every program starts with the environment and the files that its pod gives it',
    problems: (world) =>
      eachContainer(world, (container, workload) => {
        try {
          PROGRAMS[container.name].load(
            world.environmentOf(container),
            world.readerOf(workload, container),
          )
          return []
        } catch (error) {
          return [error.message]
        }
      }),
  },
  {
    says: 'every program listens on all addresses, on the port that its container names',
    problems: (world) =>
      eachContainer(world, (container) => {
        const config = configOf(world, container.name)
        const open = new Map(portsOf(container).map((one) => [one.name, one.containerPort]))
        const [first] = open.values()
        return [
          ...unless(config.host === '0.0.0.0', `listens on ${config.host}`),
          ...unless(config.port === first, `listens on ${config.port}, names ${first}`),
          ...(container.name === 'gateway'
            ? [
                ...unless(config.metricsHost === '0.0.0.0', 'hides its metrics'),
                ...unless(config.metricsPort === open.get('metrics'), 'has metrics elsewhere'),
              ]
            : []),
        ]
      }),
  },
  {
    says: 'the gateway finds the server by its Service, and both seal what passes between them',
    problems: (world) => {
      const { upstreamUrl, upstreamSealKeys, ...config } = configOf(world, 'gateway')
      const { hostname, port } = new URL(upstreamUrl)
      const service = world.named('Service', hostname)
      const dangerous = Object.keys(config).filter(
        (key) => key.startsWith('dangerously') && config[key] === true,
      )
      const environment = world.environmentOf(
        world.container(world.deployment('mcp-server'), 'mcp-server'),
      )
      return [
        ...unless(
          service?.spec.ports.some((one) => String(one.port) === port),
          `asks ${upstreamUrl}`,
        ),
        ...unless(
          world.selected(service?.spec.selector)[0]?.metadata.name === 'mcp-server',
          'asks something else',
        ),
        ...unless(upstreamSealKeys.length > 0, 'the gateway seals nothing'),
        ...unless(environment.UPSTREAM_SEAL_KEYS_FILE, 'the server has no keys'),
        ...unless(dangerous.length === 0, `${dangerous.join(', ')} is set`),
      ]
    },
  },
  {
    says: 'the HorizontalPodAutoscalers keep two or more of each, and go down slowly',
    renders: ['base', 'eks', 'pod identity'],
    problems: (world) =>
      ['gateway', 'mcp-server'].flatMap((name) => {
        const scaler = world.named('HorizontalPodAutoscaler', name)
        const { scaleTargetRef, minReplicas, maxReplicas, behavior } = scaler.spec
        const target = world.named(scaleTargetRef.kind, scaleTargetRef.name)
        return [
          ...unless(target?.metadata.name === name, `scales ${scaleTargetRef.name}`),
          ...unless(target?.spec.replicas === undefined, 'fights with replicas'),
          ...unless(minReplicas >= 2 && maxReplicas > minReplicas, 'keeps fewer than two'),
          ...unless(
            behavior?.scaleDown?.stabilizationWindowSeconds >= 300,
            'goes down at every pause',
          ),
        ].map((problem) => `${label(scaler)} ${problem}`)
      }),
  },
  {
    says: 'the PodDisruptionBudgets leave one of two running, and let nodes drain',
    problems: (world) =>
      ['gateway', 'mcp-server'].flatMap((name) => {
        const budget = world.named('PodDisruptionBudget', name)
        const found = world.selected(budget.spec.selector.matchLabels)
        return [
          ...unless(found[0]?.metadata.name === name, 'is for nothing'),
          ...unless(budget.spec.maxUnavailable === 1, 'allows another number than one'),
        ].map((problem) => `${label(budget)} ${problem}`)
      }),
  },
  {
    says: 'a rolling update takes no pod away before a new one is ready',
    renders: ['base', 'eks', 'pod identity'],
    problems: ({ deployments }) =>
      deployments.flatMap((workload) => {
        const { type, rollingUpdate } = workload.spec.strategy ?? {}
        return unless(
          type === 'RollingUpdate' &&
            rollingUpdate?.maxUnavailable === 0 &&
            rollingUpdate.maxSurge >= 1,
          `${label(workload)} does`,
        )
      }),
  },
  {
    says: 'the grace period is longer than preStop and drain together, and the drain longer than the longest query',
    problems: (world) => {
      const gateway = world.deployment('gateway')
      const server = world.deployment('mcp-server')
      const { drainMs, drainIdleMs } = configOf(world, 'gateway')
      const config = configOf(world, 'mcp-server')
      const gatewayPreStop = preStopMs(gateway, 'gateway', world)
      const serverPreStop = preStopMs(server, 'mcp-server', world)
      return [
        ...unless(
          gatewayPreStop >= 5000 && serverPreStop >= 5000,
          'no preStop outwaits kube-proxy',
        ),
        ...unless(
          graceMs(gateway) > gatewayPreStop + drainMs,
          'the gateway is killed in its drain',
        ),
        ...unless(
          graceMs(server) > serverPreStop + config.drainTimeoutMs + SERVER_CLEANUP_MS,
          'the server is killed in its drain',
        ),
        ...unless(drainMs > config.queryDeadlineMs, 'the gateway cuts queries'),
        ...unless(config.drainTimeoutMs > config.queryDeadlineMs, 'the server cuts queries'),
        ...unless(drainIdleMs > 0 && drainIdleMs < drainMs, 'the gateway drops idle connections'),
        ...unless(
          config.drainIdleMs > GATEWAY_GIVES_UP_MS && config.drainIdleMs < config.drainTimeoutMs,
          'the server closes connections that the gateway still uses',
        ),
      ]
    },
  },
  {
    says: 'pods spread over zones and nodes',
    problems: ({ deployments }) =>
      deployments.flatMap((workload) => {
        const keys = (podOf(workload).topologySpreadConstraints ?? []).map(
          ({ topologyKey }) => topologyKey,
        )
        const wanted = ['topology.kubernetes.io/zone', 'kubernetes.io/hostname']
        return unless(
          wanted.every((key) => keys.includes(key)),
          `${label(workload)} does not`,
        )
      }),
  },
  {
    says: 'what no policy names is closed, in both directions',
    problems: ({ all }) =>
      unless(
        all('NetworkPolicy').some(
          ({ spec }) =>
            Object.keys(spec.podSelector).length === 0 &&
            spec.policyTypes.includes('Ingress') &&
            spec.policyTypes.includes('Egress') &&
            spec.ingress === undefined &&
            spec.egress === undefined,
        ),
        'nothing denies by default',
      ),
  },
  {
    says: 'only the gateway reaches the server, and only on its port',
    problems: (world) => {
      const { labels } = world.deployment('gateway').spec.template.metadata
      const rules = rulesFor(world, 'mcp-server', 'Ingress')
      return [
        ...unless(rules.length > 0, 'nobody does'),
        ...rules.flatMap(({ from = [{}], ports = [] }) => [
          ...from.flatMap((peer) =>
            unless(
              peer.podSelector?.matchLabels !== undefined &&
                Object.keys(peer).length === 1 &&
                Object.keys(peer.podSelector.matchLabels).length > 0 &&
                matches(peer.podSelector.matchLabels, labels),
              `${JSON.stringify(peer)} does too`,
            ),
          ),
          ...unless(ports.length === 1 && ports[0].port === 3334, 'on other ports too'),
        ]),
      ]
    },
  },
  {
    says: 'the server reaches DNS and what it reads, and neither the instance metadata nor anything private',
    problems: (world) => {
      const to = (address, port) => reaches(world, 'mcp-server', address, port)
      const rules = rulesFor(world, 'mcp-server', 'Egress')
      const dns = rules.filter(({ ports }) => ports.every(({ port }) => port === 53))
      const pods = rules
        .filter((rule) => !dns.includes(rule))
        .flatMap((rule) => (rule.to ?? [{}]).filter(({ ipBlock }) => ipBlock === undefined))
      const { endpointUrl } = configOf(world, 'mcp-server')
      return [
        ...unless(dns.length === 1, 'it cannot ask DNS'),
        ...[80, 443].flatMap((port) =>
          [...METADATA, ...PRIVATE]
            .filter((address) => to(address, port))
            .map((address) => `it reaches ${address}:${port}`),
        ),
        ...PUBLIC.filter((address) => to(address, 80)).map((address) => `it reaches ${address}:80`),
        ...(endpointUrl === undefined
          ? [
              ...PUBLIC.filter((address) => !to(address, 443)).map(
                (address) => `it does not reach ${address}:443`,
              ),
              ...unless(pods.length === 0, `it reaches pods: ${JSON.stringify(pods)}`),
            ]
          : [
              ...unless(
                JSON.stringify(pods) ===
                  JSON.stringify([
                    { podSelector: { matchLabels: { 'app.kubernetes.io/name': 'gateway' } } },
                  ]),
                'it does not reach the stand-in alone',
              ),
              ...PUBLIC.filter((address) => to(address, 443)),
            ]),
      ]
    },
  },
  {
    says: 'the gateway reaches DNS, the server and HTTPS, and not the instance metadata',
    problems: (world) => {
      const rules = rulesFor(world, 'gateway', 'Egress')
      const server = rules.some(
        ({ to = [], ports = [] }) =>
          to.some(
            (peer) => peer.podSelector?.matchLabels?.['app.kubernetes.io/name'] === 'mcp-server',
          ) && ports.some(({ port }) => port === 3334),
      )
      return [
        ...unless(
          rules.every(({ to, ports }) => to !== undefined && ports !== undefined),
          'anything',
        ),
        ...unless(server, 'it does not reach the server'),
        ...[80, 443].flatMap((port) =>
          METADATA.filter((address) => reaches(world, 'gateway', address, port)).map(
            (address) => `it reaches ${address}:${port}`,
          ),
        ),
        ...PUBLIC.filter((address) => !reaches(world, 'gateway', address, 443)),
      ]
    },
  },
  {
    says: 'nobody reaches the gateway but those whom a rule names, and its metrics only monitoring',
    problems: (world) =>
      rulesFor(world, 'gateway', 'Ingress').flatMap(({ from = [], ports = [] }) => {
        const open = ports.map(({ port }) => port)
        const named = from.map((peer) => peer.namespaceSelector?.matchLabels ?? {})
        return [
          ...unless(from.length > 0 && open.length === 1, 'a rule is for everyone or every port'),
          ...unless(
            from.every(({ ipBlock, podSelector, namespaceSelector }) =>
              ipBlock
                ? !blocksHold([{ ipBlock }], '198.51.100.1')
                : Object.keys((podSelector ?? namespaceSelector).matchLabels ?? {}).length > 0,
            ),
            'a rule is for the whole cluster or the whole world',
          ),
          ...unless(
            !open.includes(9090) ||
              named.every((labels) => labels['kubernetes.io/metadata.name'] === 'monitoring'),
            'others see the metrics',
          ),
        ]
      }),
  },
  {
    says: 'the metrics are on a Service of their own, which nothing publishes',
    problems: ({ all, named }) => [
      ...unless(
        named('Service', 'gateway').spec.ports.every(({ port }) => port === 8080),
        'the public Service carries more',
      ),
      ...unless(
        named('Service', 'gateway-metrics').spec.ports.every(({ port }) => port === 9090),
        'there is none',
      ),
      ...unless(
        all('Service').every(({ spec }) => spec.type === 'ClusterIP'),
        'a Service is open to the outside',
      ),
      ...unless(
        !JSON.stringify(all('Ingress')).includes('gateway-metrics'),
        'the Ingress publishes them',
      ),
    ],
  },
  {
    says: 'no ConfigMap holds a secret, and no environment says one in plain text',
    problems: (world) => {
      const names = SECRET_OPTIONS.flatMap(({ key, env }) => [key, env])
      const suspicious =
        /-----BEGIN|\b(AKIA|ASIA)[A-Z0-9]{12,}|\b[A-Za-z0-9+/]{43}=|password|passwd/
      return [
        ...world
          .all('ConfigMap')
          .flatMap((map) =>
            Object.entries(map.data ?? {}).flatMap(([key, text]) => [
              ...unless(!suspicious.test(text), `${label(map)} ${key} looks like a secret`),
              ...names
                .filter((name) => key === name || new RegExp(`\\b${name}\\b\\s*:`).test(text))
                .map((name) => `${label(map)} sets ${name}`),
            ]),
          ),
        ...eachContainer(world, ({ env = [] }) =>
          env
            .filter(
              ({ name, value }) =>
                value !== undefined && (names.includes(name) || suspicious.test(value)),
            )
            .map(({ name }) => `${name} is plain`),
        ),
      ]
    },
  },
  {
    says: 'every Secret that a pod reads is in the example, with the keys that it reads, or is rendered',
    problems: ({ deployments, secrets, named }) =>
      deployments.flatMap((workload) =>
        (podOf(workload).volumes ?? []).flatMap(({ secret }) => {
          if (secret === undefined) return []
          const name = secret.secretName
          const known =
            named('Secret', name)?.data ??
            secrets.find((one) => one.metadata.name === name)?.stringData
          return [
            ...unless(known !== undefined, `${name} comes from nowhere`),
            ...(secret.items ?? [])
              .filter(({ key }) => known?.[key] === undefined)
              .map(({ key }) => `${name} has no ${key}`),
            ...unless(secret.defaultMode === 0o440, `${name} can be read by everyone in the pod`),
            ...unless(secret.items !== undefined, `${name} is mounted whole`),
          ]
        }),
      ),
  },
  {
    says: 'the ExternalSecrets make every key that the pods read',
    renders: ['eks'],
    problems: ({ all, deployments }) =>
      deployments.flatMap((workload) =>
        podOf(workload).volumes.flatMap(({ secret }) =>
          (secret?.items ?? []).flatMap(({ key }) =>
            unless(
              all('ExternalSecret').some(
                ({ spec }) =>
                  spec.target.name === secret.secretName &&
                  spec.data.some(({ secretKey }) => secretKey === key),
              ),
              `nothing makes ${key} of ${secret.secretName}`,
            ),
          ),
        ),
      ),
  },
  {
    says: 'the load balancer speaks TLS, looks at /readyz and reaches the pods themselves',
    renders: ['eks'],
    problems: (world) => {
      const ingress = world.named('Ingress', 'gateway')
      const of = (name) => annotationOf(ingress, name)
      const [{ host, http }] = ingress.spec.rules
      const { service } = http.paths[0].backend
      const backend = world.named('Service', service.name)
      return [
        ...unless(ingress.spec.ingressClassName === 'alb', 'it is another controller’s'),
        ...unless(of('listen-ports') === '[{"HTTPS": 443}]', 'it listens without TLS'),
        ...unless(/^arn:aws[\w-]*:acm:/.test(of('certificate-arn')), 'it has no certificate'),
        ...unless(/TLS13/.test(of('ssl-policy')), 'it speaks old TLS'),
        ...unless(of('target-type') === 'ip', 'it goes through the nodes'),
        ...unless(PROGRAMS.gateway.ready(of('healthcheck-path')), 'it asks another path'),
        ...unless(
          backend?.spec.ports.some(({ name }) => name === service.port.name),
          'its backend is nothing',
        ),
        ...unless(
          `https://${host}` === configOf(world, 'gateway').publicUrl,
          'its host is not that of the public URL',
        ),
        ...unless(
          world.all('Namespace')[0].metadata.labels['elbv2.k8s.aws/pod-readiness-gate-inject'] ===
            'enabled',
          'new pods do not wait for it',
        ),
      ]
    },
  },
  {
    says: 'heartbeat < idle time of the balancer < keep-alive of the gateway; preStop + drain <= deregistration < grace',
    renders: ['eks'],
    problems: (world) => {
      const ingress = world.named('Ingress', 'gateway')
      const balancer = attributes(annotationOf(ingress, 'load-balancer-attributes'))
      const group = attributes(annotationOf(ingress, 'target-group-attributes'))
      const idle = Number(balancer['idle_timeout.timeout_seconds'])
      const deregistration = Number(group['deregistration_delay.timeout_seconds']) * 1000
      const { keepAliveTimeoutMs, drainMs } = configOf(world, 'gateway')
      const gateway = world.deployment('gateway')
      const preStop = preStopMs(gateway, 'gateway', world)
      const looks = Number(annotationOf(ingress, 'healthcheck-interval-seconds')) * 1000
      return [
        ...unless(idle > 2 * HEARTBEAT_S, `streams end after ${idle} s without a word`),
        ...unless(keepAliveTimeoutMs > idle * 1000, 'the gateway closes first'),
        ...unless(deregistration >= preStop + drainMs, 'the balancer cuts what still runs'),
        ...unless(deregistration < graceMs(gateway), 'the pod is gone before the balancer is done'),
        ...unless(preStop >= looks, 'preStop is shorter than a health check'),
      ]
    },
  },
  {
    says: 'the gateway believes X-Forwarded-For from those whom its policy lets in, and nobody else',
    renders: ['eks'],
    problems: (world) => {
      const blocks = rulesFor(world, 'gateway', 'Ingress')
        .flatMap(({ from }) => from)
        .flatMap(({ ipBlock }) => ipBlock?.cidr ?? [])
      const workload = world.deployment('gateway')
      const read = world.readerOf(workload, world.container(workload, 'gateway'))
      const { trustedProxies } = parse(read('/etc/gateway/config/gateway.yaml'))
      return unless(
        blocks.length > 0 && JSON.stringify(blocks) === JSON.stringify(trustedProxies),
        `lets in ${blocks}, believes ${trustedProxies}`,
      )
    },
  },
  {
    says: 'the gateway alone has the role of IRSA',
    renders: ['eks'],
    problems: ({ all }) =>
      all('ServiceAccount').flatMap(({ metadata }) => {
        const role = metadata.annotations?.['eks.amazonaws.com/role-arn']
        return metadata.name === 'gateway'
          ? unless(/^arn:aws[\w-]*:iam::\d{12}:role\//.test(role), `has ${role}`)
          : unless(role === undefined, `${metadata.name} has ${role}`)
      }),
  },
  {
    says: 'the gateway alone reaches the agent of Pod Identity',
    renders: ['pod identity'],
    problems: (world) => [
      ...unless(reaches(world, 'gateway', '169.254.170.23', 80), 'it does not'),
      ...unless(!reaches(world, 'mcp-server', '169.254.170.23', 80), 'the server does'),
      ...unless(
        world.all('ServiceAccount').every(({ metadata }) => metadata.annotations === undefined),
        'a role stands there besides',
      ),
    ],
  },
  {
    says: 'the local gateway has the configuration of npm start',
    renders: ['local'],
    problems: (world) => {
      const {
        port: _port,
        metricsPort: _metricsPort,
        upstreamUrl: _upstreamUrl,
        stsEndpoint: _stsEndpoint,
        ...wanted
      } = gatewayConfig(DEFAULT_PORTS, originsOf(DEFAULT_PORTS))
      const workload = world.deployment('gateway')
      const read = world.readerOf(workload, world.container(workload, 'gateway'))
      deepStrictEqual(
        parse(read('/etc/gateway/config/gateway.yaml')),
        JSON.parse(JSON.stringify(wanted)),
      )
      return []
    },
  },
  {
    says: 'the stand-ins start before the local gateway, in its pod, and are what the programs look for',
    renders: ['local'],
    problems: (world) => {
      const workload = world.deployment('gateway')
      const { initContainers = [] } = podOf(workload)
      const names = initContainers
        .filter(({ restartPolicy }) => restartPolicy === 'Always')
        .map(({ name }) => name)
      const { stsEndpoint, publicUrl } = configOf(world, 'gateway')
      const endpoint = new URL(configOf(world, 'mcp-server').endpointUrl)
      const service = world.named('Service', endpoint.hostname)
      const issuer = configOf(world, 'identity-provider')
      const aws = configOf(world, 'aws')
      return [
        ...unless(names.join() === 'identity-provider,aws', `the sidecars are ${names}`),
        ...unless(workload.spec.replicas === 1, 'there are several, who know different things'),
        ...unless(stsEndpoint === `http://127.0.0.1:${aws.port}`, `STS is at ${stsEndpoint}`),
        ...unless(
          world.selected(service?.spec.selector)[0] === workload &&
            service.spec.ports.some(({ port }) => String(port) === endpoint.port),
          `${endpoint} is nowhere`,
        ),
        ...unless(
          issuer.origin === `http://localhost:${issuer.port}`,
          `it calls itself ${issuer.origin}`,
        ),
        ...unless(aws.issuerOrigin === issuer.origin, 'AWS trusts another issuer'),
        ...unless(
          publicUrl === issuer.resourceOrigin && publicUrl === aws.resourceOrigin,
          'they know another gateway',
        ),
      ]
    },
  },
]

/** What is wrong with a render by an assertion. */
export function problemsOf({ problems }, world) {
  try {
    return problems(world)
  } catch (error) {
    return [error.message.split('\n')[0]]
  }
}
