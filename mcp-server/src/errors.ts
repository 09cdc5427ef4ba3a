/** How one reason is answered: HTTP status and the text that the asker reads. */
export type Answer = Readonly<{ status: number; text: string }>

const ANSWERS = {
  credentials_missing: {
    status: 401,
    text: 'this server has no AWS rights of its own: a request must bring credentials in its headers',
  },
  credentials_incomplete: {
    status: 401,
    text: 'the AWS credentials are incomplete: all three headers are needed, none of them empty',
  },
  credentials_malformed: {
    status: 401,
    text: 'the AWS credentials are malformed: each header is given once, in the form that STS issues',
  },
  credentials_expired: {
    status: 401,
    text: 'the AWS credentials have expired: sign in again, or get new ones from STS',
  },
  credentials_unsealed: {
    status: 401,
    text: 'this server takes sealed credentials only: all headers of the upstream contract come inside the seal',
  },
  seal_rejected: {
    status: 401,
    text: 'the sealed credentials are not from a key of this server, not for this request, not fresh, or repeated',
  },
  header_malformed: {
    status: 400,
    text: 'a header of the upstream contract is malformed or given twice',
  },
  region_missing: {
    status: 400,
    text: 'no AWS region: send x-aws-region, or set AWS_REGION on the server',
  },
  tools_missing: {
    status: 403,
    text: 'x-mcp-tools is missing: it names the tools that the caller may use ("*" for all of them)',
  },
  origin_rejected: {
    status: 403,
    text: 'requests from a browser (with an Origin header) are not allowed here',
  },
  host_rejected: {
    status: 403,
    text: 'the Host header does not name this server: it listens on a loopback address only',
  },
  not_found: { status: 404, text: 'there is nothing at this path' },
  method_not_allowed: { status: 405, text: 'this method is not allowed here' },
  internal_error: { status: 500, text: 'the server failed' },
} as const satisfies Record<string, Answer>

/** Why a request was refused before MCP looked at it; `docs/errors.md` lists them. */
export type Reason = keyof typeof ANSWERS

/** Every reason with its answer, in the order of the table; for the generated documentation. */
export const REASONS: ReadonlyArray<readonly [Reason, Answer]> =
  // Object.entries widens the key; the table's keys are exactly Reason.
  Object.entries(ANSWERS) as Array<[Reason, Answer]>

/** The answer that the table fixes for a reason. */
export function answerTo(reason: Reason): Answer {
  return ANSWERS[reason]
}

/**
 * A refusal. The asker sees the table's text, and `headers`: names of the headers at fault, never their values.
 * `cause` is for the log.
 */
export class ServerRefusal extends Error {
  override readonly name = 'ServerRefusal'
  readonly reason: Reason
  readonly headers: readonly string[]

  constructor(reason: Reason, headers: readonly string[] = [], options?: ErrorOptions) {
    super(ANSWERS[reason].text, options)
    this.reason = reason
    this.headers = headers
  }
}
