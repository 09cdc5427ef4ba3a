import { MACHINE } from '../../src/identity-provider/clients.ts'
import { CLIENT_ID, ENTRA, type Issuers, SCOPE } from '../../src/world.ts'
import { machineToken, type TokenAnswer, tokensFor } from '../identity-provider/code-flow.ts'

/** What one request for a token names; the values are the issuer's own parameters. */
export type Asked = Readonly<Record<string, string>>

export type PersonId = 'alice' | 'bob' | 'carol' | 'dora'

/** The scope by which Entra ID learns which API a token is for. */
export const ENTRA_SCOPE = `api://${ENTRA.apiClientId}/${SCOPE}`

/** Signs a person in at an issuer and gives the access token; throws with the issuer's words where there is none. */
export async function personToken(issuer: string, person: PersonId, asked: Asked = {}) {
  return accessTokenIn(await tokensFor(issuer, person, asked))
}

/** The ID token of a sign-in. */
export async function idToken(issuer: string, person: PersonId, asked: Asked): Promise<string> {
  const answer = await tokensFor(issuer, person, asked)
  if (answer.id_token === undefined) throw new Error(`no ID token: ${JSON.stringify(answer)}`)
  return answer.id_token
}

/** The access token of the local CI job, by its client credentials. */
export async function jobToken(issuer: string, asked: Asked = {}): Promise<string> {
  return accessTokenIn(await machineToken(issuer, asked))
}

function accessTokenIn(answer: TokenAnswer): string {
  if (answer.access_token === undefined) throw new Error(`no token: ${JSON.stringify(answer)}`)
  return answer.access_token
}

/**
 * The issuers beyond the main ones as an account would register them in IAM, by what STS compares: the client where the
 * token has `azp`, else its one audience.
 */
export function registeredIssuers(issuers: Issuers, resources: readonly string[]) {
  const clients = [CLIENT_ID, MACHINE.id]
  return [
    { issuer: issuers.auth0Rfc9068, clientIds: resources },
    { issuer: issuers.cognitoUpdated, clientIds: resources },
    { issuer: issuers.entra, clientIds: clients },
    { issuer: issuers.entraV1, clientIds: [`api://${ENTRA.apiClientId}`] },
    { issuer: issuers.keycloak, clientIds: clients },
    { issuer: issuers.google, clientIds: [CLIENT_ID] },
    { issuer: issuers.opaque, clientIds: resources },
  ]
}
