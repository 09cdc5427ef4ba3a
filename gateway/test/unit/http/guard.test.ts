import { expect } from 'chai'
import { GatewayError } from '../../../src/errors.ts'
import { createGuard } from '../../../src/http/guard.ts'

const guard = createGuard({
  publicUrl: 'https://gw.example:8443',
  allowedHosts: ['lb.internal'],
  allowedOrigins: ['http://localhost:6274'],
})

describe('checkHost', () => {
  for (const host of ['gw.example:8443', 'GW.example:8443', 'lb.internal', 'LB.INTERNAL']) {
    it(`accepts ${host}`, () => {
      expect(() => guard.checkHost({ host })).to.not.throw()
    })
  }
  for (const host of [
    undefined,
    '',
    'gw.example',
    'gw.example:443',
    'evil.example',
    'gw.example:8443.evil.example',
    'evil.gw.example:8443',
    'gw.example:8443 ',
    'gw.example:8443,evil.example',
    'user@gw.example:8443',
    '127.0.0.1:8443',
    'lb.internal:80',
  ]) {
    it(`refuses ${JSON.stringify(host)}`, () => {
      expect(() => guard.checkHost(host === undefined ? {} : { host }))
        .to.throw(GatewayError)
        .with.property('reason', 'host_rejected')
    })
  }

  it('leaves out the port that is the default of the scheme', () => {
    const plain = createGuard({
      publicUrl: 'https://gw.example',
      allowedHosts: [],
      allowedOrigins: [],
    })
    expect(() => plain.checkHost({ host: 'gw.example' })).to.not.throw()
  })
})

describe('checkOrigin', () => {
  it('asks for nothing where no page is involved', () => {
    expect(guard.checkOrigin({})).to.deep.equal([])
  })

  for (const origin of ['https://gw.example:8443', 'http://localhost:6274']) {
    it(`lets ${origin} read the answer`, () => {
      const headers = new Map(guard.checkOrigin({ origin }))
      expect(headers.get('access-control-allow-origin')).to.equal(origin)
      expect(headers.get('vary')).to.equal('origin')
      expect(headers.get('access-control-expose-headers')).to.contain('www-authenticate')
      expect([...headers.keys()]).to.not.include('access-control-allow-credentials')
    })
  }

  for (const origin of [
    'null',
    '',
    '*',
    'https://evil.example',
    'http://gw.example:8443',
    'https://gw.example',
    'https://gw.example:8443/',
    'https://gw.example:8443.evil.example',
    'HTTPS://GW.EXAMPLE:8443',
    'http://localhost:6275',
  ]) {
    it(`refuses "${origin}"`, () => {
      expect(() => guard.checkOrigin({ origin }))
        .to.throw(GatewayError)
        .with.property('reason', 'origin_rejected')
    })
  }
})
