import type { NamespaceDoc } from './schema.ts'
import { alarm, metric, metricOf, sets } from './write-doc.ts'

const QUEUE = 'QueueName'
const TOPIC = 'TopicName'
const STREAM = 'StreamName'
const SHARD = ['StreamName ShardId'] as const
const DELIVERY = 'DeliveryStreamName'
const RULE = 'RuleName'
const MACHINE = 'StateMachineArn'

export const SQS: NamespaceDoc = {
  namespace: 'AWS/SQS',
  service: 'SQS queues',
  dimensions: sets(QUEUE),
  note: 'Reported for queues that were used within six hours. Counts of messages are approximate.',
  metrics: [
    metric('ApproximateAgeOfOldestMessage', 'Seconds', 'Maximum', 'Age of the oldest message that is not deleted; a message that failed three times goes to the back of the queue.',
      alarm('>=', 'The delay that the work may have, well below the retention of the queue.', { on: QUEUE, stat: 'Maximum', timing: [60, 15, 15], why: 'Consumers do not keep up, or one message fails again and again.' })),
    metric('ApproximateNumberOfMessagesVisible', 'Count', 'Maximum Average', 'Messages that wait to be received. For a dead-letter queue: failed work.',
      alarm('>=', 'What consumers work off within the delay that is allowed; for a dead-letter queue 1.', { on: QUEUE, stat: 'Average', timing: [60, 15, 15], why: 'Work piles up.' })),
    metric('ApproximateNumberOfMessagesNotVisible', 'Count', 'Maximum', 'Messages in work: received, neither deleted nor timed out.',
      alarm('>=', 'About 90 % of the limit of messages in work, 120,000.', { on: QUEUE, stat: 'Maximum', timing: [60, 15, 15], why: 'At the limit nothing more can be received; consumers may fail to delete messages.' })),
    metric('ApproximateNumberOfMessagesDelayed', 'Count', 'Maximum', 'Messages that a delay keeps from being received.'),
    metric('NumberOfMessagesSent', 'Count', 'Sum', 'Messages put into the queue.',
      alarm('<=', 0, { on: QUEUE, stat: 'Sum', timing: [60, 15, 15], why: 'Producers are silent; only for queues that always get messages.' })),
    metric('NumberOfMessagesReceived', 'Count', 'Sum', 'Messages handed out; the same one may count more than once.'),
    metric('NumberOfMessagesDeleted', 'Count', 'Sum', 'Deletions, repeated ones included. Messages that are moved to a dead-letter queue do not count.'),
    metric('NumberOfEmptyReceives', 'Count', 'Sum', 'Receives that found nothing: many of them mean that long polling is off.'),
    metric('SentMessageSize', 'Bytes', 'Average Maximum', 'Size of the messages put into the queue.'),
    metric('ApproximateNumberOfGroupsWithInflightMessages', 'Count', 'Maximum', 'FIFO queues: message groups that are blocked by a message in work.'),
    metric('NumberOfDeduplicatedSentMessages', 'Count', 'Sum', 'FIFO queues: messages dropped as repetitions.'),
  ],
}

