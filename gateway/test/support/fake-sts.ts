import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { listen, stop } from './loopback.ts'

/** A call as it came over the wire. */
export type StsCall = Readonly<{
  method: string
  headers: IncomingHttpHeaders
  /** The form of the query protocol. */
  parameters: Readonly<Record<string, string>>
}>

/** How one call is answered. */
export type StsReply =
  | Readonly<{ kind: 'text'; status: number; text: string; headers?: Record<string, string> }>
  /** Nothing is ever answered. */
  | Readonly<{ kind: 'stall' }>
  /** The head and half of the body come, and then nothing. */
  | Readonly<{ kind: 'stall-in-body'; text: string }>

export type StsScript = (call: StsCall, number: number) => StsReply | Promise<StsReply>

export type FakeSts = Readonly<{
  endpoint: string
  calls: readonly StsCall[]
  script: (script: StsScript) => void
  close: () => Promise<void>
}>

export type Triple = Readonly<{
  AccessKeyId: string
  SecretAccessKey: string
  SessionToken: string
  Expiration: string
}>

/** An STS of the query protocol at a free port; without a script every call gets a session of an hour. */
export async function startFakeSts(): Promise<FakeSts> {
  const calls: StsCall[] = []
  let script: StsScript = (_call, number) => issued(triple(number))
  const server = createServer(async (req, res) => {
    let body = ''
    for await (const piece of req.setEncoding('utf8')) body += piece
    const call: StsCall = {
      method: req.method ?? '',
      headers: req.headers,
      parameters: Object.fromEntries(new URLSearchParams(body)),
    }
    calls.push(call)
    answer(res, await script(call, calls.length))
  })
  const port = await listen(server)
  return {
    endpoint: `http://127.0.0.1:${port}`,
    calls,
    script: (next) => {
      script = next
    },
    close: () => stop(server),
  }
}

/** Credentials that tell by their names which call they were issued for. */
export function triple(number: number | string, lifeSeconds = 3600): Triple {
  return {
    AccessKeyId: `ASIAFAKE${String(number).padStart(8, '0')}`,
    SecretAccessKey: `secret+key/of/${number}`,
    SessionToken: `session+token/of/${number}==`,
    Expiration: new Date(Date.now() + lifeSeconds * 1000).toISOString(),
  }
}

/** The answer to AssumeRoleWithWebIdentity; a part that is left out is missing from the XML. */
export function issued(credentials: Partial<Triple>): StsReply {
  const parts = Object.entries(credentials).map(([name, value]) => `<${name}>${value}</${name}>`)
  return xml(
    200,
    `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<AssumeRoleWithWebIdentityResult><Credentials>${parts.join('')}</Credentials></AssumeRoleWithWebIdentityResult>
<ResponseMetadata><RequestId>00000000-0000-4000-8000-000000000000</RequestId></ResponseMetadata>
</AssumeRoleWithWebIdentityResponse>`,
  )
}

/** An error of the query protocol. */
export function failure(code: string, status: number, message = 'said by the fake STS'): StsReply {
  return xml(
    status,
    `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>
<RequestId>00000000-0000-4000-8000-000000000000</RequestId></ErrorResponse>`,
  )
}

function xml(status: number, text: string): StsReply {
  return { kind: 'text', status, text, headers: { 'content-type': 'text/xml' } }
}

function answer(res: ServerResponse, reply: StsReply): void {
  if (reply.kind === 'stall') return
  if (reply.kind === 'stall-in-body') {
    res.writeHead(200, { 'content-type': 'text/xml' })
    res.write(reply.text)
    return
  }
  res.writeHead(reply.status, reply.headers)
  res.end(reply.text)
}
