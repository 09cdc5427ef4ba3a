import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listen, stop } from './loopback.ts'

/** The places where an AWS SDK looks for credentials. */
export const AMBIENT_SOURCES = [
  'environment',
  'profile',
  'process',
  'token file',
  'container',
  'instance',
] as const
export type AmbientSource = (typeof AMBIENT_SOURCES)[number]

export type FakeAmbient = Readonly<{
  /** Variables by which a process finds that source, and no other. */
  variables: (source: AmbientSource) => Readonly<Record<string, string>>
  /** The paths that were asked of the container's and the instance's endpoints. */
  asked: readonly string[]
  /** Whether the program that a profile names was run. */
  processRan: () => Promise<boolean>
  close: () => Promise<void>
}>

/** The access key id that a source gives. */
export const ambientKey = (source: AmbientSource) =>
  `ASIAAMBIENT${source.replace(' ', '').toUpperCase()}`

/** All the sources, with credentials in them that say where they are from. */
export async function startFakeAmbient(): Promise<FakeAmbient> {
  const folder = await mkdtemp(join(tmpdir(), 'ambient-'))
  const file = (name: string) => join(folder, name)
  const asked: string[] = []
  const answers: Readonly<Record<string, string>> = {
    '/container': JSON.stringify(remote('container')),
    '/latest/api/token': 'metadata-token',
    '/latest/meta-data/iam/security-credentials/': 'Node',
    '/latest/meta-data/iam/security-credentials/Node': JSON.stringify({
      Code: 'Success',
      ...remote('instance'),
    }),
  }
  const server = createServer((req, res) => {
    const path = req.url ?? ''
    asked.push(path)
    const answer = answers[path]
    res.writeHead(answer === undefined ? 404 : 200).end(answer)
  })
  const origin = `http://127.0.0.1:${await listen(server)}`

  await writeFile(
    file('profile'),
    `[default]\naws_access_key_id = ${ambientKey('profile')}\naws_secret_access_key = ambient-secret\naws_session_token = ambient-session\n`,
  )
  const marker = file('ran')
  const { Token: SessionToken, ...rest } = remote('process')
  await writeFile(file('answer'), JSON.stringify({ Version: 1, SessionToken, ...rest }))
  await writeFile(
    file('process'),
    `[default]\ncredential_process = sh -c "touch ${marker}; cat ${file('answer')}"\n`,
  )
  await writeFile(file('token'), 'ambient.web.identity')
  const absent = file('absent')
  const none = {
    HOME: folder,
    AWS_CONFIG_FILE: absent,
    AWS_SHARED_CREDENTIALS_FILE: absent,
    AWS_EC2_METADATA_DISABLED: 'true',
  }
  const only: Readonly<Record<AmbientSource, Record<string, string>>> = {
    environment: {
      AWS_ACCESS_KEY_ID: ambientKey('environment'),
      AWS_SECRET_ACCESS_KEY: 'ambient-secret',
      AWS_SESSION_TOKEN: 'ambient-session',
    },
    profile: { AWS_SHARED_CREDENTIALS_FILE: file('profile') },
    process: { AWS_CONFIG_FILE: file('process') },
    'token file': {
      AWS_WEB_IDENTITY_TOKEN_FILE: file('token'),
      AWS_ROLE_ARN: 'arn:aws:iam::999988887777:role/Pod',
      AWS_ROLE_SESSION_NAME: 'ambient',
    },
    container: { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${origin}/container` },
    instance: { AWS_EC2_METADATA_DISABLED: 'false', AWS_EC2_METADATA_SERVICE_ENDPOINT: origin },
  }
  return {
    variables: (source) => ({ ...none, ...only[source] }),
    asked,
    processRan: () =>
      stat(marker).then(
        () => true,
        () => false,
      ),
    close: async () => {
      await stop(server)
      await rm(folder, { recursive: true })
    },
  }
}

function remote(source: AmbientSource) {
  return {
    AccessKeyId: ambientKey(source),
    SecretAccessKey: 'ambient-secret',
    Token: 'ambient-session',
    Expiration: new Date(Date.now() + 3_600_000).toISOString(),
  }
}
