import { expect } from 'chai'
import { createFetchDocument } from '../../../src/login/clients/fetch-client-document.ts'
import { isSpecialAddress } from '../../../src/login/clients/special-addresses.ts'
import { json, startDocumentHost } from '../../support/document-host.ts'
import { createKnownClients, rejectionOf } from '../../support/known-clients.ts'

const SPECIAL = {
  'this network': ['0.0.0.0', '0.1.2.3'],
  'private networks': ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fd00::1'],
  loopback: ['127.0.0.1', '127.255.255.254', '::1', '::'],
  'link local': ['169.254.0.1', 'fe80::1', 'fe80::1%eth0', '2606:4700::1%eth0', 'febf::1'],
  'instance metadata': [
    '169.254.169.254',
    '169.254.170.2',
    '169.254.170.23',
    'fd00:ec2::254',
    'fd00:ec2::23',
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
  ],
  'carrier-grade NAT': ['100.64.0.1', '100.127.255.255'],
  'benchmarking and documentation': [
    '198.18.0.1',
    '198.19.255.255',
    '192.0.2.1',
    '198.51.100.1',
    '203.0.113.1',
    '2001:db8::1',
    '2001:2::1',
    '3fff::1',
  ],
  'multicast, reserved and broadcast': [
    '224.0.0.1',
    '239.255.255.250',
    '240.0.0.1',
    '255.255.255.255',
    'ff02::1',
  ],
  'IPv4-mapped and IPv4-compatible': [
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '::ffff:7f00:1',
    '::127.0.0.1',
    '::ffff:0:127.0.0.1',
  ],
  NAT64: ['64:ff9b::7f00:1', '64:ff9b::808:808', '64:ff9b:1::1'],
  '6to4': ['2002:7f00:1::1', '2002:a9fe:a9fe::'],
  Teredo: ['2001::1', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
  'ORCHID, site local, discard and SRv6': [
    '2001:10::1',
    '2001:20::1',
    'fec0::1',
    '100::1',
    '5f00::1',
  ],
  'relays and sinks of the infrastructure': ['192.88.99.1', '192.175.48.1', '2620:4f:8000::1'],
  'what is no address': ['', 'localhost', '127.1', '2130706433', '0x7f.1', '1.2.3.4.5', '[::1]'],
}

const PUBLIC = ['8.8.8.8', '1.1.1.1', '100.63.255.255', '172.32.0.1', '169.253.0.1', '192.0.1.1']
const PUBLIC_IPV6 = ['2606:4700:4700::1111', '2a00:1450:4001::1', '2001:4860:4860::8888', '2400::1']

const ADDRESSES_THAT_ARE_NONE = [
  'http://client.example.com/client.json',
  'https://client.example.com',
  'https://client.example.com/',
  'https://client.example.com:8443/client.json',
  'https://client.example.com:443/client.json',
  'https://user@client.example.com/client.json',
  'https://user:secret@client.example.com/client.json',
  'https://claude.ai@evil.example.com/client.json',
  'https://client.example.com/client.json#fragment',
  'https://client.example.com/client.json#',
  'https://client.example.com/client.json?v=1',
  'https://client.example.com/client.json?',
  'https://client.example.com/a/../client.json',
  'https://client.example.com/./client.json',
  'https://client.example.com/%2e%2e/client.json',
  'https://client.example.com/a/%2E./client.json',
  'https://client.example.com/a%2f..%2fclient.json',
  'https://client.example.com\\client.json',
  'https://client.example.com/client json',
  'https:client.example.com/client.json',
  'https:///client.example.com/client.json',
  'HTTPS://client.example.com/client.json',
  'https://Client.example.com/client.json',
  'https://client.example.com./client.json',
  'https://bücher.example.com/client.json',
  ' https://client.example.com/client.json',
  'https://client.example.com/client.json\n',
  'https://localhost/client.json',
  `https://client.example.com/${'a'.repeat(2048)}`,
  'https://metadata/client.json',
  'https://127.0.0.1/client.json',
  'https://2130706433/client.json',
  'https://0x7f000001/client.json',
  'https://0177.0.0.1/client.json',
  'https://127.1/client.json',
  'https://169.254.169.254/latest/meta-data/',
  'https://[::1]/client.json',
  'https://[::ffff:127.0.0.1]/client.json',
  'https://[fd00:ec2::254]/latest/meta-data/',
]

describe('a client whose metadata document lies within our network', () => {
  for (const [kind, addresses] of Object.entries(SPECIAL)) {
    it(`takes no address for public that is one of ${kind}`, () => {
      for (const address of addresses) expect(isSpecialAddress(address), address).to.equal(true)
    })
  }

  it('leaves addresses of the public internet alone, those beside special ones too', () => {
    for (const address of [...PUBLIC, ...PUBLIC_IPV6]) {
      expect(isSpecialAddress(address), address).to.equal(false)
    }
  })

  for (const clientId of ADDRESSES_THAT_ARE_NONE) {
    it(`fetches nothing for the client id ${JSON.stringify(clientId).slice(0, 60)}`, async () => {
      const clients = createKnownClients()
      const refusal = await rejectionOf(clients.find(clientId))
      expect(refusal).to.include({ code: 'invalid_client', status: 401 })
      expect(clients.fetched).to.deep.equal([])
    })
  }

  for (const address of ['127.0.0.1', '169.254.169.254', '10.0.0.1', '::1', '::ffff:127.0.0.1']) {
    it(`does not connect where the DNS says ${address}`, async () => {
      const host = await startDocumentHost(json({}))
      try {
        const fetchDocument = createFetchDocument({
          allowPrivate: false,
          ca: host.ca,
          resolveHost: async () => [{ address, family: address.includes(':') ? 6 : 4 }],
        })
        const refusal = await rejectionOf(
          fetchDocument(new URL('https://client.example.test/client.json'), 5120),
        )
        expect(refusal).to.include({ kind: 'unusable' })
        expect(host.connections()).to.equal(0)
      } finally {
        await host.close()
      }
    })
  }

  it('does not connect where one of several addresses is special', async () => {
    const fetchDocument = createFetchDocument({
      allowPrivate: false,
      resolveHost: async () => [
        { address: '8.8.8.8', family: 4 },
        { address: '10.0.0.1', family: 4 },
      ],
    })
    const refusal = await rejectionOf(
      fetchDocument(new URL('https://client.example.test/client.json'), 5120),
    )
    expect(refusal).to.include({ kind: 'unusable', message: 'its host has no public address' })
  })

  it('gives the same words for a name that is not there and one of this network', async () => {
    const refusals = await Promise.all(
      [
        async () => [{ address: '10.0.0.1', family: 4 as const }],
        async () => {
          throw Object.assign(new Error('queryA ENOTFOUND'), { code: 'ENOTFOUND' })
        },
        async () => [],
      ].map((resolveHost) => {
        const fetchDocument = createFetchDocument({ allowPrivate: false, resolveHost })
        return rejectionOf(fetchDocument(new URL('https://internal.example.test/a'), 5120))
      }),
    )
    for (const refusal of refusals) {
      expect(refusal).to.include({ kind: 'unusable', message: 'its host has no public address' })
    }
  })

  for (const url of [
    'http://client.example.test/a',
    'https://client.example.test:8443/a',
    'https://8.8.8.8/a',
    'https://[2606:4700:4700::1111]/a',
    'https://user@client.example.test/a',
  ]) {
    it(`holds the address of keys to the same rules: ${url}`, async () => {
      let asked = 0
      const fetchDocument = createFetchDocument({
        allowPrivate: false,
        resolveHost: async () => {
          asked += 1
          return [{ address: '8.8.8.8', family: 4 }]
        },
      })
      const refusal = await rejectionOf(fetchDocument(new URL(url), 5120))
      expect(refusal).to.include({ kind: 'unusable' })
      expect(asked).to.equal(0)
    })
  }

  it('fetches nothing from a host that the operator has not listed', async () => {
    const document = { client_id: '', redirect_uris: ['https://client.example.com/callback'] }
    const metadataHosts = ['claude.ai', '*.example.com']
    for (const [host, isAllowed] of [
      ['claude.ai', true],
      ['a.example.com', true],
      ['a.b.example.com', true],
      ['example.com', false],
      ['evilexample.com', false],
      ['example.com.evil.test', false],
      ['claude.ai.evil.test', false],
      ['notclaude.ai', false],
      ['xn--claud-esa.ai', false],
    ] as const) {
      const id = `https://${host}/client.json`
      const documents = { [id]: { ...document, client_id: id } }
      const clients = createKnownClients({ documents, metadataHosts })
      if (isAllowed) {
        expect(await clients.find(id)).to.have.property('host', host)
      } else {
        expect(await rejectionOf(clients.find(id)), host).to.include({ code: 'invalid_client' })
        expect(clients.fetched, host).to.deep.equal([])
      }
    }
  })
})
