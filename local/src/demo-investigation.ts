import type { ReadAnswer } from './demo-answer.ts'

/**
 * Calls a tool and gives its answer; rejects where the tool fails. `columns` are those of its table that the script
 * reads: what a person wants to see of it.
 */
export type Ask = (
  tool: string,
  input: Readonly<Record<string, unknown>>,
  columns: readonly string[],
) => Promise<ReadAnswer>

/** What an investigation says on its way, before a call (`question`) and after it (`finding`). */
export type Tell = Readonly<{
  question: (text: string) => void
  finding: (text: string) => void
}>

/** What was found; every part is taken from an answer. */
export type Conclusion = Readonly<{
  service: string
  version: string
  previous: string
  deployment: string
  change: string
  error: string
  cause: string
  /** The share of the new version's requests that failed, in percent. */
  failedPercent: number
  /** The minute in which it began, ISO 8601. */
  since: string
  sentence: string
}>

/**
 * Finds out why alarms ring, by tool calls alone: each call is made from the answers before it, and nothing is known
 * beforehand but how shops name things (a log group ends in its service's name; deploys are logged somewhere). Throws
 * where an answer does not lead on.
 */
export async function investigate(ask: Ask, { question, finding }: Tell): Promise<Conclusion> {
  question('What is wrong right now?')
  const alarms = await ask('list_alarms', { state: 'ALARM' }, ['name', 'type', 'since', 'watches'])
  const top = found(alarms, 'a composite alarm', (row) => row.type === 'composite')
  finding(`${alarms.rows.length} alarms ring; ${top.name} stands above others: ${top.watches}.`)

  question('Since when, and which of its children shows the time before, too?')
  const history = await ask('get_alarm_history', { name: top.name, children: true }, [
    'time',
    'alarm',
    'change',
    'lasted',
  ])
  const window = widestWindow(history, top.name ?? '')
  finding(`${window.alarm}, from ${clock(window.start)} to ${clock(window.end)}.`)

  question('What does that alarm watch?')
  const alarm = await ask('get_alarm', { name: window.alarm }, ['what', 'value'])
  const watched = readWatched(valueBeside(alarm, 'watches'))
  const rule = readRule(valueBeside(alarm, 'threshold'))
  finding(`${watched.expression} of the service ${watched.service}; it rings ${rule.text}.`)

  question('In which minute did it begin?')
  const { start, end } = window
  const points = await ask(
    'get_metric_data',
    {
      queries: watched.queries,
      start,
      end,
      points: 'values',
    },
    ['label', 'from', 'to', 'max', 'values from the first point on'],
  )
  const onset = onsetOf(points, rule)
  finding(`At ${clock(onset.at)}. Before that it was ${onset.before} % on average.`)

  question('What does the curve look like until now?')
  const graph = await ask(
    'get_metric_graph',
    {
      alarm: window.alarm,
      start,
      marks: [{ time: onset.at, label: 'onset' }],
    },
    ['label', 'min', 'max', 'avg', 'last', 'trend', 'outline'],
  )
  finding(graph.notes[0] ?? graph.summary)

  question('Which log groups are there?')
  const groups = await ask('list_log_groups', {}, ['name', 'retentionDays', 'storedBytes'])
  const group = (what: string, pattern: RegExp) =>
    found(groups, `a log group of ${what}`, (row) => pattern.test(row.name ?? '')).name ?? ''
  const own = group(watched.service, endsIn(watched.service))
  const deploys = group('deployments', /deploy/)
  finding(`${own} is the service's own; ${deploys} tells what changed.`)

  question('Which errors are in its log since then?')
  const patterns = await ask('analyze_log_group', { logGroup: own, start: onset.at }, [
    'what',
    'count',
    'share',
    'pattern',
  ])
  const error = found(patterns, 'an error pattern', (row) => row.what === 'error pattern')
  const message = field(error.pattern ?? '', 'message')
  finding(`${error.share} of the errors, ${error.count} events: “${message}”.`)

  question('Which requests fail so, and what else do they say?')
  const failures = await ask(
    'query_logs',
    {
      logGroups: [own],
      query: `filter message = ${JSON.stringify(message)} | fields @timestamp, requestId, version, error.type as type, error.upstream as upstream | sort @timestamp asc | limit 3`,
      start: onset.at,
    },
    ['#', '@timestamp', 'requestId', 'version', 'type', 'upstream'],
  )
  const failure = found(failures, 'a failed request', (row) => (row.requestId ?? '') !== '')
  const upstream = failure.upstream ?? ''
  finding(`A ${failure.type}: ${own} waits for ${upstream}. The first is ${failure.requestId}.`)

  question('Does it depend on the version?')
  const versions = await ask(
    'query_logs',
    {
      logGroups: [own],
      query:
        'filter ispresent(requestId) | stats count(*) as requests, sum(strcontains(level, "ERROR")) as errors, min(@timestamp) as first by version | sort errors desc',
      start,
    },
    ['version', 'requests', 'errors', 'first'],
  )
  const bad = found(versions, 'a version with errors', (row) => Number(row.errors) > 0)
  const good = found(versions, 'another version', (row) => row.version !== bad.version)
  const failedPercent = round((100 * Number(bad.errors)) / Number(bad.requests))
  finding(
    `${bad.errors} of ${bad.requests} requests of ${bad.version} failed, ${good.errors} of ${good.requests} of ${good.version}.`,
  )

  question(`What did ${upstream} see of one failed request?`)
  const others = group(upstream, endsIn(upstream))
  const trace = await ask(
    'correlate_logs',
    {
      id: failure.requestId,
      logGroups: [own, others],
      start: onset.at,
    },
    ['time', 'log group', 'message'],
  )
  const line = found(trace, `a line of ${others}`, (row) => row['log group'] === others)
  const cause = field(line.message ?? '', 'message')
  finding(`“${cause}”.`)

  question('Who deployed that version, when, and what did it change?')
  const deployment = await ask(
    'filter_log_events',
    {
      logGroup: deploys,
      pattern: `{ $.service = "${watched.service}" && $.version = "${bad.version}" }`,
      start: '-3d',
      order: 'oldest',
    },
    ['time', 'message'],
  )
  const event = (name: string) =>
    found(deployment, name, (row) => (row.message ?? '').includes(`"event":"${name}"`))
  const started = event('deployment.started').message ?? ''
  const change = field(started, 'change')
  const id = field(started, 'deployment')
  const rolling = event('deployment.rolling').time ?? ''
  finding(`${id} by ${field(started, 'by')}: “${change}”; it took traffic at ${clock(rolling)}.`)

  const { service } = watched
  const version = bad.version ?? ''
  const previous = field(started, 'previous')
  return {
    service,
    version,
    previous,
    deployment: id,
    change,
    error: message,
    cause,
    failedPercent,
    since: onset.at,
    sentence: `Since ${clock(onset.at)}, ${failedPercent} % of ${service} requests on ${version} fail with “${message}”, because ${upstream} has “${cause}”: deployment ${id} (“${change}”) took traffic at ${clock(rolling)}; roll back to ${previous}.`,
  }
}

