import { BEDROCK, CLOUDWATCH_AGENT, COGNITO } from './applications.ts'
import { CONTAINER_INSIGHTS, ECS, ECS_CONTAINER_INSIGHTS } from './containers.ts'
import { ELASTICACHE, OPENSEARCH, REDSHIFT } from './data-stores.ts'
import { DYNAMODB } from './dynamodb.ts'
import { EBS, EC2 } from './ec2.ts'
import { LAMBDA } from './lambda.ts'
import { EVENTS, FIREHOSE, KINESIS, SNS, SQS, STATES } from './messaging.ts'
import {
  API_GATEWAY,
  APPLICATION_ELB,
  CLOUDFRONT,
  NAT_GATEWAY,
  NETWORK_ELB,
  ROUTE53,
} from './network.ts'
import { RDS } from './rds.ts'
import type { AlarmAdvice, MetricDoc, NamespaceDoc } from './schema.ts'
import { EFS, S3 } from './storage.ts'

/** What is known of the metrics that AWS services and the CloudWatch agent publish, by namespace. */
export const CATALOGUE: readonly NamespaceDoc[] = [
  API_GATEWAY,
  APPLICATION_ELB,
  BEDROCK,
  CLOUDFRONT,
  CLOUDWATCH_AGENT,
  COGNITO,
  CONTAINER_INSIGHTS,
  DYNAMODB,
  EBS,
  EC2,
  ECS,
  ECS_CONTAINER_INSIGHTS,
  EFS,
  ELASTICACHE,
  EVENTS,
  FIREHOSE,
  KINESIS,
  LAMBDA,
  NAT_GATEWAY,
  NETWORK_ELB,
  OPENSEARCH,
  RDS,
  REDSHIFT,
  ROUTE53,
  S3,
  SNS,
  SQS,
  STATES,
]

/** What is known of a namespace, whose name is case-sensitive as everywhere in CloudWatch. */
export function findNamespace(namespace: string): NamespaceDoc | undefined {
  return CATALOGUE.find((one) => one.namespace === namespace)
}

/** What is known of a metric. */
export function findMetric(namespace: string, name: string): MetricDoc | undefined {
  return findNamespace(namespace)?.metrics.find((metric) => metric.name === name)
}

/** The sets of dimensions that a metric is published with. */
export function dimensionSets(namespace: NamespaceDoc, metric: MetricDoc): readonly string[][] {
  return metric.dimensions ?? namespace.dimensions
}

/** The advice for a metric with exactly these dimensions: advice for another set would watch another metric. */
export function adviceFor(
  metric: MetricDoc,
  dimensions: readonly string[],
): readonly AlarmAdvice[] {
  return metric.alarms.filter(
    (advice) =>
      advice.dimensions.length === dimensions.length &&
      advice.dimensions.every((name) => dimensions.includes(name)),
  )
}
