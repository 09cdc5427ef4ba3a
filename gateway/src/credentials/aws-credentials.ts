/** A role session's key triple and its end. All four are always present. */
export type AwsCredentials = Readonly<{
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string
  expiration: Date
}>
