// Processor time of the MCP server per request, beside a bare SDK server, in one run: see README.md.
// node bench/server-cost.mjs [requests per round]
import { fork } from 'node:child_process'
import { Agent, request } from 'node:http'
import { fileURLToPath } from 'node:url'

const PER_ROUND = Number(process.argv[2] ?? 200)
const ROUNDS = 5
const CONCURRENCY = 4
const MODERN = '2026-07-28'

const path = (name) => fileURLToPath(new URL(name, import.meta.url))
const children = []

/** Starts a program that tells its port, with the means to ask for its processor time. */
async function start(file, { args = [], env = {}, portOf }) {
  const child = fork(path(file), args, {
    execArgv: ['--import', new URL('report-cpu.mjs', import.meta.url).href],
    env: { PATH: process.env.PATH, NODE_NO_WARNINGS: '1', ...env },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  children.push(child)
  const port = await portOf(child)
  child.stdout.resume()
  const cpuMs = () =>
    new Promise((resolve) => {
      child.once('message', ({ user, system }) => resolve((user + system) / 1_000))
      child.send('cpu')
    })
  return { port, cpuMs }
}

const portByMessage = (child) =>
  new Promise((resolve, reject) => {
    child.once('message', ({ port }) => resolve(port))
    child.once('exit', () => reject(new Error('a program of the benchmark ended early')))
  })

/** The server under measurement is the built program, which tells its port on its log. */
const portByLog = (child) =>
  new Promise((resolve, reject) => {
    let text = ''
    child.stdout.on('data', (chunk) => {
      text += chunk
      for (const line of text.split('\n')) {
        if (line.includes('"listening"')) resolve(JSON.parse(line).port)
      }
    })
    child.once('exit', () => reject(new Error(`the server did not start: ${text}`)))
  })

const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY })

/** A request of the newest revision with the headers of a caller. */
function post(port, method, params) {
  const body = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method,
    params: {
      ...params,
      _meta: {
        'io.modelcontextprotocol/protocolVersion': MODERN,
        'io.modelcontextprotocol/clientCapabilities': {},
        'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1' },
      },
    },
  })
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': MODERN,
    'mcp-method': method,
    ...(params.name && { 'mcp-name': params.name }),
    'x-aws-access-key-id': 'ASIABENCH00000000001',
    'x-aws-secret-access-key': 'secret/bench/0123456789+abcdefghijklmnop',
    'x-aws-session-token': 'token-of-bench-0123456789==',
    'x-aws-credentials-expiration': '2099-01-01T00:00:00Z',
    'x-aws-region': 'us-east-1',
    'x-aws-role-arn': 'arn:aws:iam::111122223333:role/CloudWatchSre',
    'x-mcp-tools': '*',
  }
  return new Promise((resolve, reject) => {
    const req = request({ port, host: '127.0.0.1', path: '/mcp', method: 'POST', headers, agent })
    req.once('error', reject)
    req.once('response', (res) => {
      let text = ''
      res.setEncoding('utf8')
      res.on('data', (chunk) => {
        text += chunk
      })
      res.once('end', () => {
        const failed = res.statusCode !== 200 || /"isError":true|"error":/.test(text)
        if (failed) reject(new Error(`${method}: ${res.statusCode} ${text.slice(0, 500)}`))
        else resolve(text.length)
      })
    })
    req.end(body)
  })
}

async function load(requests, send) {
  let left = requests
  const worker = async () => {
    while (left > 0) {
      left -= 1
      await send()
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, worker))
}

const median = (values) => values.toSorted((one, other) => one - other)[values.length >> 1]

try {
  const aws = await start('fake-aws.mjs', { portOf: portByMessage })
  const env = { AWS_ENDPOINT_URL: `http://127.0.0.1:${aws.port}` }
  const bare = await start('bare-server.mjs', { portOf: portByMessage })
  const bareAws = await start('bare-server.mjs', { args: ['aws'], env, portOf: portByMessage })
  const server = await start('../mcp-server/dist/src/main.js', {
    env: { ...env, CLOUDWATCH_MCP_PORT: '0' },
    portOf: portByLog,
  })

  const metric = { namespace: 'Shop/Checkout', metricName: 'Errors' }
  const call = (name, args = {}) => ['tools/call', { name, arguments: args }]
  const cases = [
    ['bare SDK server, trivial tool', bare, ...call('hello')],
    ['bare SDK server, one AWS call', bareAws, ...call('hello')],
    ['get_metric_metadata (no AWS call)', server, ...call('get_metric_metadata', metric)],
    ['list_alarms (one AWS call)', server, ...call('list_alarms')],
    [
      'get_metric_data (one AWS call)',
      server,
      ...call('get_metric_data', { queries: [metric], points: 'values' }),
    ],
    ['tools/list', server, 'tools/list', {}],
  ]

  const costs = cases.map(() => [])
  // The first round warms up; after it the cases take turns, so that a busy machine is busy for all of them.
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [at, [, program, method, params]] of cases.entries()) {
      const before = await program.cpuMs()
      await load(PER_ROUND, () => post(program.port, method, params))
      const after = await program.cpuMs()
      if (round > 0) costs[at].push((after - before) / PER_ROUND)
    }
  }

  const medians = costs.map(median)
  const [trivial, oneCall] = medians
  console.log(
    `Processor time of the server per request, median of ${ROUNDS} rounds of ${PER_ROUND} (Node ${process.version}):\n`,
  )
  console.log(
    `${''.padEnd(36)}${'ms'.padStart(8)}${'to trivial'.padStart(12)}${'to AWS'.padStart(9)}`,
  )
  for (const [at, [name]] of cases.entries()) {
    const ms = medians[at]
    const ratios = `${(ms / trivial).toFixed(2).padStart(12)}${(ms / oneCall).toFixed(2).padStart(9)}`
    console.log(`${name.padEnd(36)}${ms.toFixed(3).padStart(8)}${ratios}`)
  }
} finally {
  agent.destroy()
  for (const child of children) child.kill()
}
