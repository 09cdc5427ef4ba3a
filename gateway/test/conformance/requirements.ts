export type Requirement = Readonly<{
  id: string
  level: 'MUST' | 'MUST NOT' | 'SHOULD' | 'SHOULD NOT'
  /** The protocol revisions that have the rule. */
  revisions: readonly ('2025-11-25' | '2026-07-28')[]
  /** Page and section of the MCP specification, or RFC and section. */
  source: string
  /** What the gateway does, as far as it is the gateway's to do. */
  behaviour: string
  /** Whose rule it is where it is not the gateway's, and why. */
  elsewhere?: Readonly<{ party: Party; reason: string }>
}>

type Party = 'MCP server' | 'authorization server' | 'client' | 'nobody'

const BOTH = ['2025-11-25', '2026-07-28'] as const
const LEGACY = ['2025-11-25'] as const
const MODERN = ['2026-07-28'] as const

/**
 * What the MCP specification and the RFCs under it ask of a resource server and of its transport, one rule an entry: RS
 * for authorization, B for bearer tokens, P for protected resource metadata, SB for the security best practices, T, TL
 * and TM for Streamable HTTP in all revisions, up to 2025-11-25 and from 2026-07-28 on. `requirements.test.ts` fails
 * for a rule without a test.
 */
export const REQUIREMENTS = [
  {
    id: 'RS1',
    level: 'MUST',
    revisions: BOTH,
    source: 'authorization: Authorization Server Location',
    behaviour: 'The metadata names every issuer that is trusted, exactly as it names itself.',
  },
  {
    id: 'RS2a',
    level: 'MUST',
    revisions: BOTH,
    source: 'authorization: Protected Resource Metadata Discovery Requirements',
    behaviour: 'A 401 names the URL of the metadata in WWW-Authenticate.',
  },
  {
    id: 'RS2b',
    level: 'MUST',
    revisions: BOTH,
    source: 'authorization: Protected Resource Metadata Discovery Requirements',
    behaviour:
      'The metadata is found at the well-known path with the endpoint behind it, and at the root.',
  },
  {
    id: 'RS3a',
    level: 'MUST',
    revisions: BOTH,
    source: 'RFC 9728 §3.3',
    behaviour: '`resource` is the URL that the client uses.',
  },
  {
    id: 'RS3b',
    level: 'SHOULD',
    revisions: BOTH,
    source: 'authorization: Canonical Server URI; RFC 8707 §2',
    behaviour: '`resource` has no fragment and no slash at its end.',
  },
  {
    id: 'RS3c',
    level: 'SHOULD',
    revisions: BOTH,
    source: 'authorization: Canonical Server URI',
    behaviour: 'The host may be written in capitals.',
  },
  {
    id: 'RS4a',
    level: 'MUST',
    revisions: BOTH,
    source: 'authorization: Error Handling',
    behaviour: 'A request without a token is 401.',
  },
  {
    id: 'RS4b',
    level: 'MUST',
    revisions: BOTH,
    source: 'authorization: Token Handling, Error Handling',
    behaviour: 'A request with a token that is expired or otherwise not valid is 401.',
  },
  {
    id: 'RS4c',
    level: 'MUST',
    revisions: BOTH,
    source: 'authorization: Error Handling',
    behaviour: 'A good token with too few scopes or rights is 403.',
  },
  {
    id: 'RS4d',
    level: 'MUST',
    revisions: BOTH,
    source: 'authorization: Error Handling; RFC 6750 §3.1',
    behaviour: 'Credentials that are malformed or offered twice are 400.',
  },
  {
    id: 'RS5',
    level: 'SHOULD',
    revisions: BOTH,
    source: 'authorization: Scope Selection Strategy',
    behaviour: 'The challenge of a 401 says which scopes are needed.',
  },
  {
    id: 'RS6a',
    level: 'SHOULD',
    revisions: BOTH,
    source: 'authorization: Runtime Insufficient Scope Errors',
    behaviour:
      'A shortage of scopes is told by error, scope, resource_metadata and error_description of the challenge.',
  },
  {
    id: 'RS6b',
    level: 'SHOULD',
    revisions: BOTH,
    source: 'authorization: Runtime Insufficient Scope Errors',
    behaviour: 'One challenge names all the scopes that are needed, not the first one missing.',
  },
  {
    id: 'RS7',
    level: 'MUST',
    revisions: BOTH,
    source: 'authorization: Step-Up Authorization Flow',
    behaviour: 'Scopes that imply others count as those.',
    elsewhere: {
      party: 'nobody',
      reason:
        'No scope implies another here: the operator lists the scopes that a token must carry, and what more a scope means to its issuer is not known.',
    },
  },
  {
    id: 'RS8',
    level: 'SHOULD NOT',
    revisions: MODERN,
    source: 'authorization: Refresh Tokens',
    behaviour: '`offline_access` stands neither in the metadata nor in a challenge.',
  },
  {
    id: 'RS9a',
    level: 'MUST',
    revisions: BOTH,
    source: 'authorization: Token Handling; OAuth 2.1 §5.2',
    behaviour: 'A token is verified before anything else happens with the request.',
  },
  {
    id: 'RS9b',
    level: 'MUST',
    revisions: BOTH,
    source: 'authorization: Token Audience Binding and Validation',
    behaviour: 'A token for another resource is refused, also for another one of the same gateway.',
  },
  {
    id: 'RS9c',
    level: 'MUST',
    revisions: BOTH,
    source: 'authorization: Access Token Privilege Restriction',
    behaviour: 'Who is not authorized gets nothing of the MCP server.',
  },
  {
    id: 'RS10a',
    level: 'MUST NOT',
    revisions: BOTH,
    source: 'authorization: Token Handling',
    behaviour: 'Other tokens are not accepted: ID tokens, tokens of other issuers.',
  },
  {
    id: 'RS10b',
    level: 'MUST NOT',
    revisions: BOTH,
    source: 'authorization: Access Token Privilege Restriction',
    behaviour: 'The token does not reach the MCP server.',
  },
  {
    id: 'RS10c',
    level: 'MUST NOT',
    revisions: BOTH,
    source: 'authorization: Access Token Privilege Restriction',
    behaviour:
      'STS gets the token as the assertion that it exchanges, never as a bearer token; nobody else gets it.',
  },
  {
    id: 'RS11a',
    level: 'MUST',
    revisions: BOTH,
    source: 'authorization: Token Requirements',
    behaviour: 'A token counts in the Authorization header only.',
  },
  {
    id: 'RS11b',
    level: 'MUST',
    revisions: BOTH,
    source: 'authorization: Token Requirements',
    behaviour: 'Every request needs its own token, on a connection that has served one too.',
  },
  {
    id: 'RS12a',
    level: 'MUST',
    revisions: BOTH,
    source: 'transports: Security Warning; streamable-http: Security & Endpoint',
    behaviour: 'A request of a foreign page is 403, whatever its method.',
  },
  {
    id: 'RS12b',
    level: 'MUST',
    revisions: BOTH,
    source: 'transports: Security Warning; streamable-http: Security & Endpoint',
    behaviour: 'A request without Origin, or of an allowed page, is served.',
  },
  {
    id: 'RS13a',
    level: 'SHOULD',
    revisions: BOTH,
    source: 'transports: Security Warning; streamable-http: Security & Endpoint',
    behaviour: 'Unless told otherwise, the gateway listens on loopback only.',
  },
  {
    id: 'RS13b',
    level: 'SHOULD',
    revisions: BOTH,
    source: 'transports: Security Warning; streamable-http: Security & Endpoint',
    behaviour: 'Every path that leads to the MCP server or tells of a person needs a token.',
  },
  {
    id: 'RS14',
    level: 'MUST NOT',
    revisions: LEGACY,
    source: 'security best practices: Session Hijacking',
    behaviour: 'A session id is no authentication, and does not change who is asking.',
  },
  {
    id: 'RS15a',
    level: 'MUST NOT',
    revisions: MODERN,
    source: 'security best practices: State Handle Hijacking',
    behaviour: 'Possession of a state handle is no authentication.',
  },
  {
    id: 'RS15b',
    level: 'SHOULD',
    revisions: BOTH,
    source: 'security best practices: State Handle Hijacking, Session Hijacking',
    behaviour: 'Handles and session ids are random and bound to their user.',
    elsewhere: {
      party: 'MCP server',
      reason:
        'The gateway makes neither sessions nor handles. It tells the server who asks, in a header that no client can set, so that a server which keeps state can bind it.',
    },
  },
  {
    id: 'RS16',
    level: 'MUST',
    revisions: BOTH,
    source: 'authorization: Token Theft',
    behaviour: 'No token stands in a log, an audit record or an answer.',
  },
  {
    id: 'RS17a',
    level: 'MUST',
    revisions: BOTH,
    source: 'authorization: Communication Security; OAuth 2.1 §1.5',
    behaviour:
      'An issuer, a public URL or an MCP server without TLS is refused unless it is on this machine.',
  },
  {
    id: 'RS17b',
    level: 'MUST',
    revisions: BOTH,
    source: 'authorization: Communication Security',
    behaviour: 'Redirect URIs are on localhost or use HTTPS.',
    elsewhere: {
      party: 'authorization server',
      reason: 'The gateway redirects nobody: clients sign in at the issuer.',
    },
  },
  {
    id: 'RS18a',
    level: 'MUST',
    revisions: MODERN,
    source: 'streamable-http: Server Validation',
    behaviour: 'A header that contradicts the body is refused with 400 and -32020.',
    elsewhere: {
      party: 'MCP server',
      reason:
        'The gateway reads the body for its records only and decides nothing by it; the server processes it and compares.',
    },
  },
  {
    id: 'RS18b',
    level: 'MUST',
    revisions: MODERN,
    source: 'streamable-http: Server Validation, Case Sensitivity',
    behaviour:
      'Mirrored headers and body reach the server as they were sent, so that it can compare them.',
  },
  {
    id: 'RS18c',
    level: 'MUST',
    revisions: MODERN,
    source: 'streamable-http: Server Validation',
    behaviour:
      'A mirrored header that comes twice is refused with 400: two readers may choose differently.',
  },
  {
    id: 'RS19',
    level: 'SHOULD',
    revisions: MODERN,
    source: 'streamable-http: Server Validation (intermediaries)',
    behaviour: 'Nothing is decided and nothing recorded by a mirrored header.',
  },
  {
    id: 'RS20',
    level: 'MUST',
    revisions: MODERN,
    source: 'streamable-http: Server Behavior for Custom Headers',
    behaviour: 'An Mcp-Param header is forwarded untouched, whatever its name.',
  },
  {
    id: 'B1',
    level: 'SHOULD NOT',
    revisions: BOTH,
    source: 'RFC 6750 §3.1',
    behaviour: 'The challenge to a request without credentials has no error code.',
  },
  {
    id: 'B2',
    level: 'SHOULD',
    revisions: BOTH,
    source: 'RFC 6750 §3.1',
    behaviour: 'The challenge to a bad token says invalid_token.',
  },
  {
    id: 'B3',
    level: 'SHOULD',
    revisions: BOTH,
    source: 'RFC 6750 §3.1',
    behaviour: 'The challenge to malformed credentials says invalid_request.',
  },
  {
    id: 'B4',
    level: 'MUST',
    revisions: BOTH,
    source: 'RFC 6750 §3',
    behaviour:
      'The challenge is one of the scheme Bearer, and its values are of the characters allowed.',
  },
  {
    id: 'B5',
    level: 'MUST',
    revisions: BOTH,
    source: 'RFC 9110 §11.1',
    behaviour: 'The name of the scheme is understood in any case.',
  },
  {
    id: 'P1',
    level: 'MUST',
    revisions: BOTH,
    source: 'RFC 9728 §3.2',
    behaviour: 'The metadata is a JSON object, 200, application/json.',
  },
  {
    id: 'P2',
    level: 'MUST',
    revisions: BOTH,
    source: 'RFC 9728 §3.1',
    behaviour: 'The well-known segment stands between the host and the path of the resource.',
  },
  {
    id: 'P3',
    level: 'MUST',
    revisions: BOTH,
    source: 'RFC 9728 §3.2',
    behaviour: 'A member without values is left out.',
  },
  {
    id: 'P4',
    level: 'SHOULD',
    revisions: BOTH,
    source: 'RFC 9728 §2',
    behaviour: 'The metadata names the scopes, and the header as the one way to send a token.',
  },
  {
    id: 'P5',
    level: 'MUST',
    revisions: BOTH,
    source: 'RFC 9728 §3.1; Fetch: CORS protocol',
    behaviour: 'Anybody may read the metadata: without a token, and from any page.',
  },
  {
    id: 'SB1',
    level: 'MUST NOT',
    revisions: BOTH,
    source: 'security best practices: Token Passthrough',
    behaviour:
      'A token that was not issued for this server is refused, also if its issuer is trusted.',
  },
  {
    id: 'SB2',
    level: 'SHOULD',
    revisions: BOTH,
    source: 'security best practices: Server-Side Request Forgery',
    behaviour: 'Nothing is fetched from an address that a token names.',
  },
  {
    id: 'SB3a',
    level: 'SHOULD',
    revisions: BOTH,
    source: 'security best practices: Scope Minimization',
    behaviour: 'No more scopes are advertised than a request needs.',
  },
  {
    id: 'SB3b',
    level: 'SHOULD',
    revisions: BOTH,
    source: 'security best practices: Scope Minimization',
    behaviour: 'A token with every scope still needs a rule that grants a role.',
  },
  {
    id: 'SB3c',
    level: 'SHOULD',
    revisions: BOTH,
    source: 'security best practices: Scope Minimization',
    behaviour: 'A challenge for more scopes is recorded, with the id that the client was told.',
  },
  {
    id: 'SB4',
    level: 'MUST',
    revisions: BOTH,
    source: 'security best practices: Confused Deputy Problem',
    behaviour: 'A proxy with a static client id gets consent for each client.',
    elsewhere: {
      party: 'authorization server',
      reason: 'The gateway has no client id and starts no authorization flow.',
    },
  },
  {
    id: 'SB5',
    level: 'SHOULD',
    revisions: MODERN,
    source: 'security best practices: Mix-Up Attacks',
    behaviour: 'Authorization responses carry iss.',
    elsewhere: { party: 'authorization server', reason: 'The gateway sends no such responses.' },
  },
  {
    id: 'SB6',
    level: 'MUST',
    revisions: MODERN,
    source: 'security best practices: Localhost Redirect URI Impersonation, CIMD Trust Policies',
    behaviour: 'The sign-in page shows where a client on localhost is sent.',
    elsewhere: { party: 'authorization server', reason: 'The gateway has no sign-in page.' },
  },
  {
    id: 'SB7',
    level: 'MUST',
    revisions: BOTH,
    source:
      'security best practices: OAuth Authorization URL Validation, Local MCP Server Compromise',
    behaviour: 'URLs to open and programs to start are checked.',
    elsewhere: { party: 'client', reason: 'The gateway opens nothing and starts nothing.' },
  },
  {
    id: 'T1',
    level: 'MUST',
    revisions: BOTH,
    source: 'transports: Streamable HTTP',
    behaviour: 'There is one endpoint path for a resource, and JSON 404 beside it.',
  },
  {
    id: 'T2',
    level: 'MUST',
    revisions: BOTH,
    source: 'transports: Sending Messages',
    behaviour: "The server's 202 to a notification arrives without a body.",
  },
  {
    id: 'T3',
    level: 'MUST',
    revisions: BOTH,
    source: 'transports: Sending Messages',
    behaviour: 'JSON or stream, as the server chose, with its content type and byte for byte.',
  },
  {
    id: 'T4',
    level: 'MUST',
    revisions: BOTH,
    source: 'transports: Sending Messages',
    behaviour: 'The message reaches the server byte for byte, with what content negotiation needs.',
  },
  {
    id: 'T5a',
    level: 'SHOULD',
    revisions: BOTH,
    source: 'streamable-http: Receiving Messages',
    behaviour: 'The head of a stream arrives before its first event.',
  },
  {
    id: 'T5b',
    level: 'SHOULD',
    revisions: BOTH,
    source: 'streamable-http: Receiving Messages',
    behaviour: 'Every event arrives when it is sent, not with the next.',
  },
  {
    id: 'T5c',
    level: 'SHOULD',
    revisions: BOTH,
    source: 'streamable-http: Receiving Messages',
    behaviour: 'A stream keeps the headers that forbid buffering and has no length.',
  },
  {
    id: 'T5d',
    level: 'MUST',
    revisions: BOTH,
    source: 'streamable-http: Receiving Messages',
    behaviour: 'Comments, event ids, retry times and empty data pass unchanged.',
  },
  {
    id: 'T6',
    level: 'SHOULD',
    revisions: BOTH,
    source: 'transports: Listening for Messages from the Server',
    behaviour: 'A stream that has begun may be silent for longer than an answer may be late.',
  },
  {
    id: 'T7',
    level: 'MUST',
    revisions: BOTH,
    source: 'RFC 9112 §8',
    behaviour: 'A stream that breaks off never looks complete.',
  },
  {
    id: 'T8',
    level: 'MUST',
    revisions: BOTH,
    source: 'RFC 9110 §7.6.1',
    behaviour: 'Headers of a connection stay on their connection, in both directions.',
  },
  {
    id: 'T9',
    level: 'MUST',
    revisions: BOTH,
    source: 'authorization: Roles; RFC 9110 §11.6.1',
    behaviour: 'Challenges, cookies and CORS rules of the MCP server do not reach the client.',
  },
  {
    id: 'T10',
    level: 'MUST',
    revisions: BOTH,
    source: 'transports: Security Warning; streamable-http: Security & Endpoint',
    behaviour: 'A Host that is not the gateway is refused, although the server never sees it.',
  },
  {
    id: 'T11',
    level: 'MUST',
    revisions: BOTH,
    source: 'authorization: Access Token Privilege Restriction',
    behaviour: 'The token is asked for before method, length and encoding are looked at.',
  },
  {
    id: 'T12',
    level: 'SHOULD',
    revisions: BOTH,
    source: 'Fetch: CORS protocol',
    behaviour:
      'An allowed page may send what MCP sends and read what it reads, without a token for the preflight.',
  },
  {
    id: 'T13',
    level: 'SHOULD',
    revisions: BOTH,
    source: 'RFC 9110 §15.5.14',
    behaviour: 'A body over the limit is 413 in JSON.',
  },
  {
    id: 'T14',
    level: 'MUST',
    revisions: BOTH,
    source: 'streamable-http: Protocol Version Header, Backward Compatibility',
    behaviour: "The server's own errors pass with their status, type and body.",
  },
  {
    id: 'T15',
    level: 'MUST',
    revisions: BOTH,
    source: 'authorization: Error Handling',
    behaviour:
      "A refusal of the gateway's own credentials never looks like one of the client's token.",
  },
  {
    id: 'TL1',
    level: 'MUST',
    revisions: LEGACY,
    source: 'transports: Session Management',
    behaviour: "The server's session id passes in both directions, and the gateway makes none.",
  },
  {
    id: 'TL2',
    level: 'MUST',
    revisions: LEGACY,
    source: 'transports: Session Management',
    behaviour: 'The 404 of a session that is over and the 400 of one that is missing pass.',
  },
  {
    id: 'TL3',
    level: 'MUST',
    revisions: LEGACY,
    source: 'transports: Listening for Messages from the Server',
    behaviour: 'GET opens a stream of the server, or brings its 405 and Allow.',
  },
  {
    id: 'TL4',
    level: 'MUST',
    revisions: LEGACY,
    source: 'transports: Resumability and Redelivery',
    behaviour: 'Last-Event-ID reaches the server.',
  },
  {
    id: 'TL5',
    level: 'SHOULD',
    revisions: LEGACY,
    source: 'transports: Session Management',
    behaviour: 'DELETE reaches the server.',
  },
  {
    id: 'TL6',
    level: 'SHOULD',
    revisions: LEGACY,
    source: 'transports: Protocol Version Header',
    behaviour: 'The version reaches the server, and none is added where there is none.',
  },
  {
    id: 'TL7',
    level: 'MUST',
    revisions: LEGACY,
    source: 'transports: Sending Messages to the Server',
    behaviour: "A client's response to a request of the server is forwarded like any message.",
  },
  {
    id: 'TL8',
    level: 'SHOULD NOT',
    revisions: LEGACY,
    source: 'transports: Sending Messages to the Server',
    behaviour: 'A lost connection is not read as a cancellation.',
    elsewhere: {
      party: 'MCP server',
      reason:
        'The gateway passes the end of a connection on; what it means is for the server to say.',
    },
  },
  {
    id: 'TL9',
    level: 'MUST',
    revisions: LEGACY,
    source: 'transports: Sending Messages to the Server',
    behaviour: 'A body that is more than one message is refused.',
    elsewhere: {
      party: 'MCP server',
      reason:
        'The gateway authorizes requests, not messages: which tools a principal may use, the server applies to each message.',
    },
  },
  {
    id: 'TM1',
    level: 'MUST',
    revisions: MODERN,
    source: 'streamable-http: Cancellation',
    behaviour: 'A client that closes its stream closes the one to the server.',
  },
  {
    id: 'TM2',
    level: 'MUST',
    revisions: MODERN,
    source: 'streamable-http: Backward Compatibility',
    behaviour: 'The errors by which a client tells the era pass byte for byte.',
  },
  {
    id: 'TM3',
    level: 'MUST',
    revisions: MODERN,
    source: 'streamable-http: Backward Compatibility',
    behaviour: 'The probe of a client without a token is 401, which says nothing of the era.',
  },
  {
    id: 'TM4',
    level: 'MUST',
    revisions: MODERN,
    source: 'patterns/subscriptions',
    behaviour: 'A POST may be answered by a stream without an end.',
  },
  {
    id: 'TM5',
    level: 'SHOULD',
    revisions: MODERN,
    source: 'streamable-http: Earlier Streamable HTTP Revisions',
    behaviour: 'GET and DELETE are 405, session ids and Last-Event-ID are ignored.',
    elsewhere: {
      party: 'MCP server',
      reason:
        'The gateway serves every revision and passes them on; a server of this revision only refuses them.',
    },
  },
  {
    id: 'TM6',
    level: 'MUST',
    revisions: MODERN,
    source: 'server/utilities/caching',
    behaviour: 'A list that depends on who asks is private.',
    elsewhere: {
      party: 'MCP server',
      reason: 'It is a member of the result, which passes unchanged.',
    },
  },
] as const satisfies readonly Requirement[]

export type RequirementId = (typeof REQUIREMENTS)[number]['id']
