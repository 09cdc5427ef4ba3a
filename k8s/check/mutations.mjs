const find = (objects, kind, name) =>
  objects.find((object) => object.kind === kind && object.metadata.name === name)
const gateway = (objects) => find(objects, 'Deployment', 'gateway').spec.template.spec
const server = (objects) => find(objects, 'Deployment', 'mcp-server').spec.template.spec
const option = (pod, name, value) => {
  const found = pod.containers[0].env.find((one) => one.name === name)
  found.value = value
}
const config = (objects) =>
  objects.find(
    ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.startsWith('gateway-config'),
  )
const policy = (objects, name) => find(objects, 'NetworkPolicy', name).spec
const annotate = (objects, name, value) => {
  find(objects, 'Ingress', 'gateway').metadata.annotations[`alb.ingress.kubernetes.io/${name}`] =
    value
}

const SCHEMA = 'schema'

/**
 * Mistakes that somebody could make in the manifests, each with what has to find it (words of an assertion, or the schema)
 * and the render that it is made in, EKS where not said. Every assertion has one: what finds nothing is no check.
 */
export const MUTATIONS = [
  [
    'a privileged container',
    'container is restricted',
    (o) => {
      gateway(o).containers[0].securityContext.privileged = true
    },
  ],
  [
    'a root that can be written',
    'container is restricted',
    (o) => {
      server(o).containers[0].securityContext.readOnlyRootFilesystem = false
    },
  ],
  [
    'a capability that is added',
    'container is restricted',
    (o) => {
      server(o).containers[0].securityContext.capabilities.add = ['NET_ADMIN']
    },
  ],
  [
    'the user root',
    'numbered user',
    (o) => {
      gateway(o).securityContext.runAsUser = 0
    },
  ],
  [
    'no seccomp profile',
    'numbered user',
    (o) => {
      delete server(o).securityContext.seccompProfile
    },
  ],
  [
    'a path of the host',
    'numbered user',
    (o) => {
      gateway(o).volumes.push({ name: 'node', hostPath: { path: '/' } })
    },
  ],
  [
    'a namespace without a standard',
    'Pod Security',
    (o) => {
      find(o, 'Namespace', 'cloudwatch-mcp').metadata.labels['pod-security.kubernetes.io/enforce'] =
        'baseline'
    },
  ],
  [
    'no limit of memory',
    'limit of memory',
    (o) => {
      delete server(o).containers[0].resources.limits
    },
  ],
  [
    'the image latest',
    'none is latest',
    (o) => {
      gateway(o).containers[0].image = 'ghcr.io/example/cloudwatch-mcp-gateway:latest'
    },
  ],
  [
    'an image without a tag',
    'none is latest',
    (o) => {
      gateway(o).containers[0].image = 'ghcr.io/example/cloudwatch-mcp-gateway'
    },
  ],
  [
    'a token for the API',
    'token for the Kubernetes API',
    (o) => {
      server(o).automountServiceAccountToken = true
    },
  ],
  [
    'service links',
    'token for the Kubernetes API',
    (o) => {
      delete gateway(o).enableServiceLinks
    },
  ],
  [
    'a role for the server',
    'no AWS identity',
    (o) => {
      find(o, 'ServiceAccount', 'mcp-server').metadata.annotations = {
        'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/x',
      }
    },
  ],
  [
    'an access key for the server',
    'no AWS identity',
    (o) => {
      server(o).containers[0].env.push({ name: 'AWS_ACCESS_KEY_ID', value: 'x' })
    },
  ],
  [
    'the credentials of the environment',
    'no AWS identity',
    (o) => option(server(o), 'CREDENTIALS', 'environment'),
  ],
  [
    'a Service for other labels',
    'selector finds',
    (o) => {
      find(o, 'Service', 'mcp-server').spec.selector = { 'app.kubernetes.io/name': 'server' }
    },
  ],
  [
    'a Service to a wrong port',
    'named port',
    (o) => {
      find(o, 'Service', 'gateway').spec.ports[0].targetPort = 'web'
    },
  ],
  [
    'a container on another port',
    'named port',
    (o) => {
      server(o).containers[0].ports[0].containerPort = 8081
    },
  ],
  [
    'a program on another port',
    'port that its container names',
    (o) => option(gateway(o), 'GATEWAY_PORT', '8081'),
  ],
  [
    'a program on loopback',
    'listens on all addresses',
    (o) => option(server(o), 'CLOUDWATCH_MCP_SERVER_HOST', '127.0.0.1'),
  ],
  [
    'a probe of a wrong path',
    'probe asks',
    (o) => {
      gateway(o).containers[0].readinessProbe.httpGet.path = '/ready'
    },
  ],
  [
    'liveness by readiness',
    'probe asks',
    (o) => {
      gateway(o).containers[0].livenessProbe.httpGet.path = '/readyz'
    },
  ],
  [
    'no liveness',
    'probe asks',
    (o) => {
      delete server(o).containers[0].livenessProbe
    },
  ],
  [
    'a misspelled option of the gateway',
    'is an option',
    (o) => {
      gateway(o).containers[0].env.push({ name: 'GATEWAY_TRUSTED_PROXYS', value: '10.0.0.0/8' })
    },
  ],
  [
    'a misspelled option of the server',
    'is an option',
    (o) => {
      server(o).containers[0].env.push({ name: 'CLOUDWATCH_MCP_DRAIN_MS', value: '1' })
    },
  ],
  [
    'a misspelled key of the configuration',
    'program starts',
    (o) => {
      config(o).data['gateway.yaml'] += '\nallowedHost: [x]\n'
    },
  ],
  [
    'an upstream that nobody sealed',
    'program starts',
    (o) => {
      gateway(o).containers[0].env = gateway(o).containers[0].env.filter(
        ({ name }) => name !== 'UPSTREAM_SEAL_KEYS_FILE',
      )
    },
  ],
  [
    'a file that is not mounted',
    'program starts',
    (o) => option(gateway(o), 'GATEWAY_CONFIG', '/etc/gateway.yaml'),
  ],
  [
    'an upstream by another name',
    'by its Service',
    (o) => option(gateway(o), 'GATEWAY_UPSTREAM_URL', 'http://server:3334'),
  ],
  [
    'a budget for nothing',
    'selector finds',
    (o) => {
      find(o, 'PodDisruptionBudget', 'gateway').spec.selector.matchLabels = { app: 'gateway' }
    },
  ],
  [
    'a budget that lets no node drain',
    'let nodes drain',
    (o) => {
      find(o, 'PodDisruptionBudget', 'gateway').spec.maxUnavailable = 0
    },
  ],
  [
    'an autoscaler of nothing',
    'HorizontalPodAutoscalers',
    (o) => {
      find(o, 'HorizontalPodAutoscaler', 'gateway').spec.scaleTargetRef.name = 'gate'
    },
  ],
  [
    'one replica',
    'HorizontalPodAutoscalers',
    (o) => {
      find(o, 'HorizontalPodAutoscaler', 'mcp-server').spec.minReplicas = 1
    },
  ],
  [
    'replicas beside an autoscaler',
    'HorizontalPodAutoscalers',
    (o) => {
      find(o, 'Deployment', 'gateway').spec.replicas = 2
    },
  ],
  [
    'an update that takes pods away',
    'rolling update',
    (o) => {
      find(o, 'Deployment', 'gateway').spec.strategy.rollingUpdate.maxUnavailable = 1
    },
  ],
  [
    'a short grace period',
    'grace period',
    (o) => {
      gateway(o).terminationGracePeriodSeconds = 30
    },
  ],
  [
    'no preStop',
    'grace period',
    (o) => {
      delete server(o).containers[0].lifecycle
    },
  ],
  [
    'a drain shorter than a query',
    'grace period',
    (o) => option(gateway(o), 'GATEWAY_DRAIN_MS', '10000'),
  ],
  [
    'a policy that lets everyone to the server',
    'only the gateway reaches',
    (o) => {
      delete policy(o, 'mcp-server').ingress[0].from
    },
  ],
  [
    'a policy that lets a namespace to the server',
    'only the gateway reaches',
    (o) => {
      policy(o, 'mcp-server').ingress[0].from.push({ namespaceSelector: {} })
    },
  ],
  [
    'the instance metadata within reach of the server',
    'instance metadata nor',
    (o) => {
      policy(o, 'mcp-server').egress[1].to[0].ipBlock.except = ['10.0.0.0/8']
    },
  ],
  [
    'the instance metadata within reach of the gateway',
    'and not the instance metadata',
    (o) => {
      delete policy(o, 'gateway').egress[2].to[0].ipBlock.except
    },
  ],
  [
    'a server that reaches everything',
    'instance metadata nor',
    (o) => {
      policy(o, 'mcp-server').egress.push({})
    },
  ],
  [
    'no default',
    'no policy names',
    (o) => {
      o.splice(o.indexOf(find(o, 'NetworkPolicy', 'default-deny')), 1)
    },
  ],
  [
    'metrics for everyone',
    'nobody reaches the gateway',
    (o) => {
      policy(o, 'gateway').ingress[1].from = [{ namespaceSelector: {} }]
    },
  ],
  [
    'metrics on the public Service',
    'Service of their own',
    (o) => {
      find(o, 'Service', 'gateway').spec.ports.push({
        name: 'metrics',
        port: 9090,
        targetPort: 'metrics',
      })
    },
  ],
  [
    'a secret in a ConfigMap',
    'holds a secret',
    (o) => {
      config(o).data['upstream-seal-keys'] = Buffer.alloc(32, 1).toString('base64')
    },
  ],
  [
    'a secret in the environment',
    'holds a secret',
    (o) => {
      gateway(o).containers[0].env.push({ name: 'OIDC_CLIENT_SECRET', value: 'hush' })
    },
  ],
  [
    'a key that no Secret has',
    'in the example',
    (o) => {
      gateway(o)
        .volumes.find(({ secret }) => secret)
        .secret.items.push({ key: 'other', path: 'other' })
    },
  ],
  [
    'an ExternalSecret without a key',
    'ExternalSecrets make',
    (o) => {
      find(o, 'ExternalSecret', 'gateway-secrets').spec.data.pop()
    },
  ],
  [
    'an ExternalSecret with a misspelled field',
    SCHEMA,
    (o) => {
      find(o, 'ExternalSecret', 'gateway-secrets').spec.secretStore = {}
    },
  ],
  ['a balancer without TLS', 'speaks TLS', (o) => annotate(o, 'listen-ports', '[{"HTTP": 80}]')],
  ['a balancer that asks another path', 'speaks TLS', (o) => annotate(o, 'healthcheck-path', '/')],
  [
    'an idle time below the heartbeat',
    'heartbeat <',
    (o) => annotate(o, 'load-balancer-attributes', 'idle_timeout.timeout_seconds=10'),
  ],
  [
    'an idle time above the keep-alive',
    'heartbeat <',
    (o) => annotate(o, 'load-balancer-attributes', 'idle_timeout.timeout_seconds=300'),
  ],
  [
    'a deregistration that cuts streams',
    'heartbeat <',
    (o) => annotate(o, 'target-group-attributes', 'deregistration_delay.timeout_seconds=30'),
  ],
  [
    'a foreign proxy that is believed',
    'X-Forwarded-For',
    (o) => {
      config(o).data['gateway.yaml'] = config(o).data['gateway.yaml'].replace(
        '[10.0.0.0/16]',
        '[10.0.0.0/8]',
      )
    },
  ],
  [
    'an object in another namespace',
    'one namespace',
    (o) => {
      find(o, 'Service', 'gateway').metadata.namespace = 'default'
    },
  ],
  [
    'a beta version',
    'serves for good',
    (o) => {
      find(o, 'PodDisruptionBudget', 'gateway').apiVersion = 'policy/v1beta1'
    },
  ],
  [
    'a wrong kind',
    SCHEMA,
    (o) => {
      find(o, 'Service', 'gateway-metrics').kind = 'Services'
    },
  ],
  [
    'a misspelled field',
    SCHEMA,
    (o) => {
      gateway(o).containers[0].lifecycle.prestop = gateway(o).containers[0].lifecycle.preStop
    },
  ],
  [
    'a field at the wrong place',
    SCHEMA,
    (o) => {
      gateway(o).readOnlyRootFilesystem = true
    },
  ],
  [
    'a number as text',
    SCHEMA,
    (o) => {
      find(o, 'HorizontalPodAutoscaler', 'gateway').spec.minReplicas = '2'
    },
  ],
  [
    'a word that is none of those allowed',
    SCHEMA,
    (o) => {
      gateway(o).containers[0].imagePullPolicy = 'Allways'
    },
  ],
  [
    'an amount that is none',
    SCHEMA,
    (o) => {
      gateway(o).containers[0].resources.limits.memory = '512Mo'
    },
  ],
  [
    'pods that may all be on one node',
    'spread over zones',
    (o) => {
      gateway(o).topologySpreadConstraints.pop()
    },
  ],
  [
    'a role for a person instead of IRSA',
    'role of IRSA',
    (o) => {
      find(o, 'ServiceAccount', 'gateway').metadata.annotations['eks.amazonaws.com/role-arn'] =
        'arn:aws:iam::111122223333:user/x'
    },
  ],
  [
    'a server that may ask the agent of Pod Identity',
    'agent of Pod Identity',
    (o) => {
      policy(o, 'gateway-pod-identity').podSelector = {}
    },
    'pod identity',
  ],
  [
    'another person in charge at home',
    'configuration of npm start',
    (o) => {
      config(o).data['gateway.yaml'] = config(o).data['gateway.yaml'].replace(
        'team-catalog',
        'staff',
      )
    },
    'local',
  ],
  [
    'a stand-in that starts too late',
    'stand-ins start before',
    (o) => {
      delete gateway(o).initContainers[0].restartPolicy
    },
    'local',
  ],
]
