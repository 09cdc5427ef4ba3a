import { expect } from 'chai'
import { createMetrics } from '../../../src/metrics/metrics.ts'

describe('createMetrics', () => {
  const metricsOf = () => createMetrics({ cachedCredentials: () => 3, verifiedTokens: () => 7 })

  it('counts requests by target, outcome and status', async () => {
    const metrics = metricsOf()
    const labels = { target: 'default', outcome: 'forwarded', status: 200 }
    metrics.request(labels, 0.02)
    metrics.request(labels, 0.02)
    metrics.request({ ...labels, outcome: 'token_missing', status: 401 }, 0.001)
    const { text, contentType } = await metrics.render()
    expect(contentType).to.match(/^text\/plain/)
    expect(text).to.contain(
      'gateway_requests_total{target="default",outcome="forwarded",status="200"} 2',
    )
    expect(text).to.contain(
      'gateway_requests_total{target="default",outcome="token_missing",status="401"} 1',
    )
    expect(text).to.contain('gateway_request_duration_seconds_count{target="default"} 3')
  })

  it('times exchanges by how they ended', async () => {
    const metrics = metricsOf()
    metrics.exchange('issued', 0.2)
    metrics.exchange('failed', 3)
    const { text } = await metrics.render()
    expect(text).to.contain('gateway_sts_exchange_duration_seconds_sum{outcome="issued"} 0.2')
    expect(text).to.contain('gateway_sts_exchange_duration_seconds_count{outcome="failed"} 1')
  })

  it('reads sizes when it is asked', async () => {
    const { text } = await metricsOf().render()
    expect(text).to.contain('gateway_cached_credentials 3')
    expect(text).to.contain('gateway_verified_tokens 7')
  })

  it('can be made twice in one process', async () => {
    metricsOf().request({ target: 'a', outcome: 'forwarded', status: 200 }, 1)
    expect((await metricsOf().render()).text).to.not.contain('target="a"')
  })
})
