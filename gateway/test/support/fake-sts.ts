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
  /** A session in the document of the operation that was called; a part that is left out is missing from the XML. */
  | Readonly<{ kind: 'issued'; credentials: Partial<Triple> }>
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

/** An STS of the query protocol at a free port; without a script every call gets a session of an hour. Nothing is verified. */
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
    answer(res, call.parameters.Action ?? '', await script(call, calls.length))
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

/** A session as the answer to whichever operation was called. */
export function issued(credentials: Partial<Triple>): StsReply {
  return { kind: 'issued', credentials }
}

/** The answer to GetCallerIdentity. */
export function callerIdentity(arn: string): StsReply {
  return result('GetCallerIdentity', `<Arn>${arn}</Arn><UserId>U</UserId><Account>0</Account>`)
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

function result(action: string, content: string): StsReply {
  return xml(
    200,
    `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<${action}Result>${content}</${action}Result>
<ResponseMetadata><RequestId>00000000-0000-4000-8000-000000000000</RequestId></ResponseMetadata>
</${action}Response>`,
  )
}

function xml(status: number, text: string): StsReply {
  return { kind: 'text', status, text, headers: { 'content-type': 'text/xml' } }
}

function answer(res: ServerResponse, action: string, reply: StsReply): void {
  if (reply.kind === 'stall') return
  if (reply.kind === 'issued') {
    const parts = Object.entries(reply.credentials).map(
      ([name, value]) => `<${name}>${value}</${name}>`,
    )
    answer(res, action, result(action, `<Credentials>${parts.join('')}</Credentials>`))
    return
  }
  if (reply.kind === 'stall-in-body') {
    res.writeHead(200, { 'content-type': 'text/xml' })
    res.write(reply.text)
    return
  }
  res.writeHead(reply.status, reply.headers)
  res.end(reply.text)
}
