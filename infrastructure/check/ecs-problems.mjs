/** Seconds between two signs of life on a quiet stream. */
export const HEARTBEAT_SECONDS = 15
/** The longest that Fargate waits between SIGTERM and SIGKILL. */
const MAX_STOP_SECONDS = 120
/** CLOUDWATCH_MCP_QUERY_DEADLINE_MS: the longest that a tool call lasts. */
const QUERY_SECONDS = 45

/**
 * What is wrong with the evaluated ecs.yaml. `options` are the names that each program reads from its environment, `secret`
 * those that must not stand there in clear.
 */
export function ecsProblems(resources, options, secret) {
  const of = (type) => Object.entries(resources).filter(([, { Type }]) => Type === type)
  const tasks = Object.fromEntries(
    of('AWS::ECS::TaskDefinition').map(([id, { Properties }]) => [id, Properties]),
  )
  return [
    ...of('AWS::ECS::TaskDefinition').flatMap(([id, { Properties }]) =>
      Properties.ContainerDefinitions.flatMap((container) =>
        containerProblems(container, options[container.Name] ?? new Set(), secret).map(
          (problem) => `${id}, ${container.Name}: ${problem}`,
        ),
      ),
    ),
    ...(tasks.ServerTask.TaskRoleArn === undefined ? [] : ['the server has a task role']),
    ...of('AWS::ECS::Service').flatMap(([id, { Properties }]) =>
      serviceProblems(Properties).map((problem) => `${id}: ${problem}`),
    ),
    ...networkProblems(resources),
    ...timeProblems(resources, tasks),
    ...of('AWS::ElasticLoadBalancingV2::Listener').flatMap(([id, { Properties }]) =>
      Properties.Protocol === 'HTTPS' && /TLS13/.test(Properties.SslPolicy)
        ? []
        : [`${id}: is open without TLS`],
    ),
    ...of('AWS::Logs::LogGroup').flatMap(([id, { Properties }]) =>
      Number(Properties.RetentionInDays) > 0 ? [] : [`${id}: keeps logs for ever`],
    ),
    ...of('AWS::ApplicationAutoScaling::ScalableTarget').flatMap(([id, { Properties }]) =>
      Number(Properties.MinCapacity) <= Number(Properties.MaxCapacity)
        ? []
        : [`${id}: the fewest are more than the most`],
    ),
  ]
}

function containerProblems(container, options, secret) {
  const problems = []
  const starter = container.Essential === false
  const [user] = String(container.User).split(':')
  if (container.ReadonlyRootFilesystem !== true) problems.push('its file system can be written')
  if (!starter && !(Number(user) > 0)) problems.push('runs as root')
  if (starter && container.PortMappings !== undefined) problems.push('root has a port')
  if (container.Privileged) problems.push('is privileged')
  if (container.LinuxParameters?.InitProcessEnabled !== true) problems.push('has no init process')
  if (container.LinuxParameters?.Capabilities?.Drop?.[0] !== 'ALL')
    problems.push('has capabilities')
  if (container.LogConfiguration?.LogDriver !== 'awslogs') problems.push('its log goes nowhere')
  if (!starter && container.HealthCheck === undefined) problems.push('has no health check')
  const names = (container.Environment ?? []).map(({ Name }) => Name)
  const secrets = (container.Secrets ?? []).map(({ Name }) => Name)
  for (const name of names.filter((one) => secret.has(one))) {
    problems.push(`${name} stands in the task definition in clear`)
  }
  for (const name of starter ? [] : [...names, ...secrets]) {
    if (!options.has(name)) problems.push(`${name} is no option of the program`)
  }
  if (new Set([...names, ...secrets]).size < names.length + secrets.length) {
    problems.push('an option is set twice')
  }
  return problems
}

function serviceProblems({ DeploymentConfiguration: deployment, ...service }) {
  const problems = []
  const breaker = deployment?.DeploymentCircuitBreaker
  if (!(breaker?.Enable && breaker.Rollback)) problems.push('a bad deployment stays')
  if (Number(deployment?.MinimumHealthyPercent) < 100)
    problems.push('a deployment takes away tasks')
  if (service.DesiredCount !== undefined) problems.push('a deployment undoes the scaling')
  if (service.EnableExecuteCommand !== false) problems.push('a shell can be had in its tasks')
  return problems
}