export const SNS: NamespaceDoc = {
  namespace: 'AWS/SNS',
  service: 'SNS topics',
  dimensions: sets(TOPIC, 'TopicName Protocol', 'PhoneNumber', 'Country SMSType', ''),
  metrics: [
    metric('NumberOfMessagesPublished', 'Count', 'Sum', 'Messages published to the topic.',
      alarm('<', 'What the topic always gets in a period, where it does.', { on: TOPIC, stat: 'Sum', timing: [60, 5, 5], missing: 'breaching', why: 'Publishers are silent.' })),
    metric('NumberOfNotificationsDelivered', 'Count', 'Sum', 'Deliveries to subscribers that were accepted.'),
    metric('NumberOfNotificationsFailed', 'Count', 'Sum', 'Deliveries given up after all retries.',
      alarm('>', 'What is normal for the topic, such as dead phone numbers; 0 for queues and functions.', { on: TOPIC, stat: 'Sum', timing: [60, 5, 5], missing: 'notBreaching', why: 'A subscriber cannot be reached or lacks permission.' })),
    metric('NumberOfNotificationsFilteredOut', 'Count', 'Sum', 'Deliveries left out by a filter policy.'),
    metric('NumberOfNotificationsFilteredOut-InvalidAttributes', 'Count', 'Sum', 'Deliveries left out because the attributes could not be read.',
      alarm('>', 0, { on: TOPIC, stat: 'Sum', timing: [60, 5, 5], missing: 'notBreaching', why: 'A publisher sends broken attributes; subscribers get nothing.' })),
    metric('NumberOfNotificationsFilteredOut-NoMessageAttributes', 'Count', 'Sum', 'Deliveries left out because the message had no attributes to filter by.'),
    metric('NumberOfNotificationsFilteredOut-InvalidMessageBody', 'Count', 'Sum', 'Deliveries left out because the body, which the filter reads, was no valid JSON.',
      alarm('>', 0, { on: TOPIC, stat: 'Sum', timing: [60, 5, 5], missing: 'notBreaching', why: 'A publisher sends bodies that the filter cannot read.' })),
    metric('NumberOfNotificationsRedrivenToDlq', 'Count', 'Sum', 'Deliveries that went to the dead-letter queue of a subscription.',
      alarm('>', 0, { on: TOPIC, stat: 'Sum', timing: [60, 5, 5], missing: 'notBreaching', why: 'Deliveries fail for good and wait in the dead-letter queue.' })),
    metric('NumberOfNotificationsFailedToRedriveToDlq', 'Count', 'Sum', 'Deliveries that could not even be put into the dead-letter queue, and are lost.',
      alarm('>', 0, { on: TOPIC, stat: 'Sum', timing: [60, 5, 5], missing: 'notBreaching', why: 'Messages are lost: check the queue and its policy.' })),
    metric('PublishSize', 'Bytes', 'Average Maximum', 'Size of the messages published.'),
    metricOf(['', 'Country SMSType'], 'SMSSuccessRate', 'None', 'Average', 'Share of text messages that arrived, from 0 to 1.',
      alarm('<', 'The share that is usual for the countries that are written to.', { on: 'Country SMSType', stat: 'Average', timing: [60, 5, 5], why: 'Text messages do not arrive.' })),
    metricOf([''], 'SMSMonthToDateSpentUSD', 'None', 'Maximum', 'Cost of text messages since the first of the month, in US dollars.',
      alarm('>', 'A share of the monthly spend limit of the account that leaves time to raise it.', { on: '', stat: 'Maximum', timing: [60, 1, 1], missing: 'notBreaching', why: 'At the limit SNS stops sending text messages.' })),
  ],
}

export const KINESIS: NamespaceDoc = {
  namespace: 'AWS/Kinesis',
  service: 'Kinesis Data Streams',
  dimensions: sets(STREAM),
  note: 'Metrics per shard (StreamName ShardId) exist where enhanced monitoring is on.',
  metrics: [
    metric('GetRecords.IteratorAgeMilliseconds', 'Milliseconds', 'Maximum', 'Age of the last record that readers got; 0 when they are at the tip.',
      alarm('>', 'The delay that readers may have, well below the retention of the stream.', { on: STREAM, stat: 'Maximum', timing: [60, 15, 15], why: 'Readers are behind; at the retention records are lost.' })),
    metric('GetRecords.Latency', 'Milliseconds', 'Average p99', 'Time of a GetRecords call.',
      alarm('>', 'What is usual for the stream and its readers.', { on: STREAM, stat: 'Average', timing: [60, 5, 5], why: 'Reading is slow.' })),
    metric('GetRecords.Success', 'Count', 'Average', 'Share of GetRecords calls that succeeded.',
      alarm('<', 'The share of successful reads that is usual, such as 0.98.', { on: STREAM, stat: 'Average', timing: [60, 5, 5], why: 'Reads fail.' })),
    metric('GetRecords.Bytes', 'Bytes', 'Sum', 'Bytes read.'),
    metric('GetRecords.Records', 'Count', 'Sum', 'Records read.'),
    metric('IncomingBytes', 'Bytes', 'Sum', 'Bytes written; a shard takes 1 MiB per second.'),
    metric('IncomingRecords', 'Count', 'Sum', 'Records written; a shard takes 1,000 per second.'),
    metric('PutRecord.Success', 'Count', 'Average', 'Share of PutRecord calls that succeeded.',
      alarm('<', 'The share of successful writes that is usual, such as 0.98.', { on: STREAM, stat: 'Average', timing: [60, 5, 5], why: 'Writes fail.' })),
    metric('PutRecord.Latency', 'Milliseconds', 'Average p99', 'Time of a PutRecord call.'),
    metric('PutRecords.FailedRecords', 'Count', 'Sum', 'Records of PutRecords calls that failed inside Kinesis.',
      alarm('>', 'What is usual for the stream; producers must retry these records themselves.', { on: STREAM, stat: 'Sum', timing: [60, 5, 5], missing: 'notBreaching', why: 'Records are lost unless producers retry them.' })),
    metric('PutRecords.ThrottledRecords', 'Count', 'Sum', 'Records of PutRecords calls that were throttled.'),
    metric('PutRecords.SuccessfulRecords', 'Count', 'Sum', 'Records of PutRecords calls that were stored.'),
    metric('PutRecords.Latency', 'Milliseconds', 'Average p99', 'Time of a PutRecords call.'),
    metric('ReadProvisionedThroughputExceeded', 'Count', 'Average Sum', 'Reads that were throttled.',
      alarm('>', 'What readers bear without falling behind; often 0.', { on: STREAM, stat: 'Average', timing: [60, 5, 5], missing: 'notBreaching', why: 'Too many readers per shard: use enhanced fan-out or more shards.' })),
    metric('WriteProvisionedThroughputExceeded', 'Count', 'Average Sum', 'Writes that were throttled.',
      alarm('>', 'What producers make up by retries; often 0.', { on: STREAM, stat: 'Average', timing: [60, 5, 5], missing: 'notBreaching', why: 'A shard is full, often because of one hot partition key.' })),
    metric('SubscribeToShardEvent.MillisBehindLatest', 'Milliseconds', 'Maximum', 'How far a consumer with enhanced fan-out is behind.'),
    metricOf(SHARD, 'IteratorAgeMilliseconds', 'Milliseconds', 'Maximum', 'Age of the last record read from one shard.'),
  ],
}

