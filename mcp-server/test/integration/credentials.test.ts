import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { callerHeaders, rawHeaders } from '../support/caller-headers.ts'
import { rawRequest } from '../support/raw-request.ts'
import { post, textOf, toolCall } from '../support/rpc.ts'
import { type RunningServer, startServer } from '../support/running-server.ts'

const KEY = 'x-aws-access-key-id'
const SECRET = 'x-aws-secret-access-key'
const TOKEN = 'x-aws-session-token'
const EXPIRATION = 'x-aws-credentials-expiration'

type Refused = Readonly<{
  title: string
  headers: Readonly<Record<string, string | undefined>>
  extra?: readonly string[]
  error: string
  status?: number
  names: readonly string[]
}>

const REFUSED: readonly Refused[] = [
  {
    title: 'none',
    headers: { [KEY]: undefined, [SECRET]: undefined, [TOKEN]: undefined },
    error: 'credentials_missing',
    names: [KEY, SECRET, TOKEN],
  },
  ...[KEY, SECRET, TOKEN].flatMap((name): Refused[] => [
    {
      title: `${name} missing`,
      headers: { [name]: undefined },
      error: 'credentials_incomplete',
      names: [name],
    },
    {
      title: `${name} empty`,
      headers: { [name]: '' },
      error: 'credentials_incomplete',
      names: [name],
    },
    {
      title: `${name} of white space`,
      headers: { [name]: ' \t ' },
      error: 'credentials_incomplete',
      names: [name],
    },
    {
      title: `${name} too short`,
      headers: { [name]: 'ASIA' },
      error: 'credentials_malformed',
      names: [name],
    },
    {
      title: `${name} with a comma`,
      headers: { [name]: 'ASIAALICE0000000000,ASIABOB' },
      error: 'credentials_malformed',
      names: [name],
    },
    {
      title: `${name} with white space inside`,
      headers: { [name]: 'ASIAALICE 00000000001' },
      error: 'credentials_malformed',
      names: [name],
    },
    {
      title: `${name} beyond ASCII`,
      headers: { [name]: 'ASIAALICE0000000000é' },
      error: 'credentials_malformed',
      names: [name],
    },
    {
      title: `${name} twice`,
      headers: {},
      extra: [name.toUpperCase(), 'ASIABOB0000000000001'],
      error: 'credentials_malformed',
      names: [name],
    },
    {
      title: `${name} twice, the second empty`,
      headers: {},
      extra: [name, ''],
      error: 'credentials_malformed',
      names: [name],
    },
  ]),
  {
    title: 'an access key id of 200 characters',
    headers: { [KEY]: 'A'.repeat(200) },
    error: 'credentials_malformed',
    names: [KEY],
  },
  {
    title: 'an expiration in the past',
    headers: { [EXPIRATION]: '2020-01-01T00:00:00Z' },
    error: 'credentials_expired',
    names: [EXPIRATION],
  },
  {
    title: 'an expiration that is no time',
    headers: { [EXPIRATION]: 'soon' },
    error: 'credentials_malformed',
    names: [EXPIRATION],
  },
  {
    title: 'an expiration without an offset',
    headers: { [EXPIRATION]: '2099-01-01T00:00:00' },
    error: 'credentials_malformed',
    names: [EXPIRATION],
  },
  {
    title: 'an expiration given twice',
    headers: {},
    extra: [EXPIRATION, '2099-01-01T00:00:00Z'],
    error: 'credentials_malformed',
    names: [EXPIRATION],
  },
  ...['us-east-1.evil.example', 'evil.example/', 'US-EAST-1', 'us-east-1#', '../us-east-1', ''].map(
    (region): Refused => ({
      title: `the region "${region}"`,
      headers: { 'x-aws-region': region },
      error: 'header_malformed',
      status: 400,
      names: ['x-aws-region'],
    }),
  ),
  {
    title: 'no region at all',
    headers: { 'x-aws-region': undefined },
    error: 'region_missing',
    status: 400,
    names: ['x-aws-region'],
  },
  {
    title: 'no list of tools',
    headers: { 'x-mcp-tools': undefined },
    error: 'tools_missing',
    status: 403,
    names: ['x-mcp-tools'],
  },
  {
    title: 'two lists of tools',
    headers: {},
    extra: ['x-mcp-tools', '*'],
    error: 'header_malformed',
    status: 400,
    names: ['x-mcp-tools'],
  },
]

describe('a request without usable credentials', () => {
  let server: RunningServer
  before(async () => {
    server = await startServer()
  })
  after(() => server.close())

  for (const { title, headers, extra = [], error, status = 401, names } of REFUSED) {
    it(`is refused with ${error}: ${title}`, async () => {
      const sent = callerHeaders(headers)
      const answer = await rawRequest(server.port, {
        method: 'POST',
        path: '/mcp',
        headers: [...rawHeaders(sent), ...extra, 'content-type', 'application/json'],
        body: JSON.stringify(toolCall('list_log_groups')),
      })
      expect(answer.status).to.equal(status)
      const body = JSON.parse(answer.body)
      expect(body.error).to.equal(error)
      for (const name of names) expect(body.error_description).to.include(name)
      for (const value of Object.values(sent).filter(
        (text) => text.trim().length > 3 && text !== 'soon',
      )) {
        expect(answer.body).not.to.include(value)
      }
      expect(answer.headers['www-authenticate']).to.equal(
        status === 401 ? 'AwsCredentialHeaders realm="cloudwatch"' : undefined,
      )
      expect(server.aws.calls).to.have.length(0)
      expect(server.clientsMade()).to.equal(0)
    })
  }

  it('leaves no credential in the log', () => {
    const printed = server.lines.join('\n')
    expect(printed).to.include('credentials_malformed')
    for (const name of [SECRET, TOKEN]) {
      expect(printed).not.to.include(callerHeaders()[name])
    }
  })
})

