import type { InteractionResults, KoaContextWithOIDC, Provider } from 'oidc-provider'

import { LOGIN_CLIENT, type Person, SCOPE } from '../world.ts'
import { readBody } from './body.ts'
import { type Dress, mountOf } from './dress.ts'
import { errorPage } from './error-page.ts'
import { errors } from './oidc-provider.ts'
import { signInPage } from './sign-in-page.ts'

type Context = Pick<
  KoaContextWithOIDC,
  'body' | 'method' | 'path' | 'redirect' | 'req' | 'res' | 'set' | 'status' | 'type'
>
type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>

/**
 * The sign-in page and its form. The browser must hold the cookie of the interaction, and cookie, path and form must
 * name the same one, so no other site can press a button here.
 */
export function createInteraction(provider: Provider, dress: Dress, people: readonly Person[]) {
  const show = async (ctx: Context, interaction: Interaction) => {
    const { params, uid } = interaction
    const client = await provider.Client.find(String(params.client_id))
    signInPage({
      label: dress.label,
      people,
      action: mountOf(dress) + ctx.path,
      uid,
      clientName: client?.clientName || String(params.client_id),
      redirectUri: String(params.redirect_uri),
      leadsOn: params.client_id === LOGIN_CLIENT.id,
      resource: resourcesOf(params).map(dress.showResource).join(', ') || 'none named',
      scopes: String(params.scope ?? '').split(' '),
    }).write(ctx, 200)
  }

  const decide = async (
    ctx: Context,
    { params, uid }: Interaction,
  ): Promise<InteractionResults> => {
    const form = new URLSearchParams(await readBody(ctx.req))
    if (form.get('interaction') !== uid) throw new errors.SessionNotFound('another sign-in')
    const person = people.find(({ id }) => id === form.get('person'))
    if (person === undefined) {
      return { error: 'access_denied', error_description: 'sign-in was cancelled' }
    }
    const accountId = dress.accountId(person)
    const grant = new provider.Grant({ accountId, clientId: String(params.client_id) })
    grant.addOIDCScope(String(params.scope ?? ''))
    for (const resource of resourcesOf(params)) grant.addResourceScope(resource, SCOPE)
    const grantId = await grant.save()
    return { login: { accountId, amr: ['pwd'] }, consent: { grantId } }
  }

  return async (ctx: Context): Promise<void> => {
    try {
      const interaction = await provider.interactionDetails(ctx.req, ctx.res)
      if (ctx.path !== `/interaction/${interaction.uid}`) {
        throw new errors.SessionNotFound('another sign-in')
      }
      if (ctx.method !== 'POST') return await show(ctx, interaction)
      const result = await decide(ctx, interaction)
      ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result))
      ctx.status = 303
    } catch (error) {
      if (!(error instanceof errors.SessionNotFound)) throw error
      const out = { error: error.error, error_description: String(error.error_description) }
      errorPage(dress, out, true).write(ctx, 400)
    }
  }
}

function resourcesOf(params: Interaction['params']): string[] {
  return [params.resource ?? []].flat().map(String)
}
