export type Matcher = Readonly<{
  label: string
  operator: '=' | '!=' | '=~' | '!~'
  value: string
}>

export type Selector = Readonly<{
  kind: 'selector'
  matchers: readonly Matcher[]
  /** The width of a range selector; undefined for an instant one. */
  rangeMs: number | undefined
  offsetMs: number
}>

export type Grouping = Readonly<{ without: boolean; labels: readonly string[] }>

/** How two vectors are matched: by all labels but these, or by these alone. */
export type Matching = Readonly<{ on: boolean; labels: readonly string[] }>

export type PromqlExpr =
  | Selector
  | Readonly<{ kind: 'number'; value: number }>
  | Readonly<{ kind: 'negative'; value: PromqlExpr }>
  | Readonly<{ kind: 'call'; name: string; args: readonly PromqlExpr[] }>
  | Readonly<{
      kind: 'aggregate'
      name: string
      value: PromqlExpr
      /** The number of topk and bottomk. */
      parameter: PromqlExpr | undefined
      grouping: Grouping | undefined
    }>
  | Readonly<{
      kind: 'binary'
      operator: string
      bool: boolean
      matching: Matching | undefined
      left: PromqlExpr
      right: PromqlExpr
    }>

/** The selectors of an expression. */
export function selectorsIn(expr: PromqlExpr): readonly Selector[] {
  switch (expr.kind) {
    case 'selector':
      return [expr]
    case 'number':
      return []
    case 'negative':
      return selectorsIn(expr.value)
    case 'call':
      return expr.args.flatMap(selectorsIn)
    case 'aggregate':
      return selectorsIn(expr.value)
    case 'binary':
      return [...selectorsIn(expr.left), ...selectorsIn(expr.right)]
  }
}
