import { startFakeIssuer } from '../../support/fake-issuer.ts'
import { issued, startFakeSts, triple } from '../../support/fake-sts.ts'
import { startGateway } from '../../support/running-gateway.ts'
import { startBearerShim } from './bearer-shim.ts'

/** As long as a real one: the MCP server looks at the form. */
const SECRET_ACCESS_KEY = 'not/a/secret/but/as/long/as/one/is000000'

export type GatewayInFront = Readonly<{
  /** The MCP endpoint for a client that has no token of its own. */
  url: string
  /** How many requests the gateway has let through to the MCP server. */
  forwarded: () => number
  close: () => Promise<void>
}>

/** The gateway before an MCP server, an issuer and an STS behind it, and the shim with a good token before it. */
export async function startGatewayInFront(upstreamUrl: string): Promise<GatewayInFront> {
  const issuer = await startFakeIssuer('/issuer')
  const sts = await startFakeSts()
  sts.script((_call, number) => issued({ ...triple(number), SecretAccessKey: SECRET_ACCESS_KEY }))
  const shim = await startBearerShim()
  const gateway = await startGateway({
    publicUrl: shim.origin,
    upstreamUrl,
    stsEndpoint: sts.endpoint,
    providers: [{ issuer: issuer.issuer }],
    roleArn: 'arn:aws:iam::111122223333:role/Reader',
  })
  const token = await issuer.mint({ aud: `${shim.origin}/mcp` })
  shim.leadTo(gateway.port, token)
  return {
    url: `${shim.origin}/mcp`,
    forwarded: () => gateway.lines.filter((line) => line.includes('"upstream_status":')).length,
    close: async () => {
      await shim.close()
      await gateway.stop()
      await sts.close()
      await issuer.close()
    },
  }
}
