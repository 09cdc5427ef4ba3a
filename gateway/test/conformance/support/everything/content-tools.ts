import {
  type CallToolResult,
  fromJsonSchema,
  type JsonSchemaType,
  type McpServer,
} from '@modelcontextprotocol/server'
import { PNG, WAV } from './media.ts'
import { textResult } from './text-result.ts'

const MIXED_RESOURCE = {
  uri: 'test://mixed-content-resource',
  mimeType: 'application/json',
  text: JSON.stringify({ test: 'data', value: 123 }),
}

/** What the suite's content scenarios expect, word for word: they compare kinds, media types and some texts. */
const RESULTS: Readonly<Record<string, CallToolResult>> = {
  test_simple_text: textResult('This is a simple text response for testing.'),
  test_image_content: { content: [{ type: 'image', data: PNG, mimeType: 'image/png' }] },
  test_audio_content: { content: [{ type: 'audio', data: WAV, mimeType: 'audio/wav' }] },
  test_embedded_resource: {
    content: [
      {
        type: 'resource',
        resource: {
          uri: 'test://embedded-resource',
          mimeType: 'text/plain',
          text: 'This is an embedded resource content.',
        },
      },
    ],
  },
  test_multiple_content_types: {
    content: [
      { type: 'text', text: 'Multiple content types test:' },
      { type: 'image', data: PNG, mimeType: 'image/png' },
      { type: 'resource', resource: MIXED_RESOURCE },
    ],
  },
  // 2026-07-28: the stream of an ordinary call carries no request of the server's own.
  test_streaming_elicitation: textResult('nothing but a result'),
}

/** A schema with the keywords of JSON Schema 2020-12 that must survive `tools/list` (SEP-1613, SEP-2106). */
const WIDE_SCHEMA = fromJsonSchema({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  $defs: {
    address: {
      $anchor: 'addressDef',
      type: 'object',
      properties: { street: { type: 'string' }, city: { type: 'string' } },
    },
  },
  properties: {
    name: { type: 'string' },
    address: { $ref: '#/$defs/address' },
    contactMethod: { type: 'string', enum: ['phone', 'email'] },
    phone: { type: 'string' },
    email: { type: 'string' },
  },
  allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
  if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { required: ['phone'] },
  else: { required: ['email'] },
  additionalProperties: false,
})

/** One argument is mirrored into `Mcp-Param-Region` (SEP-2243). */
const MIRRORED_ARGUMENT: JsonSchemaType = { type: 'string', ...{ 'x-mcp-header': 'Region' } }
const MIRRORED_SCHEMA = fromJsonSchema<{ region?: string; level?: number }>({
  type: 'object',
  properties: { region: MIRRORED_ARGUMENT, level: { type: 'integer' } },
})

/** Adds the tools that answer at once and always the same. */
export function addContentTools(server: McpServer): void {
  for (const [name, result] of Object.entries(RESULTS)) {
    server.registerTool(
      name,
      { description: `Answers as the scenario of ${name} expects.` },
      () => result,
    )
  }
  server.registerTool('test_error_handling', { description: 'Fails, always.' }, () => {
    throw new Error('This tool intentionally returns an error for testing')
  })
  server.registerTool(
    'json_schema_2020_12_tool',
    { description: 'Has a schema of many keywords.', inputSchema: WIDE_SCHEMA },
    (input) => textResult(JSON.stringify(input)),
  )
  server.registerTool(
    'test_x_mcp_header',
    { description: 'Mirrors an argument into a header.', inputSchema: MIRRORED_SCHEMA },
    ({ region }) => textResult(`region: ${region ?? 'none'}`),
  )
}
