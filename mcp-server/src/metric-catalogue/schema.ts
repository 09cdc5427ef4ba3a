import { z } from 'zod'

/** The units that CloudWatch knows (API reference, MetricDatum). */
export const UNITS = [
  'Seconds',
  'Microseconds',
  'Milliseconds',
  'Bytes',
  'Kilobytes',
  'Megabytes',
  'Gigabytes',
  'Terabytes',
  'Bits',
  'Kilobits',
  'Megabits',
  'Gigabits',
  'Terabits',
  'Percent',
  'Count',
  'Bytes/Second',
  'Kilobytes/Second',
  'Megabytes/Second',
  'Gigabytes/Second',
  'Terabytes/Second',
  'Bits/Second',
  'Kilobits/Second',
  'Megabits/Second',
  'Gigabits/Second',
  'Terabits/Second',
  'Count/Second',
  'None',
] as const

export type Unit = (typeof UNITS)[number]

const Text = z.string().min(1).max(400)
const Statistic = z.string().regex(/^(Average|Sum|Minimum|Maximum|SampleCount|p\d{1,2}(\.\d+)?)$/)
const DimensionSet = z.array(z.string().min(1).max(255)).max(30)

/** What to alarm on, and why; the threshold is a number that fits everyone, or words on how to find one's own. */
export const AlarmAdviceSchema = z.strictObject({
  /** The metric has exactly these dimensions. */
  dimensions: DimensionSet,
  statistic: Statistic,
  comparison: z.enum([
    'GreaterThanThreshold',
    'GreaterThanOrEqualToThreshold',
    'LessThanThreshold',
    'LessThanOrEqualToThreshold',
  ]),
  threshold: z.union([
    z.strictObject({ value: z.number() }),
    z.strictObject({ choose: z.string().min(10).max(400) }),
  ]),
  periodSeconds: z.union([z.literal([10, 20, 30]), z.int().multipleOf(60).min(60).max(86_400)]),
  evaluationPeriods: z.int().min(1),
  datapointsToAlarm: z.int().min(1),
  missingData: z.enum(['missing', 'notBreaching', 'breaching', 'ignore']),
  why: Text,
})

export const MetricDocSchema = z.strictObject({
  name: z.string().min(1).max(255),
  unit: z.enum(UNITS),
  /** The most telling first. */
  statistics: z.array(Statistic).min(1),
  meaning: Text,
  /** Sets of dimensions that the metric is published with; those of its namespace where left out. */
  dimensions: z.array(DimensionSet).min(1).optional(),
  alarms: z.array(AlarmAdviceSchema),
})

export const NamespaceDocSchema = z.strictObject({
  namespace: z.string().regex(/^[\w./#:-]{1,255}$/),
  service: Text,
  dimensions: z.array(DimensionSet).min(1),
  /** What one must know to read the whole namespace. */
  note: Text.optional(),
  metrics: z.array(MetricDocSchema).min(1),
})

export type AlarmAdvice = Readonly<z.infer<typeof AlarmAdviceSchema>>
export type MetricDoc = Readonly<z.infer<typeof MetricDocSchema>>
export type NamespaceDoc = Readonly<z.infer<typeof NamespaceDocSchema>>
