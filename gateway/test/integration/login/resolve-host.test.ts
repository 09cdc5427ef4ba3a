import { createSocket } from 'node:dgram'
import { expect } from 'chai'
import { createPublicResolver, resolveLocalHost } from '../../../src/login/clients/resolve-host.ts'
import { rejectionOf } from '../../support/known-clients.ts'

const TYPES = { 1: 'A', 28: 'AAAA' } as const
type Records = Readonly<Record<string, Readonly<{ A?: number[][]; AAAA?: number[][] }>>>

/** A name server on 127.0.0.1 that knows these names; of any other it says that there is none (RFC 1035 §4). */
async function startNameServer(records: Records, isSilent = false) {
  const asked: string[] = []
  const socket = createSocket('udp4')
  socket.on('message', (query, from) => {
    let at = 12
    const labels: string[] = []
    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
      labels.push(query.subarray(at + 1, at + 1 + length).toString('latin1'))
      at += length + 1
    }
    const type = TYPES[query.readUInt16BE(at + 1) as keyof typeof TYPES] // the resolver asks for these two
    const name = labels.join('.').toLowerCase()
    asked.push(`${name} ${type}`)
    if (isSilent) return
    const known = records[name]
    const addresses = known?.[type] ?? []
    const header = Buffer.from(query.subarray(0, 12))
    header.writeUInt16BE(known === undefined ? 0x8183 : 0x8180, 2)
    header.writeUInt16BE(1, 4)
    header.writeUInt16BE(addresses.length, 6)
    header.writeUInt32BE(0, 8)
    const answers = addresses.map((bytes) =>
      Buffer.concat([
        Buffer.from([0xc0, 12, ...query.subarray(at + 1, at + 5), 0, 0, 0, 60, 0, bytes.length]),
        Buffer.from(bytes),
      ]),
    )
    const answer = Buffer.concat([header, query.subarray(12, at + 5), ...answers])
    socket.send(answer, from.port, from.address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  return {
    asked,
    servers: [`127.0.0.1:${socket.address().port}`],
    close: () => new Promise<void>((resolve) => socket.close(() => resolve())),
  }
}

const V6 = [0x26, 0x06, 0x47, 0, 0x47, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x11, 0x11]
const never = new AbortController().signal

describe('createPublicResolver', () => {
  it('gives all addresses of a name, of both families', async () => {
    const server = await startNameServer({
      'client.example.test': {
        A: [
          [192, 0, 2, 1],
          [10, 0, 0, 1],
        ],
        AAAA: [V6],
      },
      'four.example.test': { A: [[192, 0, 2, 2]] },
    })
    try {
      const resolveHost = createPublicResolver(server)
      expect(await resolveHost('client.example.test', never)).to.have.deep.members([
        { address: '192.0.2.1', family: 4 },
        { address: '10.0.0.1', family: 4 },
        { address: '2606:4700:4700::1111', family: 6 },
      ])
      expect(await resolveHost('four.example.test', never)).to.deep.equal([
        { address: '192.0.2.2', family: 4 },
      ])
    } finally {
      await server.close()
    }
  })

  it('asks for the very name, with no search domain, and says where there is none', async () => {
    const server = await startNameServer({})
    try {
      const refusal = await rejectionOf(createPublicResolver(server)('kubernetes.default', never))
      expect(refusal).to.have.property('code').that.is.oneOf(['ENOTFOUND', 'ENODATA'])
      expect(new Set(server.asked)).to.deep.equal(
        new Set(['kubernetes.default A', 'kubernetes.default AAAA']),
      )
    } finally {
      await server.close()
    }
  })

  it('stops asking when it is told to', async () => {
    const server = await startNameServer({}, true)
    const controller = new AbortController()
    try {
      const attempt = createPublicResolver(server)('client.example.test', controller.signal)
      controller.abort()
      expect(await rejectionOf(attempt)).to.include({ code: 'ECANCELLED' })
    } finally {
      await server.close()
    }
  })
})

describe('resolveLocalHost', () => {
  it('gives what this machine has for a name', async () => {
    const addresses = await resolveLocalHost('localhost', never)
    expect(addresses.map(({ address }) => address)).to.satisfy((all: string[]) =>
      all.every((address) => address === '127.0.0.1' || address === '::1'),
    )
    expect(addresses).to.not.have.length(0)
  })
})
