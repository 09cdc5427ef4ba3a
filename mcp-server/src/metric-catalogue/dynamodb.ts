import type { NamespaceDoc } from './schema.ts'
import { alarm, metric, metricOf, sets } from './write-doc.ts'

const TABLE = 'TableName'
const OPERATION = ['TableName Operation', 'GlobalSecondaryIndexName TableName'] as const
const ACCOUNT = [''] as const
const GLOBAL = ['TableName ReceivingRegion'] as const

export const DYNAMODB: NamespaceDoc = {
  namespace: 'AWS/DynamoDB',
  service: 'DynamoDB tables',
  dimensions: sets(TABLE, 'TableName GlobalSecondaryIndexName', 'TableName Operation', ''),
  note: 'Consumed capacity is a sum over the period: divide by its seconds to compare with provisioned units. Metrics of errors and throttling exist only when they happen.',
  metrics: [
    metric('ConsumedReadCapacityUnits', 'Count', 'Sum', 'Read units used in the period.'),
    metric('ConsumedWriteCapacityUnits', 'Count', 'Sum', 'Write units used in the period.'),
    metric('ProvisionedReadCapacityUnits', 'Count', 'Average', 'Read units per second that are provisioned.'),
    metric('ProvisionedWriteCapacityUnits', 'Count', 'Average', 'Write units per second that are provisioned.'),
    metric('ReadThrottleEvents', 'Count', 'Sum', 'Reads turned away because capacity, or that of one partition, was used up.',
      alarm('>', 'A share of all reads that clients do not notice, since their SDK retries; 0 where latency is tight.', { on: TABLE, stat: 'Sum', timing: [60, 5, 5], missing: 'notBreaching', why: 'The table or one hot partition has too little read capacity.' })),
    metric('WriteThrottleEvents', 'Count', 'Sum', 'Writes turned away because capacity, or that of one partition, was used up.',
      alarm('>', 'A share of all writes that clients do not notice, since their SDK retries; 0 where latency is tight.', { on: TABLE, stat: 'Sum', timing: [60, 5, 5], missing: 'notBreaching', why: 'The table or one hot partition has too little write capacity.' })),
    metricOf(OPERATION, 'ThrottledRequests', 'Count', 'Sum', 'Requests of which at least one part was throttled.'),
    metricOf(OPERATION, 'SystemErrors', 'Count', 'Sum', 'Requests that DynamoDB answered 500 or 503.',
      alarm('>', 'A small share of the requests; single ones are retried.', { on: 'TableName Operation', stat: 'Sum', timing: [60, 15, 15], missing: 'notBreaching', why: 'DynamoDB itself fails; look at the health dashboard.' })),
    metricOf(ACCOUNT, 'UserErrors', 'Count', 'Sum', 'Requests of the account and region that were answered 400: wrong parameters, missing permissions.',
      alarm('>', 'What is usual for the applications of the account.', { on: '', stat: 'Sum', timing: [60, 10, 10], missing: 'notBreaching', why: 'A client sends what DynamoDB refuses, often after a deployment.' })),
    metricOf(OPERATION, 'SuccessfulRequestLatency', 'Milliseconds', 'p99 Average', 'Time of a request inside DynamoDB, without the network.',
      alarm('>', 'The latency that the application can bear; single-digit milliseconds are usual for single items.', { on: 'TableName Operation', stat: 'Average', timing: [60, 10, 10], why: 'Requests are slower than usual.' })),
    metricOf(OPERATION, 'ReturnedItemCount', 'Count', 'Sum Average', 'Items that queries and scans returned.'),
    metric('ConditionalCheckFailedRequests', 'Count', 'Sum', 'Writes whose condition did not hold; often wanted.'),
    metric('TransactionConflict', 'Count', 'Sum', 'Requests turned away because another transaction works on the same item.'),
    metric('TimeToLiveDeletedItemCount', 'Count', 'Sum', 'Items deleted because their time was over.'),
    metricOf(ACCOUNT, 'AccountProvisionedReadCapacityUtilization', 'Percent', 'Maximum', 'Provisioned read units as a share of the account’s limit.',
      alarm('>', 80, { on: '', stat: 'Maximum', timing: [300, 2, 2], why: 'Tables will soon not be able to scale up: raise the quota.' })),
    metricOf(ACCOUNT, 'AccountProvisionedWriteCapacityUtilization', 'Percent', 'Maximum', 'Provisioned write units as a share of the account’s limit.',
      alarm('>', 80, { on: '', stat: 'Maximum', timing: [300, 2, 2], why: 'Tables will soon not be able to scale up: raise the quota.' })),
    metricOf(ACCOUNT, 'MaxProvisionedTableReadCapacityUtilization', 'Percent', 'Maximum', 'Read units of the largest table as a share of the limit per table.',
      alarm('>', 80, { on: '', stat: 'Maximum', timing: [300, 2, 2], why: 'A table is close to the limit that no scaling passes.' })),
    metricOf(ACCOUNT, 'MaxProvisionedTableWriteCapacityUtilization', 'Percent', 'Maximum', 'Write units of the largest table as a share of the limit per table.',
      alarm('>', 80, { on: '', stat: 'Maximum', timing: [300, 2, 2], why: 'A table is close to the limit that no scaling passes.' })),
    metricOf(GLOBAL, 'ReplicationLatency', 'Milliseconds', 'Average Maximum', 'Global tables: time until a write is there in another region.',
      alarm('>', 'The delay between regions that the application can bear.', { on: 'TableName ReceivingRegion', stat: 'Average', timing: [60, 5, 5], why: 'Regions drift apart; a failover would miss writes.' })),
    metric('OnlineIndexPercentageProgress', 'Count', 'Maximum', 'How far the making of a new index is, from 0 to 100.'),
    metric('OnlineIndexThrottleEvents', 'Count', 'Sum', 'Writes into a new index that were throttled; they slow its making.'),
    metricOf(['TableName DelegatedOperation'], 'AgeOfOldestUnreplicatedRecord', 'Milliseconds', 'Maximum', 'Age of the oldest change that Kinesis Data Streams for DynamoDB has not sent on.',
      alarm('>', 'The delay that readers of the stream accept.', { on: 'TableName DelegatedOperation', stat: 'Maximum', timing: [300, 3, 3], missing: 'notBreaching', why: 'Changes reach the stream late.' })),
    metricOf(['TableName DelegatedOperation'], 'FailedToReplicateRecordCount', 'Count', 'Sum', 'Changes that could not be sent to the stream and are lost to it.',
      alarm('>', 0, { on: 'TableName DelegatedOperation', stat: 'Sum', timing: [60, 1, 1], missing: 'notBreaching', why: 'Readers of the stream miss changes.' })),
    metricOf(['TableName DelegatedOperation'], 'ThrottledPutRecordCount', 'Count', 'Sum', 'Changes held back because the Kinesis stream was too small.'),
  ],
}
