import { PERSON_WITH_MANY_GROUPS } from '../../src/world.ts'
import { type Check, checked } from './check.ts'
import type { FacadeWorld } from './facade-world.ts'
import type { LoginProvider } from './login-providers.ts'
import { ask, signedInAt } from './oauth-flow.ts'

/** What is measured, in characters. */
export const SIZE_COLUMNS = [
  'client id',
  'login cookie',
  'code',
  'refresh token',
  'access token',
  'the same, 241 groups',
] as const

export type Sizes = Readonly<Record<(typeof SIZE_COLUMNS)[number], number | undefined>>

/** The longest header that nginx takes unless it is told otherwise (`large_client_header_buffers`). Bytes. */
const NGINX_HEADER = 8 * 1024
/** What a browser keeps of one cookie, name and attributes included (RFC 6265bis §5.6). Bytes. */
const COOKIE = 4096

/**
 * Measures what a client and the browser hold after a sign-in at one issuer, and holds it to the narrowest limits on the way.
 * The last column is of a person who is in more groups than most, where the issuer puts them into its tokens.
 */
export async function measureSizes(
  world: FacadeWorld,
  provider: LoginProvider,
): Promise<Readonly<{ sizes: Sizes; check: Check }>> {
  const issuer = world.issuerOf(provider.issuer)
  let sizes: Partial<Sizes> = {}
  const check = await checked(`sizes, ${provider.issuer}`, async () => {
    const alice = await signedInAt(world.origin, issuer)
    // At some issuers nobody can be in that many groups.
    const dora = await signedInAt(world.origin, issuer, PERSON_WITH_MANY_GROUPS.id).catch(
      () => undefined,
    )
    sizes = {
      'client id': alice.clientId.length,
      'login cookie': await loginCookie(world.origin, alice.clientId, issuer),
      code: alice.code.length,
      'refresh token': alice.refreshToken.length,
      'access token': alice.accessToken.length,
      'the same, 241 groups': dora?.accessToken.length,
    }
    const bearer = `Authorization: Bearer ${alice.accessToken}\r\n`.length
    return {
      cell: 'ok',
      problems: [
        ...(bearer <= NGINX_HEADER ? [] : [`the Authorization header has ${bearer} bytes`]),
        ...((sizes['login cookie'] ?? 0) <= COOKIE ? [] : ['browsers drop the login cookie']),
      ],
    }
  })
  const none: Sizes = {
    'client id': undefined,
    'login cookie': undefined,
    code: undefined,
    'refresh token': undefined,
    'access token': undefined,
    'the same, 241 groups': undefined,
  }
  return { sizes: { ...none, ...sizes }, check }
}

/** The cookie that the browser holds while the person is at the issuer, with a `state` as clients send it. */
async function loginCookie(origin: string, clientId: string, issuer: string): Promise<number> {
  const parameters = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: 'http://127.0.0.1:33418/callback',
    state: 'x'.repeat(43),
    resource: `${origin}/mcp`,
    code_challenge: 'x'.repeat(43),
    code_challenge_method: 'S256',
  })
  const page = await ask(`${origin}/oauth/authorize?${parameters}`)
  const [cookie = ''] = page.headers.getSetCookie()
  const transaction = /name="transaction" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
  const answer = await ask(`${origin}/oauth/consent`, {
    method: 'POST',
    headers: { cookie: cookie.split(';')[0] ?? '', origin },
    body: new URLSearchParams({ transaction, decision: 'allow', issuer }),
  })
  const set = answer.headers.getSetCookie().find((line) => line.startsWith('__Host-login-'))
  if (set === undefined) throw new Error(`no login cookie: ${answer.status} ${answer.text}`)
  return set.length
}