export const FIREHOSE: NamespaceDoc = {
  namespace: 'AWS/Firehose',
  service: 'Amazon Data Firehose',
  dimensions: sets(DELIVERY),
  metrics: [
    metric('IncomingRecords', 'Count', 'Sum', 'Records taken in.'),
    metric('IncomingBytes', 'Bytes', 'Sum', 'Bytes taken in.'),
    metric('DeliveryToS3.DataFreshness', 'Seconds', 'Maximum', 'Age of the oldest record not yet in S3.',
      alarm('>', 'The buffer interval of the stream with a reserve, such as three times of it.', { on: DELIVERY, stat: 'Maximum', timing: [300, 2, 2], why: 'Delivery is stuck; records are lost when their retention (24 h) ends.' })),
    metric('DeliveryToS3.Success', 'Count', 'Average', 'Share of deliveries to S3 that succeeded.',
      alarm('<', 0.95, { on: DELIVERY, stat: 'Average', timing: [300, 3, 3], missing: 'notBreaching', why: 'Writes to the bucket fail: permissions, encryption key or bucket.' })),
    metric('DeliveryToS3.Records', 'Count', 'Sum', 'Records written to S3.'),
    metric('DeliveryToS3.Bytes', 'Bytes', 'Sum', 'Bytes written to S3.'),
    metric('DeliveryToRedshift.Success', 'Count', 'Average', 'Share of COPY commands to Redshift that succeeded.'),
    metric('DeliveryToHttpEndpoint.DataFreshness', 'Seconds', 'Maximum', 'Age of the oldest record not yet taken by the HTTP endpoint.'),
    metric('DeliveryToAmazonOpenSearchService.DataFreshness', 'Seconds', 'Maximum', 'Age of the oldest record not yet in OpenSearch.'),
    metric('ThrottledRecords', 'Count', 'Sum', 'Records turned away because the stream takes no more.',
      alarm('>', 0, { on: DELIVERY, stat: 'Sum', timing: [60, 5, 5], missing: 'notBreaching', why: 'Producers exceed the quota of the stream.' })),
    metric('ThrottledGetRecords', 'Count', 'Sum', 'Throttled reads from the Kinesis stream that is the source.'),
    metric('KinesisMillisBehindLatest', 'Milliseconds', 'Maximum', 'How far Firehose is behind its Kinesis source.'),
    metric('ExecuteProcessing.Success', 'Count', 'Average', 'Share of runs of the transforming function that succeeded.'),
    metric('FailedConversion.Records', 'Count', 'Sum', 'Records that could not be converted to Parquet or ORC.'),
  ],
}