type Row = Readonly<Record<string, string>>

function found(answer: ReadAnswer, what: string, is: (row: Row) => boolean): Row {
  const row = answer.rows.find(is)
  if (row === undefined) throw new Error(`the answer has no ${what}: ${answer.summary}`)
  return row
}

/** The value beside a word in a table of the columns what and value. */
function valueBeside(answer: ReadAnswer, what: string): string {
  return found(answer, what, (row) => row.what === what).value ?? ''
}

/** A text or number out of a JSON line, which may be cut before its end. */
function field(text: string, name: string): string {
  const value = new RegExp(`"${name}":"([^"]*)"`).exec(text)?.[1]
  if (value === undefined) throw new Error(`no ${name} in ${text.slice(0, 200)}`)
  return value
}

function endsIn(service: string): RegExp {
  return new RegExp(`/${service}$`)
}

/** Of the windows that the history suggests for alarms below `top`, the one that begins first. */
function widestWindow(history: ReadAnswer, top: string) {
  const windows = history.notes.flatMap((note) => {
    const [, start, end, alarm] = /^Look at start (\S+), end (\S+): "([^"]+)"/.exec(note) ?? []
    return start === undefined || end === undefined || alarm === undefined || alarm === top
      ? []
      : [{ start, end, alarm }]
  })
  const [first] = windows.toSorted((one, other) => one.start.localeCompare(other.start))
  if (first === undefined) throw new Error(`no window to look at: ${history.summary}`)
  return first
}

/** `id: Sum of Namespace/Name {Dimension=value}` and `id: expression`, separated by semicolons, as queries. */
function readWatched(text: string) {
  let service = ''
  let expression = ''
  const queries = text.split('; ').map((part) => {
    const [, id = '', what = ''] = /^(\w+): (.+)$/.exec(part) ?? []
    const metric = /^(\S+) of (.+)\/([^/]+) \{([^=}]+)=([^}]+)\}$/.exec(what)
    if (metric === null) {
      expression = what
      return { id, expression: what }
    }
    const [, statistic, namespace, metricName, name, value = ''] = metric
    service = value
    const dimensions = [{ name, value }]
    return { id, namespace, metricName, dimensions, statistic, period: 60, hidden: true }
  })
  if (service === '' || expression === '') throw new Error(`nothing to read in: ${text}`)
  return { service, expression, queries }
}

/** `> 5 for 5 of 10 periods of 60 s`. */
function readRule(text: string) {
  const [, limit, needed, of] = /^> ([\d.]+) for (\d+) of (\d+) /.exec(text) ?? []
  if (limit === undefined) throw new Error(`no threshold in: ${text}`)
  return { text, limit: Number(limit), needed: Number(needed), of: Number(of) }
}

/** The first point beyond the threshold that is followed by as many more as the alarm needs. */
function onsetOf(points: ReadAnswer, rule: ReturnType<typeof readRule>) {
  const [row = {}] = points.rows
  const values = (row['values from the first point on'] ?? '').split(',').map(Number)
  const periodMs = Number.parseInt(points.facts.get('period') ?? '', 10) * 1000
  const at = values.findIndex(
    (value, index) =>
      value > rule.limit &&
      values.slice(index, index + rule.of).filter((one) => one > rule.limit).length >= rule.needed,
  )
  if (at < 0) throw new Error(`no onset in: ${values.join(',')}`)
  const before = values.slice(0, at).reduce((sum, value) => sum + value, 0) / Math.max(1, at)
  const time = new Date(Date.parse(row.from ?? '') + at * periodMs)
  return { at: time.toISOString().replace('.000Z', 'Z'), before: round(before) }
}

function round(value: number): number {
  return Number(value.toFixed(1))
}

/** `20:17` of an ISO 8601 time. */
function clock(time: string): string {
  return `${time.slice(11, 16)} UTC`
}
