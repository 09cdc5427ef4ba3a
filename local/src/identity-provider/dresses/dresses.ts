import type { IssuerName, Issuers } from '../../world.ts'
import type { Dress } from '../dress.ts'
import { auth0Dress } from './auth0.ts'
import { auth0Rfc9068Dress } from './auth0-rfc9068.ts'
import { cognitoDress } from './cognito.ts'
import { entraDress } from './entra.ts'
import { entraV1Dress } from './entra-v1.ts'
import { genericDress } from './generic.ts'
import { googleDress } from './google.ts'
import { keycloakDress } from './keycloak.ts'
import { oktaDress } from './okta.ts'
import { oktaOrgDress } from './okta-org.ts'
import { opaqueDress } from './opaque.ts'

/** The dress of every issuer. `resources` are the gateway's, the ones that may be asked for. */
export function dressesFor(
  issuers: Issuers,
  resources: readonly string[],
): Readonly<Record<IssuerName, Dress>> {
  return {
    generic: genericDress(issuers.generic, resources),
    okta: oktaDress(issuers.okta),
    auth0: auth0Dress(issuers.auth0, resources),
    cognito: cognitoDress(issuers.cognito),
    oktaOrg: oktaOrgDress(issuers.oktaOrg),
    auth0Rfc9068: auth0Rfc9068Dress(issuers.auth0Rfc9068, resources),
    cognitoUpdated: cognitoDress(issuers.cognitoUpdated),
    entra: entraDress(issuers.entra, issuers.entraV1, resources),
    entraV1: entraV1Dress(issuers.entraV1, resources),
    keycloak: keycloakDress(issuers.keycloak, resources),
    google: googleDress(issuers.google),
    opaque: opaqueDress(issuers.opaque, resources),
  }
}
