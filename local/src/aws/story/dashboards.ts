import type { Place } from './log-group.ts'
import { DEPLOY_MINUTE, NEW_VERSION } from './traffic.ts'

export type Dashboard = Readonly<{
  name: string
  arn: string
  body: string
  /** Milliseconds since 1970. */
  lastModified: number
}>

const MINUTE_MS = 60_000

/** The dashboards of the shop: one that the team looks at, and one that nobody finished. */
export function dashboardsOf(place: Place): readonly Dashboard[] {
  const make = (name: string, widgets: readonly object[], minutesAgo: number): Dashboard => ({
    name,
    // Dashboards belong to the account and not to a region: their ARNs name none.
    arn: `arn:aws:cloudwatch::${place.account}:dashboard/${name}`,
    body: JSON.stringify({ start: '-PT3H', periodOverride: 'inherit', widgets }),
    lastModified: place.startMinute - minutesAgo * MINUTE_MS,
  })
  return [
    // The deploy pipeline marks each deploy of checkout in it.
    make('shop-overview', overview(place), -DEPLOY_MINUTE - 4),
    make('warehouse-draft', [], 64 * 1440),
  ]
}

function overview(place: Place): readonly object[] {
  const { region } = place
  const alarm = (name: string) => `arn:aws:cloudwatch:${region}:${place.account}:alarm:${name}`
  const at = (x: number, y: number, width: number, height: number) => ({ x, y, width, height })
  const deploy = new Date(place.startMinute + DEPLOY_MINUTE * MINUTE_MS).toISOString()
  return [
    {
      type: 'text',
      ...at(0, 0, 24, 2),
      properties: {
        markdown: '# Shop\nCheckout, payments and what customers see. On call: #shop-oncall',
      },
    },
    {
      type: 'alarm',
      ...at(0, 2, 24, 2),
      properties: {
        title: 'Alarms',
        alarms: ['checkout-error-rate', 'checkout-latency-p99', 'shop-health'].map(alarm),
      },
    },
    {
      type: 'metric',
      ...at(0, 4, 12, 6),
      properties: {
        title: 'Checkout requests and errors',
        view: 'timeSeries',
        stacked: false,
        region,
        stat: 'Sum',
        period: 60,
        metrics: [
          [
            'Shop/Checkout',
            'Requests',
            'Service',
            'checkout',
            { id: 'requests', color: '#1f77b4' },
          ],
          ['.', 'Errors', '.', '.', { id: 'errors', color: '#d62728' }],
          [
            {
              expression: 'errors / requests * 100',
              id: 'rate',
              label: 'error rate, %',
              yAxis: 'right',
            },
          ],
        ],
        yAxis: { left: { min: 0, label: 'per minute' }, right: { min: 0, max: 100 } },
        annotations: {
          horizontal: [{ label: 'alarm', value: 5, color: '#d62728', yAxis: 'right' }],
          vertical: [{ label: `checkout ${NEW_VERSION}`, value: deploy }],
        },
      },
    },
    {
      type: 'metric',
      ...at(12, 4, 12, 6),
      properties: {
        title: 'Checkout latency',
        view: 'timeSeries',
        region,
        period: 60,
        metrics: [
          ['Shop/Checkout', 'Latency', 'Service', 'checkout', { stat: 'p50', label: 'p50' }],
          ['...', { stat: 'p99', label: 'p99' }],
        ],
        annotations: { horizontal: [{ label: 'alarm', value: 1500 }] },
      },
    },
    {
      type: 'metric',
      ...at(0, 10, 12, 6),
      properties: {
        title: 'Connections to the acquirer',
        view: 'timeSeries',
        region,
        stat: 'Maximum',
        period: 60,
        metrics: [['Shop/Payments', 'ConnectionsInUse', 'Service', 'payments']],
        annotations: { horizontal: [{ label: 'pool size', value: 10 }] },
      },
    },
    {
      type: 'metric',
      ...at(12, 10, 12, 6),
      properties: {
        title: 'Failed requests by service',
        view: 'timeSeries',
        stacked: true,
        region,
        period: 300,
        metrics: [
          [
            {
              expression:
                'SELECT SUM(Errors) FROM SCHEMA("Shop/Checkout", Service) GROUP BY Service ORDER BY SUM() DESC LIMIT 5',
              id: 'q1',
            },
          ],
        ],
      },
    },
    {
      type: 'log',
      ...at(0, 16, 24, 6),
      properties: {
        title: 'Checkout errors by type',
        region,
        view: 'table',
        query:
          'SOURCE \'/shop/checkout\' | filter level = "ERROR" | stats count(*) as errors by error.type, version | sort errors desc',
      },
    },
  ]
}
