import { expect } from 'chai'
import { DocumentError } from '../../../../src/login/clients/document-error.ts'
import type { FetchedDocument } from '../../../../src/login/clients/fetch-client-document.ts'
import { createKnownClients, rejectionOf } from '../../../support/known-clients.ts'

const ID = 'https://client.example.com/client.json'
const document = (...redirectUris: readonly string[]) => ({
  client_id: ID,
  redirect_uris: redirectUris,
})
const [FIRST, SECOND] = ['https://a.example.com/callback', 'https://b.example.com/callback']

describe('createFindClient', () => {
  for (const [maxAgeSeconds, lives] of [
    [undefined, 300],
    [0, 60],
    [59, 60],
    [3600, 3600],
    [10_000_000, 86_400],
  ] as const) {
    it(`keeps a document with max-age ${maxAgeSeconds} for ${lives} s, to the millisecond`, async () => {
      let now = 1_000_000
      const clients = createKnownClients({
        documents: { [ID]: document(FIRST) },
        now: () => now,
        ...(maxAgeSeconds !== undefined && { maxAgeSeconds }),
      })
      await clients.find(ID)
      now += lives * 1000 - 1
      await clients.find(ID)
      expect(clients.fetched).to.have.length(1)
      now += 1
      await clients.find(ID)
      expect(clients.fetched).to.have.length(2)
    })
  }

  it('knows the redirect URIs of the document of now, not those of one that has aged', async () => {
    let now = 1_000_000
    const documents: Record<string, unknown> = { [ID]: document(FIRST) }
    const clients = createKnownClients({ documents, now: () => now })
    expect((await clients.find(ID)).redirectUris).to.deep.equal([FIRST])
    documents[ID] = document(SECOND)
    now += 300_000
    expect((await clients.find(ID)).redirectUris).to.deep.equal([SECOND])
    delete documents[ID]
    now += 300_000
    expect(await rejectionOf(clients.find(ID))).to.include({ code: 'invalid_client', status: 401 })
  })

  it('knows nobody by a document, and fetches none, where documents are switched off', async () => {
    const clients = createKnownClients({
      documentsAllowed: false,
      documents: { [ID]: document(FIRST) },
    })
    expect(await rejectionOf(clients.find(ID))).to.include({ code: 'invalid_client', status: 401 })
    expect(clients.fetched).to.deep.equal([])
  })

  it('asks once for many who want the same client at the same time', async () => {
    const clients = createKnownClients({ documents: { [ID]: document(FIRST) } })
    const found = await Promise.all(Array.from({ length: 50 }, () => clients.find(ID)))
    expect(new Set(found).size).to.equal(1)
    expect(clients.fetched).to.have.length(1)
  })

  it('does not remember failures', async () => {
    const answers: Array<FetchedDocument | Error> = [
      new DocumentError('unreachable', 'its host does not answer in time'),
      { text: 'not JSON', maxAgeSeconds: 600 },
      { text: JSON.stringify(document(FIRST)), maxAgeSeconds: 600 },
    ]
    const clients = createKnownClients({
      fetchDocument: async () => {
        const answer = answers.shift()
        if (answer === undefined || answer instanceof Error) throw answer
        return answer
      },
    })
    expect(await rejectionOf(clients.find(ID))).to.include({
      code: 'temporarily_unavailable',
      status: 503,
      retryAfterSeconds: 5,
    })
    expect(await rejectionOf(clients.find(ID))).to.include({ code: 'invalid_client' })
    expect(await clients.find(ID)).to.have.property('id', ID)
  })

  it('lets a bug be one', async () => {
    const bug = new TypeError('x is not a function')
    const clients = createKnownClients({
      fetchDocument: async () => {
        throw bug
      },
    })
    expect(await rejectionOf(clients.find(ID))).to.equal(bug)
  })

  it('allows a port and an address of this machine where that is switched on', async () => {
    const id = 'https://127.0.0.1:8443/client.json'
    const documents = { [id]: { client_id: id, redirect_uris: [FIRST] } }
    const clients = createKnownClients({ documents, allowPrivate: true })
    expect(await clients.find(id)).to.have.property('host', '127.0.0.1:8443')
    expect(await rejectionOf(createKnownClients({ documents }).find(id))).to.include({
      code: 'invalid_client',
    })
  })

  for (const id of ['unknown', '', 'urn:x:y', 'ftp://client.example.com/a', '4hq0example']) {
    it(`does not know ${JSON.stringify(id)}, and tells the client to register`, async () => {
      const clients = createKnownClients()
      const refusal = await rejectionOf(clients.find(id))
      expect(refusal).to.include({ code: 'invalid_client', status: 401 })
      expect(refusal).to.have.property('message').that.includes('register again')
      expect(clients.fetched).to.deep.equal([])
    })
  }
})
