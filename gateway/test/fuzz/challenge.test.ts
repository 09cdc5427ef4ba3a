import { expect } from 'chai'
import fc from 'fast-check'
import { challenge } from '../../src/metadata/challenge.ts'
import { check, describeFuzz, headerText } from './check.ts'

/** A strict reader of one challenge (RFC 9110 §11.2, §5.6.4); undefined for what it does not allow. */
function readChallenge(value: string): ReadonlyMap<string, string> | undefined {
  const [matched, scheme, rest = ''] = /^([!#$%&'*+.^_`|~\w-]+) (.*)$/s.exec(value) ?? []
  if (matched === undefined || scheme !== 'Bearer') return undefined
  const parameter =
    /^([!#$%&'*+.^_`|~\w-]+)="((?:[\t \x21\x23-\x5b\x5d-\x7e]|\\[\t\x20-\x7e])*)"(, |$)/
  const parameters = new Map<string, string>()
  let left = rest
  while (left !== '') {
    const [whole = '', name = '', quoted = '', separator] = parameter.exec(left) ?? []
    if (whole === '' || parameters.has(name)) return undefined
    parameters.set(name, quoted.replaceAll(/\\(.)/g, '$1'))
    left = left.slice(whole.length)
    if (separator === ', ' && left === '') return undefined
  }
  return parameters
}

describeFuzz('any challenge', () => {
  const text = fc.oneof(
    headerText,
    fc.string({ unit: 'binary' }),
    fc.string(),
    fc.constantFrom('", error="none', '\\", a="', 'a\r\nset-cookie: b', '\\'),
  )

  it('is one challenge to a strict reader, with the parameters that were meant and no others', () => {
    check(
      fc.property(
        fc.constantFrom('invalid_token', 'invalid_request', 'insufficient_scope', undefined),
        text,
        text,
        fc.array(text, { maxLength: 4 }),
        (error, said, metadataUrl, scopes) => {
          const value = challenge({ error, text: said }, { metadataUrl, scopes })
          expect(value).to.match(/^[\x20-\x7e]*$/)
          const read = readChallenge(value)
          const asked = scopes.filter((scope) => scope !== 'offline_access')
          const names = [
            ...(error === undefined ? [] : ['error', 'error_description']),
            'resource_metadata',
            ...(asked.length === 0 ? [] : ['scope']),
          ]
          expect([...(read?.keys() ?? [])]).to.deep.equal(names)
          expect(read?.get('error')).to.equal(error)
        },
      ),
    )
  })

  it('says plain values as they are', () => {
    const plain = fc.stringMatching(/^[\x20\x21\x23-\x5b\x5d-\x7e]{1,40}$/)
    check(
      fc.property(plain, plain, (said, url) => {
        const value = challenge(
          { error: 'invalid_token', text: said },
          { metadataUrl: url, scopes: [] },
        )
        const read = readChallenge(value)
        expect(read?.get('error_description')).to.equal(said)
        expect(read?.get('resource_metadata')).to.equal(url)
      }),
    )
  })
})
