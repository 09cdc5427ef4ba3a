/** The environment of a client that is a program: nothing of the caller's settings, and no browser that opens. */
export function quietEnvironment(
  more: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return { PATH: process.env.PATH ?? '', BROWSER: 'true', NODE_NO_WARNINGS: '1', ...more }
}
