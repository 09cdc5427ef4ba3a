// The yardstick: the MCP SDK with one trivial tool, as its documentation shows it, and nothing else. With "aws" as
// argument the tool makes one AWS call by a fresh client on shared connections and answers what it got.
// Sends its port to the parent.
import { createServer } from 'node:http'
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch'
import { toNodeHandler } from '@modelcontextprotocol/node'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { z } from 'zod'

const requestHandler = new NodeHttpHandler()
const credentials = { accessKeyId: 'ASIABENCH00000000001', secretAccessKey: 'x', sessionToken: 'x' }

async function alarms() {
  const client = new CloudWatchClient({
    region: 'us-east-1',
    endpoint: process.env.AWS_ENDPOINT_URL,
    credentials,
    requestHandler,
  })
  return JSON.stringify((await client.send(new DescribeAlarmsCommand({}))).MetricAlarms)
}

const run = process.argv[2] === 'aws' ? alarms : async () => 'hello'
const inputSchema = z.object({ word: z.string().optional() })
const handler = createMcpHandler(() => {
  const server = new McpServer({ name: 'bare', version: '1.0.0' })
  server.registerTool('hello', { description: 'Says hello.', inputSchema }, async () => ({
    content: [{ type: 'text', text: await run() }],
  }))
  return server
})
const server = createServer(toNodeHandler(handler))
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
