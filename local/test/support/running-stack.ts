import { freePorts } from '../../src/ports.ts'
import { type Stack, type StackOptions, startStack } from '../../src/stack.ts'

/** A call as the AWS stand-in saw it. */
export type SeenCall = Readonly<{
  service: string
  operation: string
  region?: string
  accessKeyId?: string
  callerArn?: string
  outcome: string
  errorCode?: string
}>

/** The whole local stack of built programs on free ports, with what its programs printed. */
export type RunningStack = Stack &
  Readonly<{
    lines: readonly string[]
    /** What reached the AWS stand-in, in order. */
    calls(): Promise<readonly SeenCall[]>
    forgetCalls(): Promise<void>
    /** Makes the AWS stand-in misbehave; `clearFaults` ends that. */
    addFaults(faults: ReadonlyArray<Readonly<Record<string, unknown>>>): Promise<void>
    clearFaults(): Promise<void>
    /** The gateway's audit records. */
    audits(): ReadonlyArray<Readonly<Record<string, unknown>>>
  }>

export async function runStack(
  options: Partial<Pick<StackOptions, 'sealKeys'>> = {},
): Promise<RunningStack> {
  const lines: string[] = []
  const stack = await startStack({
    ...options,
    ports: await freePorts(),
    onLine: (_, line) => lines.push(line),
  })
  const control = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${stack.origins.aws}/_local/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`)
    return response.text()
  }
  return {
    ...stack,
    lines,
    calls: async () => JSON.parse(await control('GET', 'calls')).calls,
    forgetCalls: async () => void (await control('DELETE', 'calls')),
    addFaults: async (faults) => void (await control('POST', 'faults', faults)),
    clearFaults: async () => void (await control('DELETE', 'faults')),
    audits: () =>
      lines
        .filter((line) => line.startsWith('{"kind":"audit"'))
        .map((line): Record<string, unknown> => JSON.parse(line)),
  }
}

/** Waits until `read` gives something other than undefined; fails after `timeoutMs`. */
export async function eventually<T>(
  read: () => Promise<T | undefined> | T | undefined,
  timeoutMs = 10_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const value = await read()
    if (value !== undefined) return value
    if (Date.now() > deadline) throw new Error('it did not happen in time')
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}
