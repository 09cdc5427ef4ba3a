import { parseAllDocuments } from 'yaml'

/** Where the defaults of gateway-role.yaml are not the gateway's names in `k8s/`. `read` gives a file of that folder. */
export function kubernetesProblems({ Parameters }, read) {
  const [account] = parseAllDocuments(read('base/gateway/service-account.yaml'))
    .map((document) => document.toJS())
    .filter((object) => object?.kind === 'ServiceAccount')
  const [{ namespace }] = parseAllDocuments(read('overlays/eks/kustomization.yaml')).map(
    (document) => document.toJS(),
  )
  return [
    ['ServiceAccount', account?.metadata.name],
    ['Namespace', namespace],
  ].flatMap(([name, used]) =>
    Parameters[name].Default === used
      ? []
      : [`${name} is ${Parameters[name].Default}, in k8s/ it is ${used}`],
  )
}
