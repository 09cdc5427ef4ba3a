import type { NamespaceDoc } from './schema.ts'
import { alarm, metric, metricOf, sets } from './write-doc.ts'

const STORED = ['BucketName StorageType'] as const
const FILTER = 'BucketName FilterId'
const FILE_SYSTEM = 'FileSystemId'
const REPLICATION = ['DestinationBucket RuleId SourceBucket'] as const

export const S3: NamespaceDoc = {
  namespace: 'AWS/S3',
  service: 'S3 buckets',
  dimensions: sets(FILTER),
  note: 'Size and number of objects come once a day and need a period of 86400 and a range of some days; request metrics come every minute, only for buckets with a metrics filter (FilterId).',
  metrics: [
    metricOf(
      STORED,
      'BucketSizeBytes',
      'Bytes',
      'Average',
      'Bytes stored, per storage class (StorageType such as StandardStorage), once a day.',
    ),
    metricOf(
      STORED,
      'NumberOfObjects',
      'Count',
      'Average',
      'Objects stored, with StorageType AllStorageTypes, once a day.',
    ),
    metric('AllRequests', 'Count', 'Sum', 'Requests of all kinds.'),
    metric('GetRequests', 'Count', 'Sum', 'GET requests for objects.'),
    metric('PutRequests', 'Count', 'Sum', 'PUT requests for objects.'),
    metric(
      'DeleteRequests',
      'Count',
      'Sum',
      'DELETE requests for objects, those of lifecycle rules not included.',
    ),
    metric('HeadRequests', 'Count', 'Sum', 'HEAD requests.'),
    metric('PostRequests', 'Count', 'Sum', 'POST requests.'),
    metric('SelectRequests', 'Count', 'Sum', 'Select requests.'),
    metric('ListRequests', 'Count', 'Sum', 'Requests that list the bucket.'),
    metric('BytesDownloaded', 'Bytes', 'Sum', 'Bytes sent in answers with a body.'),
    metric('BytesUploaded', 'Bytes', 'Sum', 'Bytes received in requests with a body.'),
    metric(
      '4xxErrors',
      'Count',
      'Average Sum',
      'Requests answered 4xx; the average is the rate, from 0 to 1.',
      alarm('>', 0.05, {
        on: FILTER,
        stat: 'Average',
        timing: [60, 15, 15],
        missing: 'notBreaching',
        why: 'More than one request in twenty is refused: permissions or missing objects.',
      }),
    ),
    metric(
      '5xxErrors',
      'Count',
      'Average Sum',
      'Requests answered 5xx; the average is the rate, from 0 to 1.',
      alarm('>', 0.05, {
        on: FILTER,
        stat: 'Average',
        timing: [60, 15, 15],
        missing: 'notBreaching',
        why: 'More than one request in twenty fails; 503 means that one prefix is asked too fast.',
      }),
    ),
    metric(
      'FirstByteLatency',
      'Milliseconds',
      'p99 Average',
      'Time from receiving a request until the answer begins.',
    ),
    metric(
      'TotalRequestLatency',
      'Milliseconds',
      'p99 Average',
      'Time from the first byte of a request to the last of its answer.',
    ),
    metricOf(
      REPLICATION,
      'ReplicationLatency',
      'Seconds',
      'Maximum',
      'How far the destination of a replication rule is behind.',
      alarm('>', 900, {
        on: 'DestinationBucket RuleId SourceBucket',
        stat: 'Maximum',
        timing: [60, 15, 15],
        missing: 'notBreaching',
        why: 'Replication is later than the 15 minutes of replication time control.',
      }),
    ),
    metricOf(
      REPLICATION,
      'BytesPendingReplication',
      'Bytes',
      'Maximum',
      'Bytes that wait for replication.',
    ),
    metricOf(
      REPLICATION,
      'OperationsPendingReplication',
      'Count',
      'Maximum',
      'Operations that wait for replication.',
    ),
    metricOf(
      REPLICATION,
      'OperationsFailedReplication',
      'Count',
      'Sum',
      'Operations that could not be replicated.',
      alarm('>', 0, {
        on: 'DestinationBucket RuleId SourceBucket',
        stat: 'Sum',
        timing: [60, 5, 5],
        missing: 'notBreaching',
        why: 'Objects are missing at the destination: permissions, keys or bucket.',
      }),
    ),
  ],
}

export const EFS: NamespaceDoc = {
  namespace: 'AWS/EFS',
  service: 'EFS file systems',
  dimensions: sets(FILE_SYSTEM),
  metrics: [
    metric(
      'PercentIOLimit',
      'Percent',
      'Average Maximum',
      'How close a general purpose file system is to its limit of operations.',
      alarm('>=', 100, {
        on: FILE_SYSTEM,
        stat: 'Average',
        timing: [60, 15, 15],
        why: 'Operations wait: use elastic throughput or another performance mode.',
      }),
    ),
    metric(
      'BurstCreditBalance',
      'Bytes',
      'Minimum',
      'Credits left for bursts, in bytes (bursting throughput).',
      alarm('<', 'What the file system needs for a usual burst; at 0 it falls to its base rate.', {
        on: FILE_SYSTEM,
        stat: 'Minimum',
        timing: [60, 15, 15],
        why: 'Throughput is about to drop: use elastic throughput.',
      }),
    ),
    metric(
      'PermittedThroughput',
      'Bytes/Second',
      'Minimum',
      'Throughput that the file system may have now.',
    ),
    metric(
      'MeteredIOBytes',
      'Bytes',
      'Sum',
      'Bytes as they count against the throughput, reads at a third.',
    ),
    metric('TotalIOBytes', 'Bytes', 'Sum Average', 'Bytes of all operations.'),
    metric('DataReadIOBytes', 'Bytes', 'Sum', 'Bytes read.'),
    metric('DataWriteIOBytes', 'Bytes', 'Sum', 'Bytes written.'),
    metric('MetadataIOBytes', 'Bytes', 'Sum', 'Bytes of operations on metadata.'),
    metric('ClientConnections', 'Count', 'Sum', 'Connections of clients.'),
    metricOf(
      ['FileSystemId StorageClass'],
      'StorageBytes',
      'Bytes',
      'Average',
      'Size of the file system, per storage class, every 15 minutes.',
    ),
    metricOf(
      ['FileSystemId DestinationFileSystemId'],
      'TimeSinceLastSync',
      'Seconds',
      'Maximum',
      'Time since the copy was last complete.',
      alarm('>', 'What may be lost in a failover; replication aims at 15 minutes.', {
        on: 'FileSystemId DestinationFileSystemId',
        stat: 'Maximum',
        timing: [300, 3, 3],
        why: 'The copy is old.',
      }),
    ),
  ],
}
