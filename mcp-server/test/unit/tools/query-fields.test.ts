import { expect } from 'chai'
import { fieldsFilteredBy } from '../../../src/tools/query-fields.ts'

describe('fieldsFilteredBy', () => {
  for (const [language, query, equal, other] of [
    ['CWLI', 'fields @timestamp | filter level = "ERROR" and status >= 500', ['level'], ['status']],
    ['CWLI', 'filter requestId in ["a", "b"] | stats count(*)', ['requestId'], []],
    ['CWLI', 'filterIndex traceId = "x" | limit 5', ['traceId'], []],
    ['CWLI', 'filter @message like /status = 5/ | filter `user.id` = 7', ['user.id'], ['@message']],
    ['CWLI', 'filter msg = "a = b | filter c = d"', ['msg'], []],
    ['CWLI', 'parse @message "user=*" as user | filter user = "x" and app = "y"', ['app'], []],
    ['CWLI', 'parse @message /(?<u>.=.)/ | filter app != "y"', [], ['app']],
    ['CWLI', 'fields a = b as c | stats count(*) as n by d | filter n = 3', [], []],
    ['CWLI', 'filter not level = "x" or level not in ["y"]', ['level'], []],
    ['CWLI', 'filter x = 1 # filter y = 2\n| filter z==3', ['x', 'z'], []],
    ['CWLI', 'filter isPresent(a) and b =~ /c=1/', [], ['b']],
    ['PPL', "where `orderId` = '7' and qty > 2 | stats count()", ['orderId'], ['qty']],
    [
      'SQL',
      "SELECT a, b = 1 FROM `/g` WHERE level = 'E' AND t LIKE '%x=1%' GROUP BY q = 2",
      ['level'],
      ['t'],
    ],
    [
      'SQL',
      "select * from `/g` x join `/h` y on x.i = y.i where x.user IN ('a') limit 3",
      ['user'],
      [],
    ],
    ['CWLI', 'stats count(*) by bin(5m)', [], []],
    ['CWLI', '', [], []],
  ] as const) {
    it(`finds ${[...equal, ...other].join(', ') || 'none'} in ${language} ${query.slice(0, 60)}`, () => {
      const uses = fieldsFilteredBy(query, language)
      const those = (equality: boolean) =>
        uses.filter((use) => use.equality === equality).map(({ field }) => field)
      expect(those(true)).to.deep.equal(equal)
      expect(those(false)).to.deep.equal(other)
    })
  }

  for (const part of ['filter a = "', 'a b ', '`a', 'as a, ', "'\\", 'parse a /', 'x in ', '# ']) {
    it(`takes a query of 10,000 characters of ${JSON.stringify(part)} in linear time`, () => {
      const started = process.hrtime.bigint()
      fieldsFilteredBy(`filter ${part.repeat(10_000 / part.length)}`, 'CWLI')
      expect(Number(process.hrtime.bigint() - started) / 1e6).to.be.below(500)
    })
  }
})
