import fc from 'fast-check'

/** How often each property is tried; `FUZZ_RUNS` for a long night. */
export const RUNS = Number(process.env.FUZZ_RUNS ?? 500)

/**
 * Where the search begins. Fixed, so that a change is judged by its own merits and a failure comes again; `FUZZ_SEED` for
 * another beginning, which a long run should have.
 */
export const SEED = Number(process.env.FUZZ_SEED ?? 20_251_125)

/** Tries a property; fast-check prints seed, path and the smallest counterexample where it does not hold. */
export function check<T>(property: fc.IProperty<T>, runs = RUNS): void {
  fc.assert(property, { numRuns: runs, seed: SEED })
}

/** The same for a property that needs time. */
export function checkAsync<T>(property: fc.IAsyncProperty<T>, runs = RUNS): Promise<void> {
  return fc.assert(property, { numRuns: runs, seed: SEED })
}

/** Text as Node reads a header: latin-1, with the characters that matter to parsers more often than others. */
export const headerText = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...' ,;="\\:/.-_~+%@()[]{}<>?!#$&*^`|\'') },
      { weight: 3, arbitrary: fc.constantFrom(...'aAbBzZ019') },
      {
        weight: 1,
        arbitrary: fc.constantFrom('\t', '\r', '\n', '\0', '\x7f', '\x80', '\xe9', '\xff'),
      },
    ),
    { maxLength: 40 },
  )
  .map((characters) => characters.join(''))

/** Letters in any case: `bearer` as `bEaRer`. */
export function anyCase(word: string): fc.Arbitrary<string> {
  return fc
    .array(fc.boolean(), { minLength: word.length, maxLength: word.length })
    .map((upper) =>
      [...word].map((letter, at) => (upper[at] ? letter.toUpperCase() : letter)).join(''),
    )
}

/** A `describe` whose tests may take as long as `FUZZ_RUNS` wants them to. */
export function describeFuzz(title: string, define: () => void): void {
  describe(title, function () {
    this.timeout(20_000 + RUNS * 100)
    define()
  })
}
