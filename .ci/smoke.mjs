// What must hold of a gateway that has just been deployed, asked from outside as a client would. Needs Node alone.
//
//   node .ci/smoke.mjs https://cloudwatch.example.com [--login direct|facade] [--target NAME] [--wait SECONDS]
//
// With a token it lists the tools and calls one: SMOKE_TOKEN, or a machine's credentials in SMOKE_TOKEN_URL,
// SMOKE_CLIENT_ID, SMOKE_CLIENT_SECRET (and SMOKE_SCOPE, SMOKE_AUDIENCE, SMOKE_RESOURCE where the issuer wants them).
// Ends with "N passed, N failed"; no token is ever printed.
import { parseArgs } from 'node:util'

const WAIT_BETWEEN_MS = 2000
const TIMEOUT_MS = 30_000
const PROTOCOL = '2025-06-18'
/** One call that reaches AWS, by the first of these that the caller may use. */
const TRIES = [
  ['list_log_groups', { limit: 1 }],
  ['list_alarms', { limit: 1 }],
  ['list_metrics', {}],
]

const { origin, login, target, wait } = readArguments()
const path = target === 'default' ? '/mcp' : `/mcp/${target}`
const resource = `${origin}${path}`
const metadataUrl = `${origin}/.well-known/oauth-protected-resource${path}`

let passed = 0
let failed = 0
let issuers = []

await check('/readyz says ready', waitUntilReady)
await check('/healthz answers', async () => {
  expect((await get(`${origin}/healthz`)).status, 200, 'status')
})
await check('the protected resource describes itself', async () => {
  const { status, json } = await get(metadataUrl)
  expect(status, 200, 'status')
  expect(json.resource, resource, 'resource')
  issuers = json.authorization_servers ?? []
  if (issuers.length === 0) throw new Error('no authorization server is named')
})
await check('a request without a token is told where to sign in', async () => {
  const { status, headers } = await rpc(undefined, 'ping')
  expect(status, 401, 'status')
  const challenge = headers.get('www-authenticate') ?? ''
  if (!/^Bearer /.test(challenge)) throw new Error('no Bearer challenge')
  expect(/resource_metadata="([^"]*)"/.exec(challenge)?.[1], metadataUrl, 'resource_metadata')
  if (/\berror=/.test(challenge))
    throw new Error('the challenge has an error, which only a bad token deserves')
})
await check('a token that is none is refused', async () => {
  const { status, headers } = await rpc('not-a-token', 'ping')
  expect(status, 401, 'status')
  if (!headers.get('www-authenticate')?.includes('error="invalid_token"')) {
    throw new Error('the challenge does not say invalid_token')
  }
})
await check('an unknown path is a JSON 404', async () => {
  const { status, json } = await get(`${origin}/.well-known/none-such`)
  expect(status, 404, 'status')
  expect(json.error, 'not_found', 'error')
})
await check('/metrics is not on the public port', async () => {
  expect((await get(`${origin}/metrics`)).status, 404, 'status')
})

if (login === 'facade') {
  await check('the gateway is its own authorization server', async () => {
    expect(issuers.join(' '), origin, 'authorization_servers')
  })
  for (const name of ['oauth-authorization-server', 'openid-configuration']) {
    await check(`its metadata is whole (${name})`, () =>
      checkFacadeMetadata(`${origin}/.well-known/${name}`),
    )
  }
} else {
  for (const issuer of issuers) {
    await check(`the issuer ${issuer} describes itself`, () => checkIssuer(issuer))
  }
}

const token = await obtainToken()
if (token === undefined) {
  console.log('note    no token is configured, so no tool is called')
} else {
  await check('/whoami finds a role for the machine', async () => {
    const { status, json } = await get(`${origin}/whoami`, token)
    expect(status, 200, 'status')
    const here = (json.targets ?? []).find((each) => each.target === target)
    if (here === undefined) throw new Error(`the gateway has no target ${target}`)
    if (here.refused !== undefined) throw new Error(`${here.refused}: ${here.because}`)
  })
  let names = []
  await check('the machine initializes and lists tools', async () => {
    await result(token, 'initialize', {
      protocolVersion: PROTOCOL,
      capabilities: {},
      clientInfo: { name: 'smoke', version: '1' },
    })
    names = ((await result(token, 'tools/list')).tools ?? []).map(({ name }) => name)
    if (names.length === 0) throw new Error('no tool is offered')
  })
  await check('a tool answers from AWS', async () => {
    const found = TRIES.find(([name]) => names.includes(name))
    if (found === undefined)
      throw new Error(`none of ${TRIES.map(([name]) => name).join(', ')} is offered`)
    const [name, args] = found
    const answer = await result(token, 'tools/call', { name, arguments: args })
    if (answer.isError === true) {
      throw new Error(`${name}: ${(answer.content?.[0]?.text ?? '').slice(0, 400)}`)
    }
  })
}

console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

async function check(name, run) {
  try {
    await run()
    passed += 1
    console.log(`ok      ${name}`)
  } catch (error) {
    failed += 1
    console.log(`FAILED  ${name}: ${reasonOf(error)}`)
  }
}