/** Who may reach whom, as text: `from > to:port`. */
function openings(resources) {
  const rules = []
  for (const [id, { Type, Properties }] of Object.entries(resources)) {
    if (Type === 'AWS::EC2::SecurityGroup') {
      for (const rule of Properties.SecurityGroupIngress ?? [])
        rules.push([`<${id}.GroupId>`, rule])
    } else if (Type === 'AWS::EC2::SecurityGroupIngress')
      rules.push([Properties.GroupId, Properties])
  }
  return rules.map(([to, rule]) => {
    const from =
      rule.SourceSecurityGroupId ?? rule.CidrIp ?? rule.CidrIpv6 ?? rule.SourcePrefixListId
    const ports = rule.FromPort === rule.ToPort ? rule.FromPort : `${rule.FromPort}-${rule.ToPort}`
    return `${from} > ${to}:${ports}`.replaceAll(/<(\w+)\.GroupId>/g, '$1')
  })
}

function networkProblems(resources) {
  const expected = new Set([
    'LoadBalancerSecurityGroup > GatewaySecurityGroup:8080',
    'GatewaySecurityGroup > ServerSecurityGroup:3334',
  ])
  const problems = openings(resources)
    .filter((opening) => !/^[\d./]+ > LoadBalancerSecurityGroup:443$/.test(opening))
    .filter((opening) => !expected.delete(opening))
    .map((opening) => `opens ${opening}`)
  for (const [id, { Type, Properties }] of Object.entries(resources)) {
    if (Type !== 'AWS::EC2::SecurityGroup') continue
    const out = Properties.SecurityGroupEgress ?? []
    if (out.length === 0 || out.some(({ IpProtocol }) => String(IpProtocol) === '-1')) {
      problems.push(`${id}: reaches everything`)
    }
  }
  for (const [service, group] of [
    ['ServerService', 'ServerSecurityGroup'],
    ['GatewayService', 'GatewaySecurityGroup'],
  ]) {
    const { SecurityGroups } =
      resources[service].Properties.NetworkConfiguration.AwsvpcConfiguration
    if (String(SecurityGroups) !== `<${group}.GroupId>`)
      problems.push(`${service}: is in ${SecurityGroups}`)
  }
  return [...problems, ...[...expected].map((opening) => `does not open ${opening}`)]
}

function timeProblems(resources, tasks) {
  const attribute = (id, list, key) =>
    Number(resources[id].Properties[list].find(({ Key }) => Key === key)?.Value)
  const container = (task, name) =>
    tasks[task].ContainerDefinitions.find(({ Name }) => Name === name)
  const seconds = (from, name) =>
    Number(from.Environment.find(({ Name }) => Name === name)?.Value) / 1000
  const gateway = container('GatewayTask', 'gateway')
  const server = container('ServerTask', 'server')
  const idle = attribute('LoadBalancer', 'LoadBalancerAttributes', 'idle_timeout.timeout_seconds')
  const leave = attribute(
    'TargetGroup',
    'TargetGroupAttributes',
    'deregistration_delay.timeout_seconds',
  )
  const answer = seconds(gateway, 'GATEWAY_RESPONSE_HEADER_TIMEOUT_MS')
  const keepAlive = seconds(gateway, 'GATEWAY_KEEP_ALIVE_TIMEOUT_MS')
  const gatewayDrain = seconds(gateway, 'GATEWAY_DRAIN_MS')
  const serverDrain = seconds(server, 'CLOUDWATCH_MCP_DRAIN_TIMEOUT_MS')
  const ordered = [
    ['heartbeat', HEARTBEAT_SECONDS, 'idle time of the load balancer', idle],
    ['longest wait for an answer', answer, 'idle time of the load balancer', idle],
    ['idle time of the load balancer', idle, "gateway's keep-alive", keepAlive],
    ['longest tool call', QUERY_SECONDS, 'deregistration delay', leave],
    ['longest tool call', QUERY_SECONDS, "gateway's drain", gatewayDrain],
    ['longest tool call', QUERY_SECONDS, "server's drain", serverDrain],
    ["gateway's drain", gatewayDrain, "gateway's StopTimeout", gateway.StopTimeout],
    ["server's drain", serverDrain, "server's StopTimeout", server.StopTimeout],
    ["gateway's StopTimeout", gateway.StopTimeout, 'the most that Fargate waits', MAX_STOP_SECONDS],
    ["server's StopTimeout", server.StopTimeout, 'the most that Fargate waits', MAX_STOP_SECONDS],
  ]
  return ordered
    .filter(([, less, , more]) => !(less < more))
    .map(([what, less, than, more]) => `${what} (${less} s) is not below ${than} (${more} s)`)
}
