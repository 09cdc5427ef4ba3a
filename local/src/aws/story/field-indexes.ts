/** The fields that a log group's own index policy names. Nobody thought of payments. */
export const INDEX_POLICIES: Readonly<Record<string, readonly string[]>> = {
  '/shop/checkout': ['requestId'],
}

/** Fields that CloudWatch Logs indexes in every group without being asked. */
export const DEFAULT_INDEXES: readonly string[] = ['@logStream', '@data_format']
