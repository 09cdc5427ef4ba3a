import type { Period } from './period.ts'

/** An expression of a query. */
export type Expr =
  | Readonly<{ kind: 'literal'; value: string | number }>
  | Readonly<{ kind: 'field'; name: string; start: number; end: number }>
  | Readonly<{ kind: 'call'; name: string; args: readonly Expr[]; source: string }>
  | Readonly<{
      kind: 'aggregate'
      name: string
      args: readonly Expr[]
      source: string
      start: number
    }>
  | Readonly<{ kind: 'bin'; value: Expr; period: Period; source: string }>
  | Readonly<{ kind: 'binary'; operator: string; left: Expr; right: Expr }>
  | Readonly<{ kind: 'negative'; value: Expr }>
  | Readonly<{ kind: 'not'; value: Expr }>
  | Readonly<{ kind: 'like'; value: Expr; pattern: RegExp | string }>
  | Readonly<{ kind: 'in'; value: Expr; list: readonly Expr[] }>

export type Column = Readonly<{ name: string; value: Expr }>

export type Command =
  | Readonly<{ kind: 'fields'; columns: readonly Column[] }>
  | Readonly<{ kind: 'display'; columns: readonly Column[] }>
  | Readonly<{ kind: 'filter'; condition: Expr }>
  | Readonly<{ kind: 'parse'; value: Expr; pattern: RegExp; names: readonly string[] }>
  | Readonly<{ kind: 'stats'; columns: readonly Column[]; by: readonly Column[] }>
  | Readonly<{ kind: 'sort'; keys: ReadonlyArray<Readonly<{ value: Expr; descending: boolean }>> }>
  | Readonly<{ kind: 'limit'; count: number }>
  | Readonly<{ kind: 'dedup'; values: readonly Expr[] }>
  | Readonly<{ kind: 'pattern'; value: Expr }>

/** Whether an expression holds one of this kind. */
export function contains(value: Expr, kind: Expr['kind']): boolean {
  return value.kind === kind || childrenOf(value).some((child) => contains(child, kind))
}

/** The expressions directly inside an expression. */
export function childrenOf(value: Expr): readonly Expr[] {
  switch (value.kind) {
    case 'literal':
    case 'field':
      return []
    case 'call':
    case 'aggregate':
      return value.args
    case 'binary':
      return [value.left, value.right]
    case 'in':
      return [value.value, ...value.list]
    default:
      return [value.value]
  }
}

/** The aggregations inside an expression, itself included. */
export function aggregatesIn(value: Expr): ReadonlyArray<Extract<Expr, { kind: 'aggregate' }>> {
  return value.kind === 'aggregate' ? [value] : childrenOf(value).flatMap(aggregatesIn)
}
