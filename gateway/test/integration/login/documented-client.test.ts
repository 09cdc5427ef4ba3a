import { expect } from 'chai'
import { createFetchDocument } from '../../../src/login/clients/fetch-client-document.ts'
import { type DocumentHost, json, startDocumentHost } from '../../support/document-host.ts'
import {
  ASSERTION_TYPE,
  assertionOf,
  createKnownClients,
  rejectionOf,
} from '../../support/known-clients.ts'
import { signingKey } from '../../support/signing-key.ts'

describe('a client with a document and keys on real hosts', () => {
  let host: DocumentHost
  let id: string

  beforeEach(async () => {
    const { publicJwk } = await signingKey('client')
    host = await startDocumentHost((req, res) => {
      const origin = `https://client.example.test:${host.port}`
      const answers: Record<string, unknown> = {
        '/client.json': {
          client_id: `${origin}/client.json`,
          client_name: 'Client',
          redirect_uris: ['http://127.0.0.1/callback'],
          token_endpoint_auth_method: 'private_key_jwt',
          jwks_uri: `https://keys.example.test:${host.port}/keys.json`,
        },
        '/keys.json': { keys: [publicJwk] },
        '/other.json': { client_id: `${origin}/client.json` },
      }
      json(answers[req.url ?? ''] ?? 'not JSON')(req, res)
    })
    id = `https://client.example.test:${host.port}/client.json`
  })

  afterEach(() => host.close())

  const world = () =>
    createKnownClients({
      allowPrivate: true,
      fetchDocument: createFetchDocument({
        allowPrivate: true,
        ca: host.ca,
        resolveHost: async () => [{ address: '127.0.0.1', family: 4 }],
      }),
    })

  it('is found, and authenticates with an assertion', async () => {
    const clients = world()
    expect(await clients.find(id)).to.include({
      name: 'Client',
      host: `client.example.test:${host.port}`,
    })
    const client_assertion = await assertionOf(id)
    const form = { client_assertion_type: ASSERTION_TYPE, client_assertion }
    expect(await clients.present(form)).to.have.property('id', id)
    expect(host.requests.map(({ url }) => url)).to.deep.equal(['/client.json', '/keys.json'])
    expect(await rejectionOf(clients.present({ client_id: id }))).to.include({
      code: 'invalid_client',
    })
  })

  it('is refused at an address that its document does not name', async () => {
    const other = `https://client.example.test:${host.port}/other.json`
    expect(await rejectionOf(world().find(other))).to.include({ code: 'invalid_client' })
  })

  it('is not our outage while its host is down, nor unknown', async () => {
    const clients = world()
    await host.close()
    expect(await rejectionOf(clients.find(id))).to.include({
      code: 'temporarily_unavailable',
      status: 503,
    })
  })
})
