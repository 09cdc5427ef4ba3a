import type { Provider } from 'oidc-provider'

import type { Envelope } from './dress.ts'

/**
 * Puts every access token for a person that `provider` makes into the envelope, and opens the ones that come back to
 * userinfo, introspection and revocation. The library has no option for the form of an opaque token; these two methods
 * are where a value leaves its model and where it is looked up.
 */
export function useEnvelope(provider: Provider, { seal, open }: Envelope): void {
  const { AccessToken } = provider
  const { save } = AccessToken.prototype
  const find = AccessToken.find.bind(AccessToken)
  Object.assign(AccessToken.prototype, {
    async save(this: InstanceType<typeof AccessToken>) {
      return seal(await save.call(this))
    },
  })
  Object.assign(AccessToken, {
    find: async (presented: unknown, options?: object) =>
      find(typeof presented === 'string' ? await open(presented) : '', options),
  })
}
