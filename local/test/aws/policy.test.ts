import { expect } from 'chai'
import { evaluate } from '../../src/aws/iam/evaluate.ts'
import { matchesGlob } from '../../src/aws/iam/glob.ts'
import { PolicySyntaxError, parsePolicy } from '../../src/aws/iam/policy.ts'

const statement = (changed: object = {}) => ({
  Effect: 'Allow',
  Action: 'logs:StartQuery',
  Resource: '*',
  ...changed,
})
const decide = (statements: readonly object[], context: Record<string, readonly string[]> = {}) =>
  evaluate([parsePolicy({ Version: '2012-10-17', Statement: statements })], {
    action: 'logs:StartQuery',
    resource: 'arn:aws:logs:us-east-1:1:log-group:/shop/cart',
    context,
  }).kind

describe('policies', () => {
  const globs: ReadonlyArray<readonly [string, string, boolean]> = [
    ['*', '', true],
    ['a*c', 'abbbc', true],
    ['a*c', 'abbb', false],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['*/cart*', '/shop/cart:log-stream:', true],
    ['a.c', 'abc', false],
    ['**a*b', 'xaxb', true],
    ['', 'a', false],
  ]
  for (const [pattern, text, expected] of globs) {
    it(`${expected ? 'match' : 'do not match'} ${JSON.stringify(text)} with ${JSON.stringify(pattern)}`, () => {
      expect(matchesGlob(pattern, text)).to.equal(expected)
    })
  }

  const cases: ReadonlyArray<readonly [string, readonly object[], string]> = [
    ['allow what a statement allows', [statement()], 'allow'],
    ['compare actions without case', [statement({ Action: 'LOGS:start*' })], 'allow'],
    ['compare resources with case', [statement({ Resource: 'ARN:*' })], 'implicit-deny'],
    ['deny what nothing allows', [statement({ Action: 'logs:StopQuery' })], 'implicit-deny'],
    ['let a deny win', [statement(), statement({ Effect: 'Deny' })], 'explicit-deny'],
    [
      'ignore a deny for something else',
      [statement(), statement({ Effect: 'Deny', Resource: '*/checkout' })],
      'allow',
    ],
    ['understand NotAction', [statement({ Action: undefined, NotAction: 'logs:Put*' })], 'allow'],
    [
      'understand NotResource',
      [statement({ Resource: undefined, NotResource: '*cart' })],
      'implicit-deny',
    ],
    [
      'cannot decide with an unknown operator',
      [statement({ Condition: { NumericLessThan: { a: '1' } } })],
      'undecidable',
    ],
    [
      'cannot decide with an unknown operator in a deny',
      [statement(), statement({ Effect: 'Deny', Condition: { IpAddress: { a: '1' } } })],
      'undecidable',
    ],
    [
      'cannot decide with a policy variable of another kind',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: an IAM policy variable, not a template
      [statement({ Condition: { StringEquals: { k: '${*}' } } })],
      'undecidable',
    ],
  ]
  for (const [title, statements, expected] of cases) {
    it(title, () => {
      // JSON drops the members that a case takes away.
      expect(decide(JSON.parse(JSON.stringify(statements)))).to.equal(expected)
    })
  }

  const conditions: ReadonlyArray<readonly [string, object, boolean]> = [
    ['StringEquals', { StringEquals: { K: ['a', 'blue'] } }, true],
    ['StringEquals with another value', { StringEquals: { k: 'red' } }, false],
    ['StringEquals of an absent key', { StringEquals: { missing: 'x' } }, false],
    ['StringEqualsIfExists of an absent key', { StringEqualsIfExists: { missing: 'x' } }, true],
    ['StringNotEquals of an absent key', { StringNotEquals: { missing: 'x' } }, true],
    ['StringNotEquals', { StringNotEquals: { k: 'blue' } }, false],
    ['StringLike', { StringLike: { k: 'bl*' } }, true],
    ['Bool', { Bool: { flag: true } }, true],
    ['Bool against', { Bool: { flag: 'false' } }, false],
    ['Null of an absent key', { Null: { missing: 'true' } }, true],
    ['Null of a present key', { Null: { k: 'true' } }, false],
    ['ForAnyValue:StringEquals', { 'ForAnyValue:StringEquals': { many: 'two' } }, true],
    ['ForAllValues:StringEquals', { 'ForAllValues:StringEquals': { many: 'two' } }, false],
    ['two conditions together', { StringEquals: { k: 'blue' }, Bool: { flag: 'false' } }, false],
  ]
  for (const [title, condition, holds] of conditions) {
    it(`judge ${title}`, () => {
      const context = { k: ['blue'], flag: ['true'], many: ['one', 'two'] }
      const expected = holds ? 'allow' : 'implicit-deny'
      expect(decide([statement({ Condition: condition })], context)).to.equal(expected)
    })
  }

  const variable = (inside: string) => `\${${inside}}`
  const variables: ReadonlyArray<readonly [string, string, string, boolean]> = [
    ['has the value', 'StringEquals', variable('tag/team'), true],
    ['is part of the text', 'StringEquals', `x-${variable('tag/team')}-y`, false],
    ['is compared without case of its name', 'StringEquals', variable('TAG/Team'), true],
    ['has another value', 'StringEquals', variable('other'), false],
    ['has no value', 'StringEquals', variable('missing'), false],
    ['has no value and is to differ', 'StringNotEquals', variable('missing'), true],
    ['has a default in place of a value', 'StringEquals', variable("missing, 'blue'"), true],
    ['has a value in place of a default', 'StringEquals', variable("other, 'blue'"), false],
    ['has several values', 'StringEquals', variable('many'), false],
  ]
  for (const [title, operator, value, holds] of variables) {
    it(`judge a policy variable that ${title}`, () => {
      const context = { k: ['blue'], 'tag/team': ['blue'], other: ['red'], many: ['blue', 'red'] }
      const condition = { Condition: { [operator]: { k: value } } }
      const expected = holds ? 'allow' : 'implicit-deny'
      expect(decide([statement(condition)], context)).to.equal(expected)
    })
  }

  const malformed: ReadonlyArray<readonly [string, unknown]> = [
    ['a statement without actions', { Statement: [{ Effect: 'Allow', Resource: '*' }] }],
    ['an unknown effect', { Statement: [statement({ Effect: 'Maybe' })] }],
    ['an unknown element', { Statement: [statement({ Actions: '*' })] }],
    ['an unknown member', { Statements: [] }],
    ['an unknown version', { Version: '2099-01-01', Statement: [statement()] }],
    ['no statements', { Statement: [] }],
    ['everybody as principal', { Statement: [statement({ Principal: '*' })] }],
    ['everybody at AWS as principal', { Statement: [statement({ Principal: { AWS: '*' } })] }],
    ['a service as principal', { Statement: [statement({ Principal: { Service: 'ec2' } })] }],
  ]
  for (const [title, document] of malformed) {
    it(`refuse ${title}`, () => {
      expect(() => parsePolicy(document)).to.throw(PolicySyntaxError)
    })
  }
})
