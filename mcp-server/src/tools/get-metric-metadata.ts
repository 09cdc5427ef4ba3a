import { z } from 'zod'
import type { Answer } from '../answer/answer.ts'
import { CATALOGUE, dimensionSets, findNamespace } from '../metric-catalogue/catalogue.ts'
import type { MetricDoc, NamespaceDoc } from '../metric-catalogue/schema.ts'
import { adviceText, setText } from './advice-text.ts'
import { defineTool, type ToolContext } from './define-tool.ts'
import { didYouMean } from './near-names.ts'

export const getMetricMetadata = defineTool({
  name: 'get_metric_metadata',
  title: 'Explain a metric',
  description:
    'What the metrics of AWS services mean: unit, useful statistics, sets of dimensions and alarm advice. ' +
    'Give namespace and metricName, or one of them, or nothing for the namespaces known. Asks no AWS service.',
  input: z.strictObject({
    namespace: z.string().min(1).max(255).optional().describe('Such as AWS/Lambda.'),
    metricName: z.string().min(1).max(255).optional().describe('Such as Errors.'),
  }),
  regionFrom: 'none',
  annotations: { openWorldHint: false },
  run: async ({ namespace, metricName }, context) => {
    if (namespace === undefined) {
      return metricName === undefined ? allNamespaces() : everywhere(metricName, context)
    }
    const found = findNamespace(namespace)
    if (found === undefined) return unknownNamespace(namespace, context)
    if (metricName === undefined) return wholeNamespace(found)
    const metric = found.metrics.find(({ name }) => name === metricName)
    if (metric !== undefined) return oneMetric(found, metric, context)
    const near = didYouMean(
      metricName,
      found.metrics.map(({ name }) => name),
    )
    return {
      summary: `${metricName} of ${namespace} is not described here.`,
      notes: [...near, ...elsewhere(metricName), ...listing(context)],
    }
  },
})

function allNamespaces(): Answer {
  const metrics = CATALOGUE.reduce((sum, one) => sum + one.metrics.length, 0)
  return {
    summary: `${CATALOGUE.length} namespaces with ${metrics} metrics are described.`,
    table: {
      columns: ['namespace', 'of', 'metrics'],
      rows: CATALOGUE.map(({ namespace, service, metrics: { length } }) => [
        namespace,
        service,
        String(length),
      ]),
    },
  }
}

function wholeNamespace({ namespace, service, note, metrics }: NamespaceDoc): Answer {
  return {
    summary: `${namespace} (${service}): ${metrics.length} metrics.`,
    table: {
      columns: ['metric', 'unit', 'statistics', 'alarm advice', 'meaning'],
      rows: metrics.map(({ name, unit, statistics, alarms, meaning }) => [
        name,
        unit,
        statistics.join(', '),
        alarms.length === 0 ? '-' : 'yes',
        meaning,
      ]),
    },
    notes: note === undefined ? [] : [note],
    narrow: 'name a metric',
  }
}

function oneMetric(namespace: NamespaceDoc, metric: MetricDoc, context: ToolContext): Answer {
  const rows = [
    ['meaning', metric.meaning],
    ['unit', metric.unit],
    ['statistics', metric.statistics.join(', ')],
    ['dimensions', dimensionSets(namespace, metric).map(setText).join('; ')],
    ...metric.alarms.map((advice) => [
      `alarm on ${setText(advice.dimensions)}`,
      adviceText(advice),
    ]),
  ]
  const next =
    metric.alarms.length > 0 && context.mayUse('recommend_alarms')
      ? ['recommend_alarms with your dimensions writes the alarm.']
      : []
  return {
    summary: `${metric.name} of ${namespace.namespace} (${namespace.service}).`,
    table: { columns: ['what', 'value'], rows },
    notes: [...(namespace.note === undefined ? [] : [namespace.note]), ...next],
  }
}

/** The same name in every namespace, for a caller who has only the name. */
function everywhere(metricName: string, context: ToolContext): Answer {
  const rows = CATALOGUE.flatMap(({ namespace, metrics }) =>
    metrics
      .filter(({ name }) => name === metricName)
      .map(({ unit, statistics, meaning }) => [namespace, unit, statistics.join(', '), meaning]),
  )
  const names = CATALOGUE.flatMap(({ metrics }) => metrics.map(({ name }) => name))
  return {
    summary:
      rows.length === 0
        ? `No namespace described here has a metric ${metricName}.`
        : `${metricName} is a metric of ${rows.length} ${rows.length === 1 ? 'namespace' : 'namespaces'} described here.`,
    table: { columns: ['namespace', 'unit', 'statistics', 'meaning'], rows },
    notes: rows.length > 0 ? [] : [...didYouMean(metricName, names), ...listing(context)],
  }
}

function unknownNamespace(namespace: string, context: ToolContext): Answer {
  const near = didYouMean(
    namespace,
    CATALOGUE.map((one) => one.namespace),
  )
  return {
    summary: `The namespace ${namespace} is not described here.`,
    notes: [...near, ...listing(context)],
  }
}

function elsewhere(metricName: string): string[] {
  const others = CATALOGUE.filter(({ metrics }) => metrics.some(({ name }) => name === metricName))
  const names = others.map(({ namespace }) => namespace).join(', ')
  return names === '' ? [] : [`There is a ${metricName} in ${names}.`]
}

function listing({ mayUse }: Pick<ToolContext, 'mayUse'>): string[] {
  const own =
    'Metrics of your own and those of less common services are described by whoever publishes them.'
  return [mayUse('list_metrics') ? `${own} list_metrics shows which exist.` : own]
}
