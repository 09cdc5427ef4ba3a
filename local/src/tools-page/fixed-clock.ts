/**
 * Preloaded into a program by `--import …/fixed-clock.js?start=MS&at=MS`: its clock shows `start` at the moment `at`
 * and goes on from there (both in milliseconds since 1970). So the page is always made in the same minute of the same
 * day, and two makings of it can be compared.
 */
import { ServerResponse } from 'node:http'

const { searchParams } = new URL(import.meta.url)
const shift = Number(searchParams.get('at')) - Number(searchParams.get('start'))
const RealDate = Date
const now = () => RealDate.now() - shift

globalThis.Date = new Proxy(RealDate, {
  construct: (target, given, newTarget) =>
    given.length === 0
      ? new target(now())
      : // What Date makes of its arguments is a date.
        (Reflect.construct(target, given, newTarget) as Date),
  apply: () => new RealDate(now()).toString(),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
})

// Node writes the Date header by the real clock, and the AWS SDK would set its own by it.
Object.defineProperty(ServerResponse.prototype, 'sendDate', {
  get: () => false,
  set: () => undefined,
})
