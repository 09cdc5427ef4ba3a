import type { Line } from './log-lines.ts'
import { DEPLOY_MINUTE, NEW_VERSION, OLD_VERSION } from './traffic.ts'

type Deployment = Readonly<{
  /** The minute in which it begins. */
  minute: number
  id: string
  service: string
  version: string
  previous: string
  by: string
  commit: string
  change: string
}>

/** The deploy that breaks checkout; its id is in the first lines of the new tasks, too. */
export const CHECKOUT_DEPLOYMENT: Deployment = {
  minute: DEPLOY_MINUTE,
  id: 'd-7Q2M4XK9A',
  service: 'checkout',
  version: NEW_VERSION,
  previous: OLD_VERSION,
  by: 'deploy-pipeline',
  commit: '4be19c7',
  change: 'payments client: keep the acquirer connection open between retries (#812)',
}

/** Deploys of services that the story has no logs of: what else changed, and did no harm. */
const OTHERS: readonly Deployment[] = [
  {
    minute: -3190,
    id: 'd-3HD81LVE2',
    service: 'search-indexer',
    version: '4.0.3',
    previous: '4.0.2',
    by: 'deploy-pipeline',
    commit: '91aa07e',
    change: 'index product titles in lower case (#790)',
  },
  {
    minute: -1515,
    id: 'd-5PN6ZR0TC',
    service: 'newsletter',
    version: '1.22.0',
    previous: '1.21.4',
    by: 'deploy-pipeline',
    commit: 'c03d5f1',
    change: 'autumn templates (#806)',
  },
]

const STREAM = 'deploy-pipeline'

/** The lines of the deploy pipeline in a minute. `breaks` is false where checkout was not deployed. */
export function deploymentLines(breaks: boolean): (index: number) => readonly Line[] {
  const all = breaks ? [...OTHERS, CHECKOUT_DEPLOYMENT] : OTHERS
  return (index) =>
    all.flatMap((deployment) =>
      STEPS.filter((step) => deployment.minute + step.after === index).map((step) => ({
        offsetMs: step.offsetMs,
        stream: STREAM,
        message: JSON.stringify({
          level: 'INFO',
          message: `${deployment.service} ${deployment.version} ${step.what}`,
          event: step.event,
          deployment: deployment.id,
          service: deployment.service,
          version: deployment.version,
          previous: deployment.previous,
          by: deployment.by,
          ...(step.event === 'deployment.started'
            ? { commit: deployment.commit, change: deployment.change }
            : {}),
        }),
      })),
    )
}

const STEPS = [
  { after: -2, offsetMs: 11_350, event: 'deployment.started', what: 'deployment started' },
  { after: 0, offsetMs: 80, event: 'deployment.rolling', what: 'first tasks take traffic' },
  { after: 4, offsetMs: 2_700, event: 'deployment.completed', what: 'deployment completed' },
] as const
