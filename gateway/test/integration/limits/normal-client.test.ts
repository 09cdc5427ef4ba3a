import { Agent, request } from 'node:http'
import { expect } from 'chai'
import { HOST } from '../../support/running-gateway.ts'
import { TOOL_CALL } from '../gateway/world.ts'
import { limitedPerTest, mcpRequest } from './limited-world.ts'

/** The limits as they are when nobody sets any. */
describe('a normal client', () => {
  const start = limitedPerTest()

  it('with ten sessions of a stream and parallel calls meets no limit', async () => {
    const world = await start()
    world.mcp.script(({ method }, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      if (method === 'GET') res.write(': open\n\n')
      else res.end('data: {}\n\n')
    })
    const token = await world.tokenOf('generic')
    for (let count = 0; count < 10; count += 1) {
      const stream = await world.connect()
      stream.write(mcpRequest(token, { method: 'GET' }))
      await stream.readUntil(': open')
    }
    for (let round = 0; round < 10; round += 1) {
      const answers = await Promise.all(Array.from({ length: 40 }, () => world.call(token)))
      expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([200]))
    }
  })

  it('on one kept-alive connection sends hundreds of requests', async () => {
    const world = await start()
    const token = await world.tokenOf('generic')
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    let connections = 0
    try {
      for (let count = 0; count < 300; count += 1) {
        const status = await new Promise((resolve, reject) => {
          const sent = request(
            {
              agent,
              host: '127.0.0.1',
              port: world.gateway.port,
              method: 'POST',
              path: '/mcp',
              headers: { host: HOST, authorization: `Bearer ${token}` },
            },
            (res) => {
              res.resume()
              res.on('end', () => resolve(res.statusCode))
            },
          )
          sent.on('error', reject)
          sent.on('socket', () => {
            if (!sent.reusedSocket) connections += 1
          })
          sent.end(TOOL_CALL)
        })
        expect(status).to.equal(200)
      }
    } finally {
      agent.destroy()
    }
    expect(connections).to.equal(1)
  })

  it('among a hundred behind one address starts without a token and signs in', async () => {
    const world = await start()
    for (let number = 0; number < 100; number += 1) {
      expect((await world.call(undefined)).status).to.equal(401)
      const token = await world.tokenOf('generic', { sub: `u-${number}` })
      expect((await world.call(token)).status).to.equal(200)
    }
  })
})