describe('credentials that lie around on the server', () => {
  let server: RunningServer
  let folder: string
  let containerCalls = 0
  const before_ = new Map<string, string | undefined>()
  const container = createServer((_req, res) => {
    containerCalls += 1
    res.setHeader('content-type', 'application/json')
    res.end(
      JSON.stringify({
        AccessKeyId: 'ASIACONTAINER0000001',
        SecretAccessKey: 'container-secret-0123456789',
        Token: 'container-token',
        Expiration: '2099-01-01T00:00:00Z',
      }),
    )
  })

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cloudwatch-mcp-'))
    const profile = join(folder, 'credentials')
    await writeFile(
      profile,
      '[default]\naws_access_key_id = ASIAPROFILE000000001\naws_secret_access_key = profile-secret-0123456789\n',
    )
    container.listen(0, '127.0.0.1')
    await once(container, 'listening')
    const { port } = container.address() as AddressInfo // a TCP server has an address object
    const lying: Record<string, string> = {
      AWS_ACCESS_KEY_ID: 'ASIAENVIRONMENT00001',
      AWS_SECRET_ACCESS_KEY: 'environment-secret-0123456789',
      AWS_SESSION_TOKEN: 'environment-token',
      AWS_SHARED_CREDENTIALS_FILE: profile,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}/`,
      AWS_REGION: 'us-east-1',
    }
    for (const [name, value] of Object.entries(lying)) {
      before_.set(name, process.env[name])
      process.env[name] = value
    }
    server = await startServer()
    server.aws.on('DescribeLogGroups', () => ({ output: { logGroups: [] } }))
  })
  after(async () => {
    for (const [name, value] of before_) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
    await server.close()
    container.close()
    await rm(folder, { recursive: true })
  })

  const attempts: ReadonlyArray<Readonly<Record<string, string | undefined>>> = [
    { [KEY]: undefined, [SECRET]: undefined, [TOKEN]: undefined },
    { [TOKEN]: undefined },
    { [KEY]: '', [SECRET]: '', [TOKEN]: '' },
    { [SECRET]: undefined, [TOKEN]: undefined },
  ]

  for (const headers of attempts) {
    it(`are not used for a request with ${JSON.stringify(headers)}`, async () => {
      const { status } = await post(
        server.mcp,
        toolCall('list_log_groups'),
        callerHeaders({ [KEY]: undefined, ...headers }),
      )
      expect(status).to.equal(401)
      expect(server.aws.calls).to.have.length(0)
      expect(server.clientsMade()).to.equal(0)
      expect(containerCalls).to.equal(0)
    })
  }

  it('are not used when AWS turns the given ones down', async () => {
    server.aws.on('DescribeLogGroups', () => ({
      status: 400,
      type: 'ExpiredTokenException',
      message: 'The security token included in the request is expired',
    }))
    const { reply } = await post(server.mcp, toolCall('list_log_groups'))
    expect(textOf(reply)).to.include('sign in again')
    expect(server.aws.calls.map((call) => call.accessKeyId)).to.deep.equal(['ASIAALICE00000000001'])
    expect(containerCalls).to.equal(0)
  })
})

describe('CREDENTIALS=environment', () => {
  let server: RunningServer
  const names = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const
  const kept = names.map((name) => [name, process.env[name]] as const)

  before(async () => {
    process.env.AWS_ACCESS_KEY_ID = 'ASIALAPTOP0000000001'
    process.env.AWS_SECRET_ACCESS_KEY = 'laptop-secret-0123456789'
    server = await startServer({ CREDENTIALS: 'environment', AWS_REGION: 'eu-west-1' })
    server.aws.on('DescribeLogGroups', () => ({ output: { logGroups: [] } }))
  })
  after(async () => {
    for (const [name, value] of kept) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
    await server.close()
  })

  it('lends the credentials of the process to a request without any', async () => {
    const { reply } = await post(server.mcp, toolCall('list_log_groups'), {})
    expect(textOf(reply)).to.include('region: eu-west-1')
    expect(server.aws.calls.at(-1)?.accessKeyId).to.equal('ASIALAPTOP0000000001')
    expect(server.toolRecords().at(-1)).to.include({ accessKeyId: 'environment' })
  })

  it('uses the credentials that a request does bring', async () => {
    await post(server.mcp, toolCall('list_log_groups'))
    expect(server.aws.calls.at(-1)?.accessKeyId).to.equal('ASIAALICE00000000001')
  })

  it('refuses a request that brings half of them', async () => {
    const headers = callerHeaders({ [TOKEN]: undefined })
    const { status } = await post(server.mcp, toolCall('list_log_groups'), headers)
    expect(status).to.equal(401)
  })
})