/** The whole of an error: fetch hides what happened in its cause. */
function reasonOf(error) {
  return error.cause === undefined
    ? error.message
    : `${error.message} (${error.cause.code ?? error.cause.message})`
}

function expect(actual, expected, what) {
  if (actual !== expected) {
    throw new Error(`${what} is ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`)
  }
}

async function waitUntilReady() {
  const deadline = Date.now() + wait * 1000
  for (;;) {
    let problem
    try {
      const { status, json } = await get(`${origin}/readyz`)
      if (status === 200) return
      problem = `status is ${status}: ${(json.problems ?? []).join('; ')}`
    } catch (error) {
      problem = reasonOf(error)
    }
    if (Date.now() >= deadline) throw new Error(problem)
    await new Promise((resolve) => setTimeout(resolve, Math.min(WAIT_BETWEEN_MS, wait * 1000)))
  }
}

async function checkFacadeMetadata(url) {
  const { status, json } = await get(url)
  expect(status, 200, 'status')
  expect(json.issuer, origin, 'issuer')
  for (const name of ['authorization_endpoint', 'token_endpoint', 'registration_endpoint']) {
    if (!String(json[name]).startsWith(`${origin}/`))
      throw new Error(`${name} is not on the gateway's origin`)
  }
  if (!json.code_challenge_methods_supported?.includes('S256'))
    throw new Error('S256 is not advertised')
  if (!json.token_endpoint_auth_methods_supported?.includes('none')) {
    throw new Error('public clients (none) are not advertised')
  }
}

/** As clients look for it: RFC 8414's place or OpenID Connect's, and in it the very name of the issuer. */
async function checkIssuer(issuer) {
  const { origin: host, pathname } = new URL(issuer)
  const tail = pathname.replace(/\/$/, '')
  const places = [
    `${host}/.well-known/oauth-authorization-server${tail}`,
    `${host}${tail}/.well-known/openid-configuration`,
  ]
  for (const place of places) {
    const { status, json } = await get(place)
    if (status !== 200) continue
    expect(json.issuer, issuer, 'issuer')
    return
  }
  throw new Error('no metadata at either place')
}

/** The machine's token, from the environment or from its issuer; undefined where none is configured. */
async function obtainToken() {
  const { SMOKE_TOKEN, SMOKE_TOKEN_URL, SMOKE_CLIENT_ID, SMOKE_CLIENT_SECRET } = process.env
  if (SMOKE_TOKEN) return SMOKE_TOKEN
  if (!SMOKE_TOKEN_URL || !SMOKE_CLIENT_ID || !SMOKE_CLIENT_SECRET) return undefined
  let token
  await check('the issuer gives the machine a token', async () => {
    const basic = [SMOKE_CLIENT_ID, SMOKE_CLIENT_SECRET].map(encodeURIComponent).join(':')
    const form = new URLSearchParams({ grant_type: 'client_credentials' })
    for (const name of ['scope', 'audience', 'resource']) {
      const value = process.env[`SMOKE_${name.toUpperCase()}`]
      if (value) form.set(name, value)
    }
    const { status, json } = await ask(SMOKE_TOKEN_URL, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(basic).toString('base64')}` },
      body: form,
    })
    if (status !== 200) throw new Error(`status is ${status}, error ${JSON.stringify(json.error)}`)
    token = json.access_token
  })
  return token
}

function get(url, bearer) {
  return ask(url, { headers: bearer === undefined ? {} : { authorization: `Bearer ${bearer}` } })
}

function rpc(bearer, method, params = {}) {
  return ask(resource, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(method === 'initialize' ? {} : { 'mcp-protocol-version': PROTOCOL }),
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
}

async function result(bearer, method, params) {
  const { status, json } = await rpc(bearer, method, params)
  expect(status, 200, `${method}: status`)
  if (json.error !== undefined) throw new Error(`${method}: ${JSON.stringify(json.error)}`)
  return json.result ?? {}
}

/** One request. Redirects are answers: nothing that carries a token follows one. */
async function ask(url, init) {
  const response = await fetch(url, {
    ...init,
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  return { status: response.status, headers: response.headers, json: parse(await response.text()) }
}

/** JSON as it is or as the last event of a stream; an empty object where it is neither. */
function parse(text) {
  const event = text
    .split('\n')
    .filter((line) => line.startsWith('data:'))
    .at(-1)
  try {
    return JSON.parse(event === undefined ? text : event.slice('data:'.length)) ?? {}
  } catch {
    return {}
  }
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        login: { type: 'string', default: 'direct' },
        target: { type: 'string', default: 'default' },
        wait: { type: 'string', default: '60' },
      },
    })
    if (positionals.length !== 1) throw new Error('give the public URL of the gateway')
    if (!['direct', 'facade'].includes(values.login)) throw new Error('--login is direct or facade')
    if (!/^\d+$/.test(values.wait)) throw new Error('--wait is a number of seconds')
    return { ...values, origin: new URL(positionals[0]).origin, wait: Number(values.wait) }
  } catch (error) {
    console.error(
      `${error.message}\nnode .ci/smoke.mjs URL [--login direct|facade] [--target NAME] [--wait SECONDS]`,
    )
    process.exit(2)
  }
}
