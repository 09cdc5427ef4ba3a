/**
 * The one import of the library. On Node 20 it prints a line at import that recommends Node 22; everything used
 * here works on Node 20 (the tests run there), so that one line is held back, and only while the module loads.
 */
const warn = console.warn
console.warn = (...values: unknown[]) => {
  if (String(values[0]).includes('oidc-provider WARNING: Unsupported runtime')) return
  warn(...values)
}
const library = await import('oidc-provider')
console.warn = warn

export const { Provider, errors } = library