export const EVENTS: NamespaceDoc = {
  namespace: 'AWS/Events',
  service: 'EventBridge rules',
  dimensions: sets(RULE, 'EventBusName RuleName', 'EventBusName', ''),
  metrics: [
    metric('Invocations', 'Count', 'Sum', 'Calls of targets, failed ones included, retries not.'),
    metric('FailedInvocations', 'Count', 'Sum', 'Calls of targets given up: missing permission, missing target, no retry left.',
      alarm('>', 0, { on: RULE, stat: 'Sum', timing: [60, 1, 1], missing: 'notBreaching', why: 'Events do not reach their target, and are lost without a dead-letter queue.' })),
    metric('TriggeredRules', 'Count', 'Sum', 'How often the rule matched an event.'),
    metric('MatchedEvents', 'Count', 'Sum', 'Events that matched a rule.'),
    metric('ThrottledRules', 'Count', 'Sum', 'Runs of rules that were throttled.'),
    metric('InvocationsSentToDlq', 'Count', 'Sum', 'Events put into the dead-letter queue of a target.',
      alarm('>', 0, { on: RULE, stat: 'Sum', timing: [60, 1, 1], missing: 'notBreaching', why: 'A target does not take its events.' })),
    metric('InvocationsFailedToBeSentToDlq', 'Count', 'Sum', 'Events that could not be put into the dead-letter queue, and are lost.',
      alarm('>', 0, { on: RULE, stat: 'Sum', timing: [60, 1, 1], missing: 'notBreaching', why: 'Events are lost: check the queue and its policy.' })),
    metric('RetryInvocationAttempts', 'Count', 'Sum', 'Retries of calls of targets.'),
    metric('IngestionToInvocationStartLatency', 'Milliseconds', 'p99 Maximum', 'Time from taking an event in until its target is first called.',
      alarm('>', 30_000, { on: '', stat: 'p99', timing: [60, 5, 5], missing: 'notBreaching', why: 'Events are delivered late.' })),
    metric('PutEventsFailedEntriesCount', 'Count', 'Sum', 'Events of PutEvents calls that were not taken.', ),
    metric('PutEventsThrottledEntriesCount', 'Count', 'Sum', 'Events of PutEvents calls that were throttled.'),
  ],
}

export const STATES: NamespaceDoc = {
  namespace: 'AWS/States',
  service: 'Step Functions',
  dimensions: sets(MACHINE, 'ActivityArn', 'LambdaFunctionArn', 'ServiceIntegrationResourceArn', 'ServiceMetric', 'APIName'),
  metrics: [
    metricOf([MACHINE], 'ExecutionsStarted', 'Count', 'Sum', 'Executions begun.'),
    metricOf([MACHINE], 'ExecutionsSucceeded', 'Count', 'Sum', 'Executions that ended well.'),
    metricOf([MACHINE], 'ExecutionsFailed', 'Count', 'Sum', 'Executions that ended in a failure.',
      alarm('>', 'What is accepted per period; 0 where every execution counts.', { on: MACHINE, stat: 'Sum', timing: [60, 1, 1], missing: 'notBreaching', why: 'Work is not done.' })),
    metricOf([MACHINE], 'ExecutionsTimedOut', 'Count', 'Sum', 'Executions cut off by their time-out.',
      alarm('>', 0, { on: MACHINE, stat: 'Sum', timing: [60, 1, 1], missing: 'notBreaching', why: 'Work hangs or takes longer than it may.' })),
    metricOf([MACHINE], 'ExecutionsAborted', 'Count', 'Sum', 'Executions stopped by somebody.'),
    metricOf([MACHINE], 'ExecutionThrottled', 'Count', 'Sum', 'State changes and retries that were throttled.',
      alarm('>', 'Single ones are retried; lasting ones slow everything.', { on: MACHINE, stat: 'Sum', timing: [60, 5, 5], missing: 'notBreaching', why: 'The account makes more state transitions than its quota.' })),
    metricOf([MACHINE], 'ExecutionTime', 'Milliseconds', 'p99 Average Maximum', 'Time of an execution from start to end.',
      alarm('>', 'The time that the work may take.', { on: MACHINE, stat: 'p99', timing: [300, 3, 3], missing: 'notBreaching', why: 'Executions are slower than they may be.' })),
    metricOf(['LambdaFunctionArn'], 'LambdaFunctionsFailed', 'Count', 'Sum', 'Runs of a function for a workflow that failed.'),
    metricOf(['LambdaFunctionArn'], 'LambdaFunctionsTimedOut', 'Count', 'Sum', 'Runs of a function for a workflow that took too long.'),
    metricOf(['LambdaFunctionArn'], 'LambdaFunctionRunTime', 'Milliseconds', 'p99 Average', 'Time of a run of a function for a workflow.'),
    metricOf(['ActivityArn'], 'ActivitiesFailed', 'Count', 'Sum', 'Activities that a worker reported as failed.'),
    metricOf(['ActivityArn'], 'ActivitiesHeartbeatTimedOut', 'Count', 'Sum', 'Activities whose worker fell silent.'),
    metricOf(['ServiceIntegrationResourceArn'], 'ServiceIntegrationsFailed', 'Count', 'Sum', 'Calls of other services by a workflow that failed.'),
    metricOf(['ServiceMetric'], 'ThrottledEvents', 'Count', 'Sum', 'Requests of a kind (such as StateTransition) that were throttled.'),
  ],
}
