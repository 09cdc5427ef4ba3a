import { createLocalAws } from './aws.ts'
import { OptionError, readOptions } from './options.ts'

/** Starts the AWS stand-in with the options of the environment and stops it at SIGTERM or SIGINT. */
async function main(): Promise<void> {
  const options = readOptions(process.env)
  const aws = createLocalAws(options)
  const { port } = await aws.listen(options.port, options.host).catch((cause: unknown) => {
    throw listenError(cause, options.host, options.port)
  })
  process.stdout.write(
    `local AWS (STS, CloudWatch, CloudWatch Logs) listens on http://${options.host}:${port}\n`,
  )
  const stop = () => {
    aws.close().then(() => process.exit(0))
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}

function listenError(cause: unknown, host: string, port: number): unknown {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'EADDRINUSE') {
    return new OptionError(`port ${port} is in use: stop its program or set LOCAL_AWS_PORT`)
  }
  if (code === 'EACCES') {
    return new OptionError(`port ${port} may not be used: set LOCAL_AWS_PORT to one above 1023`)
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new OptionError(`LOCAL_AWS_HOST "${host}" is not an address of this machine`)
  }
  return cause
}

main().catch((error: unknown) => {
  const text = error instanceof OptionError ? error.message : String(error)
  process.stderr.write(`local AWS cannot start: ${text}\n`)
  process.exit(1)
})
