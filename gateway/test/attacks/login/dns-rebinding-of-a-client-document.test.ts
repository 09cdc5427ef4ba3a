import { expect } from 'chai'
import { createFetchDocument } from '../../../src/login/clients/fetch-client-document.ts'
import { json, startDocumentHost } from '../../support/document-host.ts'
import { rejectionOf } from '../../support/known-clients.ts'

describe('a client document whose host changes its address', () => {
  it('is fetched from the address that was checked, not from what the DNS says next', async () => {
    const checked = await startDocumentHost(json({ from: 'the checked address' }))
    let asked = 0
    try {
      const fetchDocument = createFetchDocument({
        allowPrivate: true,
        ca: checked.ca,
        resolveHost: async () => {
          asked += 1
          // Nothing listens at the second one: a second question would end in a refused connection.
          return [{ address: asked === 1 ? '127.0.0.1' : '127.0.0.99', family: 4 }]
        },
      })
      const url = new URL(`https://client.example.test:${checked.port}/client.json`)
      const { text } = await fetchDocument(url, 5120)
      expect(JSON.parse(text)).to.deep.equal({ from: 'the checked address' })
      expect(asked).to.equal(1)
      expect(checked.connections()).to.equal(1)
    } finally {
      await checked.close()
    }
  })

  it('is resolved and checked again at every fetch', async () => {
    const host = await startDocumentHost(json({}))
    let asked = 0
    try {
      const fetchDocument = createFetchDocument({
        allowPrivate: true,
        ca: host.ca,
        resolveHost: async () => {
          asked += 1
          return [{ address: '127.0.0.1', family: 4 }]
        },
      })
      const url = new URL(`https://client.example.test:${host.port}/client.json`)
      await fetchDocument(url, 5120)
      await fetchDocument(url, 5120)
      expect(asked).to.equal(2)
      expect(host.connections()).to.equal(2)
    } finally {
      await host.close()
    }
  })

  it('does not follow a redirect to this network, or anywhere', async () => {
    const inner = await startDocumentHost(json({ secret: 'inner' }))
    const outer = await startDocumentHost((_req, res) => {
      res.writeHead(302, {
        location: `https://127.0.0.1:${inner.port}/`,
        'content-type': 'application/json',
      })
      res.end('{}')
    })
    try {
      const fetchDocument = createFetchDocument({
        allowPrivate: true,
        ca: outer.ca,
        resolveHost: async () => [{ address: '127.0.0.1', family: 4 }],
      })
      const url = new URL(`https://client.example.test:${outer.port}/client.json`)
      expect(await rejectionOf(fetchDocument(url, 5120))).to.include({
        kind: 'unusable',
        message: 'it answers with status 302, not 200',
      })
      expect(inner.connections()).to.equal(0)
    } finally {
      await outer.close()
      await inner.close()
    }
  })
})
