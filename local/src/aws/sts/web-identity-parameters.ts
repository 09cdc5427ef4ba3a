import { notImitated } from '../aws-error.ts'
import { type RoleParameters, readRoleParameters, text } from './parameters.ts'

/** The parameters of AssumeRoleWithWebIdentity after the checks that need no token and no role. */
export type WebIdentityParameters = RoleParameters & Readonly<{ token: string }>

/** Checks names, lengths and ranges as the API model states them. */
export function readWebIdentityParameters(form: URLSearchParams): WebIdentityParameters {
  const token = text(form, 'WebIdentityToken', 4, 20_000)
  if (form.has('ProviderId')) {
    // Only the OAuth 2.0 providers of the early days have one, and neither exists here.
    throw notImitated('ValidationException', 'ProviderId', 'ValidationError')
  }
  return { ...readRoleParameters(form), token }
}
